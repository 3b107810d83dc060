import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import type { KeptState, RecordedAct } from '../rules/card-life.js'
import { cardActs, cardStates } from './keys.js'

/** Who did something to cards, and why. */
export interface Doing {
  readonly person: string
  /** Who approved it, where that was needed. */
  readonly approver: string | undefined
  readonly reason: string
}

/** Something that was done to cards that stood alike, or to a batch itself. */
export interface CardEvent extends Doing {
  readonly at: EpochMs
  readonly batch: number
  readonly act: RecordedAct
  /** Whether it was done to the batch itself and not to its cards. */
  readonly wholeBatch: boolean
  readonly first: number
  readonly last: number
  /** Cards that it changed: those in the range that nobody had used. */
  readonly cards: number
  /** Absent: the cards were not there before. */
  readonly before: KeptState | undefined
  readonly after: KeptState
  readonly expiresBefore: EpochMs | undefined
  readonly expiresAfter: EpochMs | undefined
}

interface Row {
  readonly at: number
  readonly batch: number
  readonly act: number
  readonly whole_batch: number
  readonly first_serial: number
  readonly last_serial: number
  readonly cards: number
  readonly state_before: number | null
  readonly state_after: number
  readonly expires_before: number | null
  readonly expires_after: number | null
  readonly reason: string
  readonly person: string
  readonly approver: string | null
}

/** Everything that was ever done to cards; only ever appended to (requirements §5.3). */
export class CardEvents {
  readonly #append
  readonly #ofBatch
  readonly #ofCard
  readonly #before
  readonly #doneAlone

  constructor(store: Database) {
    this.#append = store.prepare(
      `INSERT INTO card_event (at, batch, act, whole_batch, first_serial, last_serial, cards,
         state_before, state_after, expires_before, expires_after, reason, person, approver)
       VALUES (@at, @batch, @act, @whole_batch, @first_serial, @last_serial, @cards,
         @state_before, @state_after, @expires_before, @expires_after, @reason, @person, @approver)`,
    )
    this.#ofBatch = store.prepare<[number, number], Row>(
      'SELECT * FROM card_event WHERE batch = ? ORDER BY sequence DESC LIMIT ?',
    )
    this.#ofCard = store.prepare<[number, number, number, number], Row>(
      `SELECT * FROM card_event WHERE batch = ? AND first_serial <= ? AND last_serial >= ?
       ORDER BY sequence DESC LIMIT ?`,
    )
    this.#before = store.prepare<[number], Row>(
      'SELECT * FROM card_event WHERE at < ? ORDER BY sequence',
    )
    this.#doneAlone = store
      .prepare<[number, string, number], number>(
        `SELECT coalesce(sum(cards), 0) FROM card_event
         WHERE act = ? AND whole_batch = 0 AND approver IS NULL AND person = ? AND at > ?`,
      )
      .pluck()
  }

  append(event: CardEvent): void {
    this.#append.run(rowOf(event))
  }

  /** A batch's latest events, the oldest of them first. */
  ofBatch(batch: number, max: number): CardEvent[] {
    return this.#ofBatch.all(batch, max).map(eventOf).reverse()
  }

  /** What was done to a card and to its batch, oldest first; the latest of it where there is much. */
  ofCard(serial: number, batch: number, max: number): CardEvent[] {
    return this.#ofCard.all(batch, serial, serial, max).map(eventOf).reverse()
  }

  /** To how many cards a person did something after a moment, with nobody to approve it. */
  doneAlone(act: RecordedAct, person: string, after: EpochMs): number {
    return this.#doneAlone.get(cardActs.code(act), person, after) ?? 0
  }

  /** What was done before a moment, in order. */
  *before(moment: EpochMs): Iterable<CardEvent> {
    for (const row of this.#before.iterate(moment)) yield eventOf(row)
  }
}

const eventOf = (row: Row): CardEvent => ({
  at: epochMs(row.at),
  batch: row.batch,
  act: cardActs.word(row.act),
  wholeBatch: row.whole_batch === 1,
  first: row.first_serial,
  last: row.last_serial,
  cards: row.cards,
  before: row.state_before === null ? undefined : cardStates.word(row.state_before),
  after: cardStates.word(row.state_after),
  expiresBefore: row.expires_before === null ? undefined : epochMs(row.expires_before),
  expiresAfter: row.expires_after === null ? undefined : epochMs(row.expires_after),
  reason: row.reason,
  person: row.person,
  approver: row.approver ?? undefined,
})

const rowOf = (event: CardEvent): Row => ({
  at: event.at,
  batch: event.batch,
  act: cardActs.code(event.act),
  whole_batch: Number(event.wholeBatch),
  first_serial: event.first,
  last_serial: event.last,
  cards: event.cards,
  state_before: event.before === undefined ? null : cardStates.code(event.before),
  state_after: cardStates.code(event.after),
  expires_before: event.expiresBefore ?? null,
  expires_after: event.expiresAfter ?? null,
  reason: event.reason,
  person: event.person,
  approver: event.approver ?? null,
})
