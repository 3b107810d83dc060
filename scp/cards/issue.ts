import { randomInt } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { PIN_LENGTH_DEFAULT, type Pin, type SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Yen } from '../../domain/yen.js'
import type { NewCard, NewCards } from '../store/batches.js'
import { serialKey, serialOf } from '../store/keys.js'
import type { ScpStore } from '../store/questions.js'
import type { KeyRing } from './key-ring.js'

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
export interface Issuing {
  readonly store: ScpStore
  readonly ring: KeyRing
  /** A whole number from 0 up to, not including, `below`, uniform and unguessable. */
  readonly draw: (below: number) => number
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

/** The system's own source of unguessable numbers (requirements §5.1). */
export const systemDraw = (below: number): number => randomInt(below)

/** Cards in one work of the store: few enough that a charge waits for one of them only a moment. */
const CHUNK = 500

/** Rounds of drawing again. One PIN collides with chance 10^-7 among ten million; this many rounds never. */
const ROUNDS_MAX = 20

/**
 * Makes a demonstration batch: PINs drawn uniformly, any that another card has drawn again, the clear
 * cards kept, and only then the batch made usable. Stopped half-way, it leaves cards nobody can use and
 * serial numbers nobody gets again.
 */
export async function issueDemonstration(
  issuing: Issuing,
  order: DemonstrationOrder,
): Promise<IssuedBatch> {
  const { store, ring, keep } = issuing
  const { count, faceValue } = order
  const { batch, firstSerial } = await store.ask('beginBatch', {
    kind: 'demonstration',
    count,
    faceValue,
    pinLength: PIN_LENGTH_DEFAULT,
    keyId: ring.newest,
  })
  const pins: Pin[] = []
  while (pins.length < count) {
    const size = Math.min(CHUNK, count - pins.length)
    const places = Array.from({ length: size }, (_, place) => pins.length + place)
    pins.push(...(await addCards(issuing, order, batch, places)))
    await turn()
  }
  const first = serialKey(firstSerial)
  const cards = pins.map((pin, place) => ({ serial: serialOf(first + place), pin, faceValue }))
  const file = keep(batch, cards)
  await store.ask('activateBatch', batch)
  return { batch, cards, file }
}

/** Draws and stores the PINs of some places of a batch; in the order of the places. */
async function addCards(
  { store, ring, draw }: Issuing,
  { activated, expiresAt }: DemonstrationOrder,
  batch: number,
  places: readonly number[],
): Promise<Pin[]> {
  const pins = new Map<number, Pin>()
  const state: NewCards['state'] = activated ? 'active' : 'generated'
  let missing = places
  for (let round = 0; missing.length > 0; round++) {
    if (round === ROUNDS_MAX) throw new Error('the source of chance repeats itself')
    const cards = missing.map((index): NewCard => {
      const pin = drawPin(draw)
      pins.set(index, pin)
      return { index, digests: ring.digests(pin) }
    })
    missing = await store.ask('addCards', { batch, cards, state, expiresAt })
  }
  return places.flatMap(place => pins.get(place) ?? [])
}

/** Digits drawn at once: numbers below 10^7 are well within what `randomInt` draws uniformly. */
const HALF = PIN_LENGTH_DEFAULT / 2

function drawPin(draw: Issuing['draw']): Pin {
  const half = () => `${draw(10 ** HALF)}`.padStart(HALF, '0')
  return `${half()}${half()}` as Pin
}
