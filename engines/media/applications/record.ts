import type { Application, ApplicationCall } from '../channel/channel.js'
import { HeardAudio, type HeardFrame } from '../recording/heard-audio.js'
import { recordingPath, WavFile } from '../recording/wav-file.js'
import { splitArguments } from './split-arguments.js'
import { TERMINATOR_USED, terminatorsOf } from './terminators.js'

/** Seconds of silence that end a recording where none are said (FreeSWITCH has the same). */
const SILENCE_S = 3

/** Samples of a second. */
const RATE = 8_000

/**
 * `record <file> [limit s] [silence threshold] [silence s]`: what the caller says, into a WAV file of the
 * recordings' folder, until a key of `playback_terminators`, the limit, so much silence, a break, or the end
 * of the call. Where nothing may be recorded the call is ended, as by a file that cannot be opened.
 */
export const record =
  (folder: string | undefined): Application =>
  async call => {
    const { channel } = call
    const [name = '', limit = '', threshold = '', silence = ''] = splitArguments(call.argument)
    channel.setVariable(TERMINATOR_USED, undefined)
    const path = recordingPath(folder, name)
    const file =
      path && (await channel.early()) ? await WavFile.create(path).catch(none) : undefined
    if (!file) return channel.hangUp('DESTINATION_OUT_OF_ORDER')
    channel.setVariable('silence_hits_exhausted', 'false')
    const audio = new HeardAudio()
    const quiet = new Quiet(Number.parseInt(threshold, 10) || 0, Number.parseInt(silence, 10))
    await listen(call, Number.parseInt(limit.replace(/^\+/, ''), 10) || 0, name, done => frame => {
      if (quiet.over || file.failed) return
      const samples = audio.take(frame)
      file.append(samples)
      if (quiet.hears(samples)) channel.setVariable('silence_hits_exhausted', 'true')
      if (quiet.over || file.failed) done()
    })
    file.append(audio.finish())
    await file.close().catch(none)
    const { samples } = audio
    channel.setVariable('record_seconds', String(Math.floor(samples / RATE)))
    channel.setVariable('record_ms', String(Math.floor((samples * 1_000) / RATE)))
    channel.setVariable('record_samples', String(samples))
    channel.fire('RECORD_STOP', [['Record-File-Path', name]])
    if (file.failed) channel.hangUp('DESTINATION_OUT_OF_ORDER')
  }

const none = () => undefined

/** Hears the caller until something ends it. */
async function listen(
  { channel, attend }: ApplicationCall,
  limitS: number,
  name: string,
  hearer: (done: () => void) => (frame: HeardFrame) => void,
): Promise<void> {
  channel.fire('RECORD_START', [['Record-File-Path', name]])
  let done = () => {}
  const until = new Promise<void>(resolve => {
    done = resolve
  })
  channel.leg.hear(hearer(done))
  const ends = terminatorsOf(channel)
  const timed = limitS > 0 ? { forMs: limitS * 1_000 } : {}
  const attended = await attend({ ...timed, until, keys: ends, breakable: true })
  channel.leg.hear(undefined)
  if (attended.ended === 'key') channel.setVariable(TERMINATOR_USED, attended.digit)
}

/** Watches for silence: a mean level below a threshold, for so many seconds together. */
class Quiet {
  readonly #threshold: number
  readonly #longest: number
  #samples = 0
  over = false

  constructor(threshold: number, seconds: number) {
    this.#threshold = threshold
    this.#longest = (seconds > 0 ? seconds : SILENCE_S) * RATE
  }

  /** Whether these samples make it too long. */
  hears(samples: Int16Array): boolean {
    if (this.#threshold === 0 || samples.length === 0 || this.over) return false
    const level = samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / samples.length
    this.#samples = level < this.#threshold ? this.#samples + samples.length : 0
    this.over = this.#samples >= this.#longest
    return this.over
  }
}
