import type { Language } from '../domain/charge-answer.js'
import { type Part, partsOf, type ValuesIn } from './slots.js'
import { textsEn } from './texts-en.js'
import { type TextJa, textsJa } from './texts-ja.js'

/** Names a text, the same in both languages. */
export type TextId = keyof typeof textsJa

/** What has to be handed in to say a text; `unknown` when it carries no value. */
export type ValuesOf<Id extends TextId> = ValuesIn<(typeof textsJa)[Id]['text']>

/** Every text's id, in the order of the dialogues. */
export const TEXT_IDS = Object.keys(textsJa) as readonly TextId[]

/** The words that a caller hears, with `{name:kind}` where a value is said. */
export const textOf = (language: Language, id: TextId): string =>
  language === 'ja' ? textsJa[id].text : textsEn[id]

/** The Japanese text with its reading. */
export const textJa = (id: TextId): TextJa => textsJa[id]

/** A stretch of a text together with the clip that says it. */
export type ClippedPart = { part: Part; clipId: string | undefined }

/**
 * The stretches of a text. Words have a clip: the text's id, or with values `<id>-1`, `<id>-2` and so
 * on. The place of a value has none, since its clips depend on the value.
 */
export function clippedParts(id: TextId, text: string): ClippedPart[] {
  const parts = partsOf(text)
  let count = 0
  return parts.map(part => {
    if ('kind' in part) return { part, clipId: undefined }
    count += 1
    return { part, clipId: parts.length === 1 ? id : `${id}-${count}` }
  })
}

/** Names of the announcements that the switch plays, without `announcement-`. */
export const ANNOUNCEMENTS = [
  'not-permitted',
  'service-stopped',
  'before-service-start',
  'congestion',
  'no-identity',
  'unknown-number',
  'not-registered',
  'no-units',
] as const satisfies readonly AnnouncementOf<TextId>[]

export type Announcement = (typeof ANNOUNCEMENTS)[number]

type AnnouncementOf<Id> = Id extends `announcement-${infer Name}` ? Name : never
