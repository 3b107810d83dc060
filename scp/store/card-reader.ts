import type { SerialNumber } from '../../domain/card.js'
import type { ScenarioKind } from '../../domain/charge-kind.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import { type CardState, stateAt } from '../rules/card-life.js'
import { type Batch, Batches, endsOf } from './batches.js'
import { type CardEvent, CardEvents } from './card-events.js'
import { CardImports, type ImportView } from './card-imports.js'
import { CardMaking, type PrintFile } from './card-making.js'
import { CardRanges } from './card-ranges.js'
import { cardActs, msisdnOf, scenarioKinds, serialKey } from './keys.js'

/** A batch with what its cards came to. */
export interface BatchCount {
  readonly batch: Batch
  /** Cards by where they stand at the moment. */
  readonly counts: Readonly<Partial<Record<CardState, number>>>
  /** Cards in print files that are whole. */
  readonly printed: number
}

/** All that is told of one batch. */
export interface BatchView extends BatchCount {
  /** Files of another maker's cards that were asked for as this batch, oldest first. */
  readonly imports: readonly ImportView[]
  readonly files: readonly (PrintFile & { readonly writtenAt: EpochMs })[]
  /** Cards that stand in the store, counted one by one: generated = printed + spoiled. */
  readonly generated: number
  /** Cards that the card maker spoiled. */
  readonly spoiled: number
  /** The latest, oldest of them first. */
  readonly events: readonly CardEvent[]
}

/** All that is told of one card. Its PIN is nowhere. */
export interface CardView {
  readonly serial: SerialNumber
  readonly batch: Batch
  readonly state: CardState
  readonly expiresAt: EpochMs | undefined
  readonly extended: boolean
  readonly use:
    | { readonly by: Msisdn; readonly kind: ScenarioKind; readonly at: EpochMs }
    | undefined
  readonly events: readonly CardEvent[]
}

/** Events told at once. */
const EVENTS_MAX = 200

/** Reads cards and batches for people, beside the writer. */
export class CardReader {
  readonly #batches
  readonly #ranges
  readonly #events
  readonly #making
  readonly #imports
  readonly #countUsed
  readonly #rows
  readonly #spoiled
  readonly #use

  constructor(store: Database) {
    this.#batches = new Batches(store)
    this.#ranges = new CardRanges(store)
    this.#events = new CardEvents(store)
    this.#making = new CardMaking(store)
    this.#imports = new CardImports(store)
    this.#countUsed = store
      .prepare<[number, number], number>(
        'SELECT count(*) FROM used_card WHERE serial >= ? AND serial <= ?',
      )
      .pluck()
    this.#rows = store
      .prepare<[number, number, number], number>(
        'SELECT count(*) FROM card WHERE serial BETWEEN ? AND ? AND batch = ?',
      )
      .pluck()
    this.#spoiled = store
      .prepare<[number], number>(
        `SELECT coalesce(sum(cards), 0) FROM card_event
         WHERE batch = ? AND act = ${cardActs.code('spoil')}`,
      )
      .pluck()
    this.#use = store.prepare<
      [number],
      { msisdn: number; charge_kind: number; charged_at: number }
    >('SELECT msisdn, charge_kind, charged_at FROM used_card WHERE serial = ?')
  }

  /** Every batch, oldest first. */
  list(at: EpochMs): BatchCount[] {
    return this.#batches.list().map(batch => this.#counted(batch, at))
  }

  /** One batch. Throws `ACT_REFUSED` where there is none. */
  batch(batch: number, at: EpochMs): BatchView {
    const counted = this.#counted(this.#batches.get(batch), at)
    return {
      ...counted,
      generated: this.#rows.get(...endsOf(counted.batch), batch) ?? 0,
      imports: this.#imports.of(batch),
      files: this.#making.files(batch),
      spoiled: this.#spoiled.get(batch) ?? 0,
      events: this.#events.ofBatch(batch, EVENTS_MAX),
    }
  }

  /** One card by its serial number; `undefined` where none has it. */
  card(serial: SerialNumber, at: EpochMs): CardView | undefined {
    const key = serialKey(serial)
    const [range] = this.#ranges.between(key, key)
    if (!range) return undefined
    const use = this.#use.get(key)
    const { standing } = range
    return {
      serial,
      batch: this.#batches.get(range.batch),
      state: use ? 'used' : stateAt(standing, at),
      expiresAt: standing.expiresAt,
      extended: standing.extended,
      use: use && {
        by: msisdnOf(use.msisdn),
        kind: scenarioKinds.word(use.charge_kind),
        at: epochMs(use.charged_at),
      },
      events: this.#events.ofCard(key, range.batch, EVENTS_MAX),
    }
  }

  #counted(batch: Batch, at: EpochMs): BatchCount {
    const counts: Partial<Record<CardState, number>> = {}
    const add = (state: CardState, cards: number) => {
      if (cards > 0) counts[state] = (counts[state] ?? 0) + cards
    }
    for (const { first, last, standing } of this.#ranges.ofBatch(batch.batch)) {
      const used = this.#countUsed.get(first, last) ?? 0
      add('used', used)
      add(stateAt(standing, at), last - first + 1 - used)
    }
    return { batch, counts, printed: this.#making.of(batch.batch).printed }
  }
}
