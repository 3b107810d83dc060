import type { Attend, Attended } from '../channel/application-stack.js'
import type { ApplicationCall } from '../channel/channel.js'
import { msOf, PromptSource } from '../playback/clip.js'
import type { ClipShelf } from '../playback/clip-shelf.js'

/** How playing ended. */
export type Played = Attended | { readonly ended: 'not_found' }

/**
 * Plays what a name stands for to its end, or until a key, a break or the end of the call. A call that
 * is not answered gets early media first, or there would be nobody to hear it.
 */
export async function playPrompt(
  { channel, attend }: ApplicationCall,
  shelf: ClipShelf,
  name: string,
  keys: Attend['keys'],
): Promise<Played> {
  if (!(await channel.early())) return { ended: 'hung_up' }
  const prompt = await shelf.find(name)
  if (!prompt) return { ended: 'not_found' }
  const source = new PromptSource(prompt)
  channel.fire('PLAYBACK_START', [['Playback-File-Path', name]])
  const attended = await attend({ source, keys, breakable: true })
  const samples = source.samplesPlayed
  const ms = msOf(samples)
  channel.setVariable('playback_last_offset_pos', String(samples))
  channel.setVariable('playback_seconds', String(Math.floor(ms / 1_000)))
  channel.setVariable('playback_ms', String(ms))
  channel.setVariable('playback_samples', String(samples))
  channel.fire('PLAYBACK_STOP', [
    ['Playback-File-Path', name],
    ['Playback-Status', attended.ended === 'played' ? 'done' : 'break'],
  ])
  return attended
}
