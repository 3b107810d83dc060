import type { Digit } from '../../../platform/rtp/telephone-event.js'

/**
 * One digit a key press when a phone reports it twice, in its audio (RFC 4733) and by SIP INFO. The audio
 * is preferred once it has been seen; a phone that agreed to RFC 4733 and then sends only INFO is found
 * out by its first key.
 *
 *   unknown ──RTP──► by_rtp            INFO is ignored from here on
 *      └──INFO──► unsure ──RTP──► by_rtp   the digit that INFO told is forgotten: RTP tells it
 *                    └──timer──► by_info   no RTP came: INFO counts
 *   by_info ──RTP──► by_rtp            the same digit just told by INFO is not told again
 *
 * Pure: `start_timer` is an action, `timer` says it fired. Times are monotonic milliseconds.
 */
export type ArbiterState =
  | { readonly path: 'unknown' }
  | { readonly path: 'unsure'; readonly waiting: readonly Press[] }
  | { readonly path: 'by_info'; readonly last: Press & { readonly atMs: number } }
  | { readonly path: 'by_rtp'; readonly copy?: Digit }

/** A digit with its length in units of 1/8,000 s. */
export interface Press {
  readonly digit: Digit
  readonly duration: number
}

export type ArbiterEvent =
  | { readonly type: 'rtp_pressed'; readonly digit: Digit; readonly atMs: number }
  | { readonly type: 'rtp_digit'; readonly press: Press }
  | { readonly type: 'info_digit'; readonly press: Press; readonly atMs: number }
  | { readonly type: 'timer'; readonly atMs: number }

export type ArbiterAction =
  | { readonly type: 'digit'; readonly press: Press; readonly source: 'RTP' | 'INFO' }
  | { readonly type: 'start_timer' }

export type ArbiterStep = readonly [ArbiterState, ...ArbiterAction[]]

/** How long the first digit told by INFO waits for the same key in the audio. */
export const WAIT_FOR_RTP_MS = 200

/** Within this time a press in the audio may be the one that INFO has told already. */
export const SAME_PRESS_MS = 2_000

/** At the beginning of a call that agreed to RFC 4733. */
export const undecided: ArbiterState = { path: 'unknown' }

/** What a digit of either path means. */
export function arbitrate(state: ArbiterState, event: ArbiterEvent): ArbiterStep {
  switch (event.type) {
    case 'rtp_pressed':
      return [pressedInAudio(state, event.digit, event.atMs)]
    case 'rtp_digit':
      return digitInAudio(state, event.press)
    case 'info_digit':
      return digitByInfo(state, event.press, event.atMs)
    case 'timer':
      return waitedInVain(state, event.atMs)
  }
}

function pressedInAudio(state: ArbiterState, digit: Digit, atMs: number): ArbiterState {
  if (state.path === 'by_rtp') return state
  const told = state.path === 'by_info' ? state.last : undefined
  const isCopy = told?.digit === digit && atMs - told.atMs < SAME_PRESS_MS
  return isCopy ? { path: 'by_rtp', copy: digit } : { path: 'by_rtp' }
}

function digitInAudio(state: ArbiterState, press: Press): ArbiterStep {
  if (state.path === 'by_rtp' && state.copy === press.digit) return [{ path: 'by_rtp' }]
  return [{ path: 'by_rtp' }, { type: 'digit', press, source: 'RTP' }]
}

function digitByInfo(state: ArbiterState, press: Press, atMs: number): ArbiterStep {
  switch (state.path) {
    case 'by_rtp':
      return [state]
    case 'by_info':
      return [
        { path: 'by_info', last: { ...press, atMs } },
        { type: 'digit', press, source: 'INFO' },
      ]
    case 'unsure':
      return [{ path: 'unsure', waiting: [...state.waiting, press] }]
    case 'unknown':
      return [{ path: 'unsure', waiting: [press] }, { type: 'start_timer' }]
  }
}

function waitedInVain(state: ArbiterState, atMs: number): ArbiterStep {
  if (state.path !== 'unsure') return [state]
  const last = state.waiting.at(-1)
  if (!last) return [undecided]
  const told = state.waiting.map(press => ({ type: 'digit', press, source: 'INFO' }) as const)
  return [{ path: 'by_info', last: { ...last, atMs } }, ...told]
}
