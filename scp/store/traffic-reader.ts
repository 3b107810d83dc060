import {
  type CardsOfValue,
  type HoldingTime,
  inOrderOfKinds,
  type QuarterHourTraffic,
  type TrafficKind,
  type TrafficMeasure,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS, startOfQuarterHour } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { ALL_KINDS } from './call-peaks.js'
import { IS_CHARGE_CALL } from './call-sessions.js'
import { trafficKinds, trafficMeasures } from './keys.js'
import type { Locks } from './locks.js'
import { ToCrs } from './traffic-to-crs.js'
import { NOTHING_SENT, TransferCountReader } from './transfer-counts.js'
import { Unlocks } from './unlocks.js'

/** Most quarter-hours of one answer: those of a week. */
const QUARTER_HOURS_MAX = 672

/** Which quarter-hours are asked for: those that begin in [from, to), as far as there are any by `now`. */
export interface TrafficPeriod {
  readonly from: EpochMs
  readonly to: EpochMs
  readonly now: EpochMs
}

/** The traffic of a period, and how things stand now. */
export interface TrafficReport {
  readonly quarterHours: readonly QuarterHourTraffic[]
  readonly callsInProgress: number
  readonly nowLocked: number
}

interface Row {
  readonly began_at: number
  readonly charge_kind: number
  /** What is counted: a measure, a holding time in s, a face value in yen; a peak is of calls alone. */
  readonly of: number
  readonly amount: number
}

/** One kind of one quarter-hour while its rows are read. */
interface KindRead {
  readonly kind: TrafficKind
  readonly counts: Partial<Record<TrafficMeasure, number>>
  peak: number
  readonly holding: HoldingTime[]
  readonly cards: CardsOfValue[]
}

/** Reads the charge traffic beside the store's writer. */
export class TrafficReader {
  readonly #store: Database
  readonly #locks: Locks
  readonly #firstQuarterHour
  readonly #newestQuarterHour
  readonly #counts
  readonly #holding
  readonly #peaks
  readonly #cards
  readonly #cardsOfAdded
  readonly #closed
  readonly #inProgress
  readonly #toCrs: ToCrs
  readonly #transfers: TransferCountReader
  readonly #unlocks: Unlocks

