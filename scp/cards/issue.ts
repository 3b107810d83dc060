import { setImmediate as turn } from 'node:timers/promises'
import { PIN_LENGTH_DEFAULT, type Pin, type SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Yen } from '../../domain/yen.js'
import { serialKey, serialOf } from '../store/keys.js'
import { addCards, CHUNK, type Drawing } from './drawing.js'

/** Most cards of one demonstration batch: its clear numbers are in memory at once. */
export const DEMONSTRATION_CARDS_MAX = 100_000

/** A card as its owner holds it: bearer money, in memory only while it goes to the clear file. */
export interface ClearCard {
  readonly serial: SerialNumber
  readonly pin: Pin
  readonly faceValue: Yen
}

/** What a demonstration batch is made of. */
export interface DemonstrationOrder {
  readonly count: number
  readonly faceValue: Yen
  /** First moment at which its cards cannot be used any more; absent: never. */
  readonly expiresAt: EpochMs | undefined
  /** `false` makes cards that were never activated at a sale, to show how those are refused. */
  readonly activated: boolean
}

/** What issuing stands on. */
export interface Issuing extends Drawing {
  /** Keeps the clear cards safe; answers where, once they are on disk. */
  readonly keep: (batch: number, cards: readonly ClearCard[]) => string
}

/** A batch that was made. */
export interface IssuedBatch {
  readonly batch: number
  readonly cards: readonly ClearCard[]
  /** Where its clear cards are kept. */
  readonly file: string
}

/**
 * Makes a demonstration batch: PINs drawn uniformly, any that another card has drawn again, the clear
 * cards kept, and only then the batch made usable. Stopped half-way, it leaves cards nobody can use and
 * serial numbers nobody gets again.
 */
export async function issueDemonstration(
  issuing: Issuing,
  order: DemonstrationOrder,
): Promise<IssuedBatch> {
  const { store, keep } = issuing
  const { count, faceValue, expiresAt, activated } = order
  const { batch, firstSerial } = await store.ask('planBatch', {
    planned: {
      kind: 'demonstration',
      count,
      faceValue,
      pinLength: PIN_LENGTH_DEFAULT,
      design: '',
      distributor: '',
      expiresAt,
    },
    doing: { person: 'mcscp', approver: undefined, reason: 'for demonstration' },
  })
  const pins: Pin[] = []
  while (pins.length < count) {
    const size = Math.min(CHUNK, count - pins.length)
    const places = Array.from({ length: size }, (_, place) => pins.length + place)
    pins.push(...(await addCards(issuing, { batch, places, pinLength: PIN_LENGTH_DEFAULT })))
    await turn()
  }
  const first = serialKey(firstSerial)
  const cards = pins.map((pin, place) => ({ serial: serialOf(first + place), pin, faceValue }))
  const file = keep(batch, cards)
  await store.ask('demonstrateBatch', { batch, activated })
  return { batch, cards, file }
}
