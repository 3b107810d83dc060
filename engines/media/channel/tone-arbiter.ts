import type { Digit } from '../../../platform/rtp/telephone-event.js'

/**
 * One digit a key press of a phone that has agreed to no telephone-event, and whose keys are looked for in its
 * sound: it may tell them by INFO too. What INFO tells is certain, so that it wins once it has been seen.
 *
 *   by_tone ──tone──► by_tone         told, and remembered for a while
 *      └──INFO──► by_info             told, unless it is of a press that its tone has told already
 *   by_info ──tone──► by_info         not told any more
 *
 * Pure. Times are monotonic milliseconds.
 */
export interface ToneArbiterState {
  readonly path: 'by_tone' | 'by_info'
  /** Presses told by their tones that INFO may still tell again, the oldest first. */
  readonly copies: readonly { readonly digit: Digit; readonly atMs: number }[]
}

/** Before any key. */
export const unheard: ToneArbiterState = { path: 'by_tone', copies: [] }

/** How long after a press in the sound its INFO may come. */
export const SAME_PRESS_MS = 2_000

/** What a key in the sound means: the state after it, and whether it is told. */
export function toneCame(
  state: ToneArbiterState,
  digit: Digit,
  atMs: number,
): readonly [ToneArbiterState, boolean] {
  if (state.path === 'by_info') return [state, false]
  return [{ path: 'by_tone', copies: [...recent(state, atMs), { digit, atMs }] }, true]
}

/** What a key by INFO means. INFO comes in order: presses before the one it tells again had none. */
export function infoCame(
  state: ToneArbiterState,
  digit: Digit,
  atMs: number,
): readonly [ToneArbiterState, boolean] {
  const copies = recent(state, atMs)
  const at = copies.findIndex(copy => copy.digit === digit)
  return [{ path: 'by_info', copies: copies.slice(at + 1) }, at < 0]
}

const recent = ({ copies }: ToneArbiterState, atMs: number) =>
  copies.filter(copy => atMs - copy.atMs < SAME_PRESS_MS)
