import { type EpochMs, epochMs } from '../../domain/clock.js'

const MINUTE_MS = 60_000

/** Minutes of a week: what is usual is learnt from them. */
export const USUAL_FROM_MINUTES = 7 * 24 * 60

/** Minutes at the end of that week which do not count, so that an attack is not what is usual. */
export const USUAL_TO_MINUTES = 60

/** Minutes that must have been seen before anything is usual. */
const USUAL_NEEDS_MINUTES = 24 * 60

/** How the whole service defends itself against many handsets that guess a little each (requirement §5.4, XP3). */
export interface BrakePolicy {
  /** Wrong numbers keyed by all in a minute of the clock from which on it brakes, whatever is usual; 0: never. */
  readonly rateMax: number
  /** It never brakes below so many, however few are usual. */
  readonly rateMin: number
  /** Between the two it brakes at so many times the usual rate. */
  readonly timesUsual: number
  /** How long it brakes after the last wrong number of a minute that was over the limit, in minutes. */
  readonly holdMinutes: number
  /** While it brakes: how long a handset waits after a wrong number, in minutes; 0: only the alarm is raised. */
  readonly pauseMinutes: number
}

/** One time of braking. */
export interface Brake {
  readonly beganAt: EpochMs
  /** First moment at which it no longer brakes. */
  readonly until: EpochMs
  /** Most wrong numbers of one minute. */
  readonly wrong: number
  /** From how many on it braked. */
  readonly limit: number
}

/** Wrong numbers of the past, for what is usual. */
export interface PastWrong {
  readonly wrong: number
  /** Minutes in which they were keyed, those with none among them. */
  readonly minutes: number
}

/** The minute of the clock that a moment lies in. */
export const minuteOf = (at: EpochMs): number => Math.floor(at / MINUTE_MS)

/**
 * Wrong numbers in one minute from which on the service brakes: a multiple of what is usual, within
 * bounds. The upper one is what the length of card numbers can bear, so that nobody raises it by guessing
 * slowly for a week; it holds alone while less than a day is known.
 */
export function guessLimit(
  { wrong, minutes }: PastWrong,
  { rateMax, rateMin, timesUsual }: BrakePolicy,
): number {
  if (rateMax === 0) return Number.POSITIVE_INFINITY
  if (minutes < USUAL_NEEDS_MINUTES) return rateMax
  return Math.min(rateMax, Math.max(rateMin, Math.ceil((timesUsual * wrong) / minutes)))
}

/** Whether the service brakes at a moment. */
export const brakes = (brake: Brake | undefined, at: EpochMs): brake is Brake =>
  brake !== undefined && at < brake.until

/** The brake after one more wrong number, the `wrong`-th of its minute; `undefined` where nothing changes. */
export function afterGuess(
  brake: Brake | undefined,
  { wrong, limit, at }: { readonly wrong: number; readonly limit: number; readonly at: EpochMs },
  { holdMinutes }: BrakePolicy,
): Brake | undefined {
  if (wrong < limit) return undefined
  const until = epochMs(at + holdMinutes * MINUTE_MS)
  if (!brakes(brake, at)) return { beganAt: at, until, wrong, limit }
  return { ...brake, until, wrong: Math.max(wrong, brake.wrong) }
}

/**
 * While the service brakes, a handset waits after each wrong number. A success ends that; who keyed
 * nothing wrong notices nothing.
 */
export const mustWait = (
  brake: Brake | undefined,
  lastWrongAt: EpochMs | undefined,
  at: EpochMs,
  { pauseMinutes }: BrakePolicy,
): boolean =>
  brakes(brake, at) && lastWrongAt !== undefined && at < lastWrongAt + pauseMinutes * MINUTE_MS