  constructor(store: Database, locks: Locks) {
    this.#store = store
    this.#locks = locks
    this.#firstQuarterHour = store
      .prepare<[], number>('SELECT first_quarter_hour FROM node')
      .pluck()
    this.#newestQuarterHour = store
      .prepare<[], number>(
        `SELECT max(coalesce((SELECT max(began_at) FROM traffic_count), 0),
           coalesce((SELECT max(began_at) + ${QUARTER_HOUR_MS} FROM quarter_hour_file), 0))`,
      )
      .pluck()
    this.#counts = store.prepare<[number, number], Row>(
      `SELECT began_at, charge_kind, measure AS of, amount FROM traffic_count
       WHERE began_at >= ? AND began_at < ?`,
    )
    this.#holding = store.prepare<[number, number], Row>(
      `SELECT began_at, charge_kind, seconds AS of, calls AS amount FROM traffic_holding
       WHERE began_at >= ? AND began_at < ? ORDER BY seconds`,
    )
    this.#peaks = store.prepare<[number, number], Row>(
      `SELECT began_at, charge_kind, 0 AS of, calls AS amount FROM traffic_peak
       WHERE began_at >= ? AND began_at < ?`,
    )
    // Records stand in order of time and closed quarter-hours know their first, so no index is needed.
    this.#cards = store.prepare<{ from: number; to: number }, Row>(
      `SELECT charged_at - charged_at % ${QUARTER_HOUR_MS} AS began_at, charge_kind, face_value AS of,
         count(*) AS amount
       FROM charge_record
       WHERE sequence >= coalesce(
           (SELECT first_sequence FROM quarter_hour_file WHERE began_at >= @from
            ORDER BY began_at LIMIT 1),
           (SELECT first_sequence + record_count FROM quarter_hour_file
            ORDER BY number DESC LIMIT 1), 0)
         AND sequence < coalesce(
           (SELECT first_sequence FROM quarter_hour_file WHERE began_at >= @to
            ORDER BY began_at LIMIT 1), 9223372036854775807)
         AND charged_at >= @from AND charged_at < @to
       GROUP BY 1, 2, 3 ORDER BY face_value`,
    )
    this.#cardsOfAdded = store.prepare<[number, number], Row>(
      `SELECT charged_at - charged_at % ${QUARTER_HOUR_MS} AS began_at, charge_kind, face_value AS of,
         count(*) AS amount
       FROM scenario_charge WHERE charged_at >= ? AND charged_at < ?
       GROUP BY 1, 2, 3 ORDER BY face_value`,
    )
    this.#closed = store.prepare<[number, number], { began_at: number; now_locked: number }>(
      `SELECT began_at, now_locked FROM traffic_quarter_hour
       WHERE began_at >= ? AND began_at < ?`,
    )
    this.#inProgress = store
      .prepare<[], number>(
        `SELECT count(*) FROM call_session WHERE ended_at IS NULL AND ${IS_CHARGE_CALL}`,
      )
      .pluck()
    this.#toCrs = new ToCrs(store)
    this.#transfers = new TransferCountReader(store)
    this.#unlocks = new Unlocks(store, locks.policy)
  }

  /** The first quarter-hours of a period, a week of them at most, as they stood at one moment. */
  read(period: TrafficPeriod): TrafficReport {
    return this.#store.transaction(() => this.#read(period))()
  }

  #read({ from, to, now }: TrafficPeriod): TrafficReport {
    const nowLocked = this.#locks.countLocked(now)
    const begin = Math.max(startOfQuarterHour(from), this.#firstQuarterHour.get() ?? now)
    // A calendar clock that fell back is behind what was counted already (fault test XK3).
    const newest = Math.max(startOfQuarterHour(now), this.#newestQuarterHour.get() ?? 0)
    const end = Math.min(to, newest + QUARTER_HOUR_MS, begin + QUARTER_HOURS_MAX * QUARTER_HOUR_MS)
    const kinds = this.#kinds(begin, end)
    const peaks = this.#peaks.all(begin, end).filter(row => row.charge_kind === ALL_KINDS)
    const peakAt = new Map(peaks.map(row => [row.began_at, row.amount]))
    const lockedAt = new Map(
      this.#closed.all(begin, end).map(row => [row.began_at, row.now_locked]),
    )
    const acknowledged = this.#toCrs.acknowledged(begin, end)
    const transfers = this.#transfers.between(begin, end)
    const unlocked = this.#unlocks.between(begin, Math.min(end, now + 1))
    const quarterHours: QuarterHourTraffic[] = []
    for (let beganAt = begin; beganAt < end; beganAt += QUARTER_HOUR_MS) {
      quarterHours.push({
        beganAt: epochMs(beganAt),
        final: lockedAt.has(beganAt),
        peak: peakAt.get(beganAt) ?? 0,
        nowLocked: lockedAt.get(beganAt) ?? nowLocked,
        unlocked: unlocked.get(beganAt) ?? 0,
        toCrs: {
          ...(transfers.get(beganAt) ?? NOTHING_SENT),
          acknowledged: acknowledged.get(beganAt) ?? 0,
          ...this.#toCrs.waiting(Math.min(beganAt + QUARTER_HOUR_MS, Math.max(now, beganAt))),
        },
        kinds: kinds.get(beganAt) ?? [],
      })
    }
    return { quarterHours, callsInProgress: this.#inProgress.get() ?? 0, nowLocked }
  }

  /** The kinds of which there was anything, by quarter-hour. */
  #kinds(from: number, to: number): Map<number, KindRead[]> {
    const read = new Map<number, KindRead[]>()
    const at = (row: Row) => kindOf(read, row.began_at, trafficKinds.word(row.charge_kind))
    for (const row of this.#counts.iterate(from, to)) {
      at(row).counts[trafficMeasures.word(row.of)] = row.amount
    }
    for (const row of this.#holding.iterate(from, to)) at(row).holding.push([row.of, row.amount])
    for (const row of this.#peaks.iterate(from, to)) {
      if (row.charge_kind !== ALL_KINDS) at(row).peak = row.amount
    }
    for (const row of this.#cards.iterate({ from, to })) {
      at(row).cards.push([row.of, row.amount])
    }
    for (const row of this.#cardsOfAdded.iterate(from, to)) {
      at(row).cards.push([row.of, row.amount])
    }
    for (const kinds of read.values()) {
      kinds.sort((one, other) => inOrderOfKinds(one.kind, other.kind))
    }
    return read
  }
}

function kindOf(read: Map<number, KindRead[]>, beganAt: number, kind: TrafficKind): KindRead {
  const kinds = read.get(beganAt) ?? []
  read.set(beganAt, kinds)
  const known = kinds.find(one => one.kind === kind)
  if (known) return known
  const fresh: KindRead = { kind, counts: {}, peak: 0, holding: [], cards: [] }
  kinds.push(fresh)
  return fresh
}
