import type { ValueKind, ValueOfKind } from './values.js'

/**
 * The values that a text asks for: `'{amount:yen}を登録しました。'` gives `{ amount: Yen }`. A text without a
 * place gives `unknown`, which asks for nothing.
 */
export type ValuesIn<Text extends string> =
  Text extends `${string}{${infer Name}:${infer Kind}}${infer Rest}`
    ? Kind extends ValueKind
      ? { readonly [Key in Name]: ValueOfKind[Kind] } & ValuesIn<Rest>
      : never
    : unknown

/** A stretch of a text: words that never change, or the place of a value. */
export type Part = Words | Slot

export interface Words {
  words: string
  /** Where a comma stands between the value before and these words. */
  pauseBefore: boolean
}

/** The place of a value: `{name:kind}`. */
export interface Slot {
  name: string
  kind: ValueKind
}

export const isSlot = (part: Part): part is Slot => 'kind' in part

/** Splits a text at its places, in order. A stretch that is only punctuation is nothing to say. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  for (const piece of text.split(/(\{\w+:\w+\})/)) {
    const slot = /^\{(\w+):(\w+)\}$/.exec(piece)
    // The kind is one of ours: the tables of texts let no other compile.
    if (slot) parts.push({ name: `${slot[1]}`, kind: slot[2] as ValueKind })
    else if (/\p{L}/u.test(piece)) parts.push(wordsOf(piece))
  }
  return parts
}

const wordsOf = (piece: string): Words => ({
  words: piece.replace(/^[、,]/, '').trim(),
  pauseBefore: /^[、,]/.test(piece),
})
