import type { EpochMs } from '../../domain/clock.js'
import type { KeptState, RecordedAct } from './card-life.js'
import { joined, replaced, type SerialRange, within } from './serial-ranges.js'

/** What a liability is reckoned from: something that was done to cards that stood alike. */
export interface LiabilityEvent {
  readonly batch: number
  readonly act: RecordedAct
  readonly first: number
  readonly last: number
  /** Cards that it changed. */
  readonly cards: number
  readonly before: KeptState | undefined
  readonly after: KeptState
  readonly expiresAfter: EpochMs | undefined
}

/** A batch's cards at a moment, in numbers of cards. */
export interface CardLiability {
  /** Cards that were ever made. */
  readonly issued: number
  /** Cards that the card maker spoiled. */
  readonly spoiled: number
  /** Cards that were ever delivered to a distributor. */
  readonly delivered: number
  /** Cards that were ever activated: from there on they are owed. */
  readonly activated: number
  readonly charged: number
  readonly refunded: number
  /** Cards made void after they were activated. */
  readonly voided: number
  /** Activated, never used, and too late now. */
  readonly expired: number
  /** Activated and still to be used, those that are frozen too: what is owed. */
  readonly outstanding: number
}

/** How many cards of a range were used before the moment of the report. */
export type CountUsed = (first: number, last: number) => number

/**
 * What is owed for cards at a moment, from the events before it: activated cards leave by their use, by a
 * refund, by being made void or by expiry, and in no other way. Sums of events are on one side, a count of
 * the cards where they stand on the other, so that the report proves itself:
 *
 *   activated − charged − refunded − voided = expired + outstanding
 *   charged ≤ activated ≤ delivered ≤ issued − spoiled
 */
export class LiabilityBook {
  readonly #batches = new Map<number, BatchBook>()

  /** Takes the next event, in the order in which they happened. */
  take(event: LiabilityEvent): void {
    let book = this.#batches.get(event.batch)
    if (!book) {
      book = new BatchBook()
      this.#batches.set(event.batch, book)
    }
    book.take(event)
  }

  /** Each batch that there is, at the moment up to which events were taken. */
  close(at: EpochMs, countUsed: CountUsed): ReadonlyMap<number, CardLiability> {
    return new Map([...this.#batches].map(([batch, book]) => [batch, book.close(at, countUsed)]))
  }
}

class BatchBook {
  #ranges: SerialRange[] = []
  #issued = 0
  #spoiled = 0
  #delivered = 0
  #activated = 0
  #refunded = 0
  #voided = 0

  take({ batch, act, first, last, cards, before, after, expiresAfter }: LiabilityEvent): void {
    const part = this.#ranges
      .map(range => within(range, first, last))
      .find(range => range !== undefined)
    const known = part?.standing
    const wasOwed = known ? isOwed(known) : false
    if ((before === undefined || before === 'planned') && !['planned', 'void'].includes(after)) {
      this.#issued += cards
    }
    if (act === 'spoil') this.#spoiled += cards
    if (act === 'deliver' || (act === 'demonstrate' && after !== 'planned'))
      this.#delivered += cards
    if (after === 'active' && ['activate', 'demonstrate'].includes(act)) this.#activated += cards
    if (act === 'refund') this.#refunded += cards
    if (act === 'void' && wasOwed) this.#voided += cards
    this.#put({
      first,
      last,
      batch,
      standing: {
        state: after,
        frozenFrom: act === 'freeze' ? before : undefined,
        expiresAt: expiresAfter,
        extended: act === 'extend' || (known?.extended ?? false),
      },
    })
  }

  close(at: EpochMs, countUsed: CountUsed): CardLiability {
    const [lowest, highest] = [this.#ranges[0]?.first, this.#ranges.at(-1)?.last]
    const charged = lowest && highest ? countUsed(lowest, highest) : 0
    let [expired, outstanding] = [0, 0]
    for (const { first, last, standing } of this.#ranges) {
      if (!isOwed(standing)) continue
      const unused = last - first + 1 - countUsed(first, last)
      if (standing.expiresAt !== undefined && at >= standing.expiresAt) expired += unused
      else outstanding += unused
    }
    return {
      ...{ issued: this.#issued, spoiled: this.#spoiled, delivered: this.#delivered },
      ...{ activated: this.#activated, charged, refunded: this.#refunded },
      ...{ voided: this.#voided, expired, outstanding },
    }
  }

  #put(part: SerialRange): void {
    const rest = this.#ranges.flatMap(range => {
      const shared = within(range, part.first, part.last)
      if (!shared) return [range]
      return replaced(range, shared).filter(one => one !== shared)
    })
    this.#ranges = joined([...rest, part].sort((a, b) => a.first - b.first))
  }
}

const isOwed = ({ state, frozenFrom }: SerialRange['standing']): boolean =>
  (state === 'frozen' ? frozenFrom : state) === 'active'
