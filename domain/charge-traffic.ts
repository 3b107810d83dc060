import { CHARGE_KINDS, type ScenarioKind } from './charge-kind.js'
import type { EpochMs } from './clock.js'
import { type Yen, yen } from './yen.js'

/**
 * チャージトラヒック (seed 004 §3.3(2), Figure 6): what became of the calls that were offered to a node of the
 * MCSCP.
 *
 * A call counts where it ended, with all that it was, so that each row adds up by itself and a
 * quarter-hour that is over never changes. Money counts at the moment of its charge, as in the charge
 * log and the quarter-hour files.
 */

/** Why a call was not answered. In the order of Figure 6: arrivals. */
export const UNANSWERED = [
  /** No number that the switch vouches for. */
  'no_identity',
  /** Before the service's first day, or not for this number and class of contract. */
  'not_in_service',
  /** Its service was stopped. */
  'service_stopped',
  /** Too many calls, or no media for it. */
  'congestion',
  /** The caller hung up first. */
  'withdrawn',
] as const

/** What an answered call came to; each to one. In the order of Figure 6: before entry, entry, result. */
export const CALL_RESULTS = [
  'locked',
  'at_cap',
  /** Nothing was keyed until the tries were over. */
  'no_input',
  /** Only numbers of a wrong length were keyed. */
  'short',
  /** The caller left before a number was complete. */
  'abandoned',
  // The last entry decides between the rest.
  'accepted',
  'unknown',
  /** Used before, by another or by the caller. */
  'used',
  /** Never activated, or stopped. */
  'not_active',
  'expired',
  'over_cap',
  'system_fault',
] as const

/** What else is summed up over the calls that ended. */
export const CALL_SUMS = [
  /** Card numbers that were looked at. */
  'entries',
  /** Entries that locked a handset. */
  'newly_locked',
  /** Calls whose holding time is known, and its sum in ms. */
  'held_calls',
  'held_ms',
] as const

export type Unanswered = (typeof UNANSWERED)[number]
export type CallResult = (typeof CALL_RESULTS)[number]
export type TrafficMeasure = Unanswered | CallResult | (typeof CALL_SUMS)[number]

export const TRAFFIC_MEASURES: readonly TrafficMeasure[] = [
  ...UNANSWERED,
  ...CALL_RESULTS,
  ...CALL_SUMS,
]

/** The charge kind of a row; `none` for calls of which nobody vouches for one. */
export type TrafficKind = ScenarioKind | 'none'

/** Kinds in the order of a table: those of the network, added ones by name, `none`. */
export function inOrderOfKinds(one: TrafficKind, other: TrafficKind): number {
  return placeOf(one) - placeOf(other) || (one < other ? -1 : Number(one > other))
}

function placeOf(kind: TrafficKind): number {
  if (kind === 'none') return CHARGE_KINDS.length + 1
  const place = (CHARGE_KINDS as readonly string[]).indexOf(kind)
  return place < 0 ? CHARGE_KINDS.length : place
}

/** What any calls came to, taken together. A measure that is absent is 0. */
export interface Traffic {
  readonly counts: Readonly<Partial<Record<TrafficMeasure, number>>>
  /** Most calls at once. */
  readonly peak: number
  /** Answered calls by holding time in whole seconds, rounded up. */
  readonly holding: readonly HoldingTime[]
  /** Cards registered, by face value in yen. */
  readonly cards: readonly CardsOfValue[]
}

export type HoldingTime = readonly [seconds: number, calls: number]

export type CardsOfValue = readonly [faceValue: number, cards: number]

export interface TrafficOfKind extends Traffic {
  readonly kind: TrafficKind
}

