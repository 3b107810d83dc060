import type { TrafficKind, TrafficMeasure, TransferCounts } from '../../domain/charge-traffic.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import { trafficKinds, trafficMeasures } from './keys.js'
import type { Locks } from './locks.js'
import { ToCrs } from './traffic-to-crs.js'
import { TransferCountReader } from './transfer-counts.js'

/** All that was ever counted, for counters that only grow, and what waits now. */
export interface TrafficTotals {
  readonly counts: readonly {
    readonly kind: TrafficKind
    readonly measure: TrafficMeasure
    readonly amount: number
  }[]
  readonly cards: readonly {
    readonly kind: TrafficKind
    readonly faceValue: number
    readonly cards: number
  }[]
  readonly nowLocked: number
  /** What went to CRS. */
  readonly transfers: TransferCounts
  /** Closed files that CRS has not acknowledged, and for how long the oldest waits, in ms. */
  readonly waiting: number
  readonly oldestMs: number
}

interface Counted {
  readonly charge_kind: number
  readonly of: number
  readonly amount: number
}

/** Sums by kind and by what they are of. */
type Sums = Map<string, { readonly kind: number; readonly of: number; amount: number }>

/**
 * The sums of the charge traffic since the store was made. What is closed is added up once: after the first
 * question, which reads everything, one reads a few quarter-hours and the records since.
 */
export class TrafficTotalsReader {
  readonly #store: Database
  readonly #locks: Locks
  readonly #toCrs: ToCrs
  readonly #transfers: TransferCountReader
  readonly #lastClosed
  readonly #counts
  readonly #cards: readonly ChargedCards[]
  /** What is closed, and up to where. */
  #closedBefore = 0
  readonly #closed: Sums = new Map()

  constructor(store: Database, locks: Locks) {
    this.#store = store
    this.#locks = locks
    this.#toCrs = new ToCrs(store)
    this.#transfers = new TransferCountReader(store)
    this.#cards = [
      new ChargedCards(store, 'charge_record'),
      new ChargedCards(store, 'scenario_charge'),
    ]
    this.#lastClosed = store
      .prepare<[], number | null>('SELECT max(began_at) FROM traffic_quarter_hour')
      .pluck()
    this.#counts = store.prepare<[number, number], Counted>(
      `SELECT charge_kind, measure AS of, sum(amount) AS amount FROM traffic_count
       WHERE began_at >= ? AND began_at < ? GROUP BY 1, 2`,
    )
  }

  /** As it stands at one moment, `now` by the network's clock. */
  read(now: EpochMs): TrafficTotals {
    return this.#store.transaction(() => this.#read(now))()
  }

  #read(now: EpochMs): TrafficTotals {
    this.#addClosed()
    const counts = new Map([...this.#closed].map(([key, sum]) => [key, { ...sum }]))
    add(counts, this.#counts.all(this.#closedBefore, Number.MAX_SAFE_INTEGER))
    const oldest = this.#toCrs.oldestWaiting()
    return {
      counts: [...counts.values()].map(({ kind, of, amount }) => ({
        kind: trafficKinds.word(kind),
        measure: trafficMeasures.word(of),
        amount,
      })),
      cards: this.#cards.flatMap(charged =>
        charged.read().map(({ kind, of, amount }) => ({
          kind: trafficKinds.word(kind),
          faceValue: of,
          cards: amount,
        })),
      ),
      transfers: this.#transfers.total(),
      nowLocked: this.#locks.countLocked(now),
      waiting: this.#toCrs.countWaiting(),
      oldestMs: oldest ? Math.max(0, now - oldest.closed_at) : 0,
    }
  }

  /** No call can be counted any more in a quarter-hour that is closed. */
  #addClosed(): void {
    const before = (this.#lastClosed.get() ?? -1) + 1
    if (before <= this.#closedBefore) return
    add(this.#closed, this.#counts.all(this.#closedBefore, before))
    this.#closedBefore = before
  }
}

/** The charges of one log by kind and face value; each record is read once. */
class ChargedCards {
  readonly #last
  readonly #between
  #to = -1
  readonly #sums: Sums = new Map()

  constructor(store: Database, log: 'charge_record' | 'scenario_charge') {
    this.#last = store.prepare<[], number | null>(`SELECT max(sequence) FROM ${log}`).pluck()
    this.#between = store.prepare<[number, number], Counted>(
      `SELECT charge_kind, face_value AS of, count(*) AS amount FROM ${log}
       WHERE sequence > ? AND sequence <= ? GROUP BY 1, 2`,
    )
  }

  read(): { readonly kind: number; readonly of: number; readonly amount: number }[] {
    const last = this.#last.get() ?? -1
    if (last > this.#to) {
      add(this.#sums, this.#between.all(this.#to, last))
      this.#to = last
    }
    return [...this.#sums.values()]
  }
}

function add(sums: Sums, counted: readonly Counted[]): void {
  for (const { charge_kind: kind, of, amount } of counted) {
    const key = `${kind} ${of}`
    const sum = sums.get(key)
    if (sum) sum.amount += amount
    else sums.set(key, { kind, of, amount })
  }
}
