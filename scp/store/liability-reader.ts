import type { ScenarioKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { type CardLiability, LiabilityBook } from '../rules/card-liability.js'
import { Batches, type BatchKind } from './batches.js'
import { CardEvents } from './card-events.js'
import { scenarioKinds } from './keys.js'

/** The cards of one kind and face value. */
export interface LiabilityLine {
  readonly kind: BatchKind
  readonly faceValue: Yen
  readonly cards: CardLiability
}

/** What is owed for cards at a moment. */
export interface LiabilityReport {
  readonly at: EpochMs
  readonly lines: readonly LiabilityLine[]
  /** Yen charged before the moment, by charge kind. */
  readonly chargedYen: Readonly<Partial<Record<ScenarioKind, number>>>
  /**
   * Yen of those charges that CRS had acknowledged by then: what is applied to invoices from there on is
   * billing's to know.
   */
  readonly acknowledgedYen: number
}

/** Reckons what is owed for cards, from the events alone (requirements §5.3). */
export class LiabilityReader {
  readonly #batches
  readonly #events
  readonly #countUsed
  readonly #charged
  readonly #acknowledged

  constructor(store: Database) {
    this.#batches = new Batches(store)
    this.#events = new CardEvents(store)
    this.#countUsed = store
      .prepare<[number, number, number], number>(
        'SELECT count(*) FROM used_card WHERE serial >= ? AND serial <= ? AND charged_at < ?',
      )
      .pluck()
    this.#charged = store.prepare<[number], { charge_kind: number; sum: number }>(
      `SELECT charge_kind, sum(face_value) AS sum FROM used_card WHERE charged_at < ?
       GROUP BY charge_kind`,
    )
    this.#acknowledged = store
      .prepare<[number], number>(
        `SELECT coalesce(sum(sum_yen), 0) FROM quarter_hour_file JOIN acknowledgement USING (number)
         WHERE acknowledged_at < ?`,
      )
      .pluck()
  }

  /** The report of a moment: what happened before it. */
  at(moment: EpochMs): LiabilityReport {
    const book = new LiabilityBook()
    for (const event of this.#events.before(moment)) if (!event.wholeBatch) book.take(event)
    const lines = new Map<string, LiabilityLine>()
    const used = (first: number, last: number) => this.#countUsed.get(first, last, moment) ?? 0
    for (const [number, cards] of book.close(moment, used)) {
      const { kind, faceValue } = this.#batches.get(number)
      const key = `${kind} ${`${faceValue}`.padStart(8)}`
      const line = lines.get(key)
      lines.set(key, { kind, faceValue, cards: line ? sum(line.cards, cards) : cards })
    }
    return {
      at: moment,
      lines: [...lines.keys()].sort().flatMap(key => lines.get(key) ?? []),
      chargedYen: Object.fromEntries(
        this.#charged.all(moment).map(row => [scenarioKinds.word(row.charge_kind), yen(row.sum)]),
      ),
      acknowledgedYen: this.#acknowledged.get(moment) ?? 0,
    }
  }
}

const sum = (one: CardLiability, other: CardLiability): CardLiability => ({
  issued: one.issued + other.issued,
  spoiled: one.spoiled + other.spoiled,
  delivered: one.delivered + other.delivered,
  activated: one.activated + other.activated,
  charged: one.charged + other.charged,
  refunded: one.refunded + other.refunded,
  voided: one.voided + other.voided,
  expired: one.expired + other.expired,
  outstanding: one.outstanding + other.outstanding,
})