/** 転送: how the quarter-hour files fared on their way to CRS, by the time of CRS's answers. */
export interface TrafficToCrs {
  /** CRS送信件数: charge records in files that were sent for the first time. */
  readonly sent: number
  /** Charge records that CRS acknowledged. */
  readonly acknowledged: number
  /** 再送: files that were sent once more. */
  readonly resent: number
  /** 転送異常: requests to CRS after which it had not acknowledged anything. */
  readonly errors: number
  /** Closed files, empty ones too, that it had not acknowledged at the end, or has not now. */
  readonly waiting: number
  /** For how many whole minutes the oldest of them was closed by then; 0 when none waits. */
  readonly oldestMinutes: number
  /** Number of the last file that CRS had acknowledged by then; 0 when none. */
  readonly lastNumber: number
}

/** What was sent to CRS and what went wrong, of any time. */
export type TransferCounts = Pick<TrafficToCrs, 'sent' | 'resent' | 'errors'>

/** One quarter-hour of one node. */
export interface QuarterHourTraffic {
  readonly beganAt: EpochMs
  /** Whether it is over and can no longer change. */
  readonly final: boolean
  /** Most calls at once, of whatever kind. */
  readonly peak: number
  /** Handsets locked at its end, or now. */
  readonly nowLocked: number
  /** 解除: locks of handsets that a person released, or that lapsed. */
  readonly unlocked: number
  readonly toCrs: TrafficToCrs
  /** Kinds of which there was anything. */
  readonly kinds: readonly TrafficOfKind[]
}

export const NO_TRAFFIC: Traffic = { counts: {}, peak: 0, holding: [], cards: [] }

export const countOf = ({ counts }: Traffic, measure: TrafficMeasure): number =>
  counts[measure] ?? 0

const sumOf = (traffic: Traffic, measures: readonly TrafficMeasure[]): number =>
  measures.reduce((sum, measure) => sum + countOf(traffic, measure), 0)

/** 接続数: the sum of what the answered calls came to, so that a row adds up (requirement M-17). */
export const answered = (traffic: Traffic): number => sumOf(traffic, CALL_RESULTS)

/** 着信数: the answered and the unanswered. */
export const offered = (traffic: Traffic): number => answered(traffic) + sumOf(traffic, UNANSWERED)

/** 総額: the sum over face values. */
export const totalYen = ({ cards }: Traffic): Yen =>
  yen(cards.reduce((sum, [faceValue, count]) => sum + faceValue * count, 0))

/** 平均保留: in seconds; `undefined` when no call was held. */
export function meanHoldingSeconds(traffic: Traffic): number | undefined {
  const calls = countOf(traffic, 'held_calls')
  return calls === 0 ? undefined : countOf(traffic, 'held_ms') / calls / 1000
}

/** The holding time in seconds that 95 in a hundred calls do not exceed; `undefined` when none was held. */
export function holdingP95({ holding }: Traffic): number | undefined {
  const calls = holding.reduce((sum, [, count]) => sum + count, 0)
  let below = 0
  for (const [seconds, count] of [...holding].sort(([one], [other]) => one - other)) {
    below += count
    if (below >= calls * 0.95) return seconds
  }
  return undefined
}

/** 完了率: accepted calls to answered ones, 0 to 1; `undefined` when none was answered. */
export function completionRate(traffic: Traffic): number | undefined {
  const calls = answered(traffic)
  return calls === 0 ? undefined : countOf(traffic, 'accepted') / calls
}

/** All of them taken together; the peak of the sum is said by whoever knows it, since peaks do not add up. */
export const addTraffic = (parts: readonly Traffic[], peak: number): Traffic => ({
  counts: Object.fromEntries(
    TRAFFIC_MEASURES.map(measure => [
      measure,
      parts.reduce((sum, part) => sum + countOf(part, measure), 0),
    ]),
  ),
  peak,
  holding: addPairs(parts.flatMap(({ holding }) => holding)),
  cards: addPairs(parts.flatMap(({ cards }) => cards)),
})

function addPairs(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const sums = new Map<number, number>()
  for (const [key, count] of pairs) sums.set(key, (sums.get(key) ?? 0) + count)
  return [...sums].sort(([one], [other]) => one - other)
}
