import type { Language } from '../domain/charge-answer.js'
import { readingEn } from './reading-en.js'
import { readingJa } from './reading-ja.js'
import { isSlot } from './slots.js'
import { type Announcement, clippedParts, type TextId, textOf, type ValuesOf } from './texts.js'
import type { Value } from './values.js'

/** A clip's file within the folder of clips: `ja/welcome.wav`. */
export type ClipFile = `${string}.wav`

/** Tones: they belong to no language. */
export const TONES = {
  /** A short falling pair: what was keyed is cleared (`*`). */
  cleared: 'tone/cleared.wav',
  /** Two soft beats and a rest, 2 s; played over and over while the caller waits. */
  comfort: 'tone/comfort.wav',
} as const satisfies Record<string, ClipFile>

/** The values of a text, or nothing at all when it carries none. */
type Arguments<Id extends TextId> = unknown extends ValuesOf<Id> ? [] : [values: ValuesOf<Id>]

/**
 * The clips that say a text, in playing order: `phrase('ja', 'charge-succeeded', { amount, total })`.
 * A value that is missing, or of another kind, does not compile. Throws `RangeError` when a number is
 * beyond what can be read (`values.ts`).
 */
export function phrase<Id extends TextId>(
  language: Language,
  id: Id,
  ...[values]: Arguments<Id>
): ClipFile[] {
  const parts = clippedParts(id, textOf(language, id))
  return parts.flatMap(({ part, clipId }, place) => {
    if (!isSlot(part)) return [`${language}/${clipId}.wav` as const]
    // The type of `values` is what the text's places ask for, so the kind fits the value.
    const value = { kind: part.kind, value: values?.[part.name as keyof typeof values] } as Value
    return reading(language, value, place === parts.length - 1)
  })
}

/** The clips that say a value by itself, in playing order. */
function reading(language: Language, value: Value, last: boolean): ClipFile[] {
  const ids = language === 'ja' ? readingJa(value) : readingEn(value, last ? 'last' : 'inside')
  return ids.map(id => `${language}/${id}.wav` as const)
}

/** An announcement of the switch in both languages, one after the other, in one clip. */
export const announcement = (name: Announcement): ClipFile => `announcement/${name}.wav`
