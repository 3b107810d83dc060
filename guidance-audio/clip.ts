import type { Language } from '../domain/charge-answer.js'

/**
 * One clip and what it must say. A voice says `before`, `text` and `after` in one breath and only `text`
 * is kept, so that its melody fits between what is played before and after it.
 */
export interface Clip {
  readonly language: Language
  /** File name in the language's folder, without `.wav`. */
  readonly id: string
  /** Its words as the voice is handed them: numbers in kanji, or spelt in English. */
  readonly text: string
  /** Its reading as spoken, Japanese only; `''` in English. */
  readonly kana: string
  readonly before: Neighbour
  readonly after: Neighbour
  /** A pause is heard before it: a comma stands between the value before and these words. */
  readonly pauseBefore: boolean
  /** What follows: the next clip at once, a comma, or the end of a sentence. */
  readonly ends: ClipEnd
}

export type ClipEnd = 'joined' | 'comma' | 'sentence'

/** Words said next to a clip when it is made, and cut away. */
export interface Neighbour {
  readonly text: string
  readonly kana: string
}

export const SILENT: Neighbour = { text: '', kana: '' }

/** How the words go on after a clip, by their last mark. */
export function endOf(text: string): ClipEnd {
  if (/[。.]$/.test(text)) return 'sentence'
  return /[、,]$/.test(text) ? 'comma' : 'joined'
}
