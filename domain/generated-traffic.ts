/** Ways in which a generated caller calls, in the order in which a form shows them. */
export const CALLER_KINDS = [
  /** Charges a card that nobody has used. */
  'good_card',
  /** Keys a number that is no card's, and gives up. */
  'wrong_number',
  /** Keys a card that was used before, by somebody else. */
  'used_card',
  /** Keys wrong numbers from few handsets: once one is locked, it hears that alone. */
  'locked_handset',
  /** Hangs up at a point of the call. */
  'hang_up',
  /** Dials 157 and hears it to the end. */
  'inquiry',
  /** Charges a card, with a long pause after each key. */
  'slow_keying',
] as const
export type CallerKind = (typeof CALLER_KINDS)[number]

/** Where a caller hangs up: points of the hang-up table of requirements §4, or any of them. */
export const HANG_UP_POINTS = [
  'any',
  'before_answer',
  'in_welcome',
  'in_number',
  'before_end_mark',
  'while_validated',
  'on_result',
] as const
export type HangUpPoint = (typeof HANG_UP_POINTS)[number]

/** Bounds of a run: what one machine's handsets can do, and nobody forgets one that runs for days. */
export const GENERATOR_LIMITS = {
  callsPerHour: { min: 1, max: 72_000 },
  seconds: { min: 1, max: 14_400 },
  inProgressMax: { min: 1, max: 200 },
  weight: { min: 0, max: 100 },
  percent: { min: 0, max: 100 },
  /** Half of all packets gone is a line on which nobody can talk. */
  rtpLossPercent: { min: 0, max: 50 },
  handsets: { min: 1, max: 990 },
  cardYen: { min: 1, max: 9_999_999 },
} as const

/** What a run of generated traffic is asked to be. */
export interface GeneratorOrder {
  /** Calls that come in an hour, on average; the pauses between them are left to chance. */
  readonly callsPerHour: number
  /** For how long calls begin, in seconds. */
  readonly seconds: number
  /** Most calls at once; one more is left out, and counted. */
  readonly inProgressMax: number
  /** How many handsets call in turn. */
  readonly handsets: number
  /** Face value of the cards that are charged, one that is on sale. */
  readonly cardYen: number
  /** How often each way to call comes, beside the others; not all 0. */
  readonly mix: Readonly<Record<CallerKind, number>>
  readonly hangUpAt: HangUpPoint
  readonly faults: GeneratorFaults
}

/** What goes wrong besides, each of so many in a hundred. */
export interface GeneratorFaults {
  /** Packets of audio that are lost, in either direction. */
  readonly rtpLossPercent: number
  /** Calls that break off after a while, whatever the caller wanted. */
  readonly earlyHangUpPercent: number
  /** Calls that key a wrong number from another handset each, as who guesses does. */
  readonly guessingPercent: number
}

/** What a generated call came to, as its caller knows it; each call counts once. */
export const CALL_OUTCOMES = [
  'charged',
  /** 157 told to the end. */
  'enquired',
  'card_refused',
  'locked',
  /** The month's cap is reached, or would be passed. */
  'over_cap',
  /** Told to call again later: the service brakes, or something is out of order. */
  'try_later',
  /** What became of the card could not be told. */
  'unknown_outcome',
  /** Never answered: an announcement, or a status alone. */
  'not_connected',
  /** The caller hung up before a result was told. */
  'left',
  /** The network ended the call, and no result was heard. */
  'no_result',
  /** The handset could not call, or lost the switch. */
  'failed',
] as const
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** Why a call that was due was not made. */
export const LEFT_OUT_REASONS = ['too_many', 'no_card'] as const
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number]

/**
 * How far a run is: none was asked for yet; calls begin; no more begin, and those in progress go on to their ends;
 * all have ended.
 */
export type GeneratorPhase = 'idle' | 'running' | 'ending' | 'over'

/**
 * The run that goes on, or the last one. `offered` = `inProgress` + the sum of `outcomes`. No number of a card is
 * in it.
 */
export interface GeneratorState {
  readonly phase: GeneratorPhase
  readonly order?: GeneratorOrder
  /** Account that asked for it. */
  readonly by?: string
  /** Since it began, until its last call ended, in ms. */
  readonly elapsedMs: number
  readonly offered: number
  readonly answered: number
  readonly inProgress: number
  readonly outcomes: Readonly<Record<CallOutcome, number>>
  readonly leftOut: Readonly<Record<LeftOutReason, number>>
  /** Cards that wait to be charged. */
  readonly cardsReady: number
  /** Why cards, or handsets, could not be had the last time, in words. */
  readonly trouble?: string
}
