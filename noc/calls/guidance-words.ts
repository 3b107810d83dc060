import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the clips say, by their names: `ja/welcome`. */
export type GuidanceWords = ReadonlyMap<string, string>

/** Nothing is known of any. */
export const NO_WORDS: GuidanceWords = new Map()

/** How ivr tells the media engine to play clips (docs/charge-call.md). */
const PLAYS = /^(?:playback|play_and_get_digits) (.+)$/

/** What the clips of a folder say, as its `manifest.json` tells; nothing where there is none that can be read. */
export function guidanceWordsIn(folder: string): GuidanceWords {
  const file = join(folder, 'manifest.json')
  if (!existsSync(file)) return NO_WORDS
  try {
    const { clips } = JSON.parse(readFileSync(file, 'utf8'))
    return new Map(
      Object.entries(Object(clips)).map(([name, clip]) => [
        name.replace(/\.wav$/, ''),
        `${Object(clip).text ?? ''}`,
      ]),
    )
  } catch {
    return NO_WORDS
  }
}

/** What a caller hears when ivr has told the media engine this; `undefined` when it is no guidance of ours. */
export function wordsOf(what: string, words: GuidanceWords): string | undefined {
  const clips = PLAYS.exec(what)?.[1]?.split(' ') ?? []
  const said = clips.flatMap(clip => words.get(clip) || [])
  if (said.length === 0) return undefined
  // Japanese is written without spaces.
  return said.join(clips[0]?.startsWith('ja/') ? '' : ' ')
}
