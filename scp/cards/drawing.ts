import { randomInt } from 'node:crypto'
import type { Pin } from '../../domain/card.js'
import type { NewCard } from '../store/card-making.js'
import type { ScpStore } from '../store/questions.js'
import type { KeyRing } from './key-ring.js'

/** What PINs are drawn by, and where they go as digests. */
export interface Drawing {
  readonly store: ScpStore
  readonly ring: KeyRing
  /** A whole number from 0 up to, not including, `below`, uniform and unguessable. */
  readonly draw: (below: number) => number
}

/** The system's own source of unguessable numbers (requirements §5.1). */
export const systemDraw = (below: number): number => randomInt(below)

/** Cards in one work of the store: few enough that a charge waits for one of them only a moment. */
export const CHUNK = 500

/** Rounds of drawing again. One PIN collides with chance 10^-7 among ten million; this many rounds never. */
const ROUNDS_MAX = 20

/** Places of a batch whose cards are to be drawn. */
export interface Places {
  readonly batch: number
  readonly places: readonly number[]
  readonly pinLength: number
}

/**
 * Draws the PINs of some places of a batch, again where another card has one, and stores their digests;
 * answers the PINs in the order of the places.
 */
export async function addCards(
  { store, ring, draw }: Drawing,
  { batch, places, pinLength }: Places,
): Promise<Pin[]> {
  const pins = new Map<number, Pin>()
  let missing = places
  for (let round = 0; missing.length > 0; round++) {
    if (round === ROUNDS_MAX) throw new Error('the source of chance repeats itself')
    const cards = missing.map((index): NewCard => {
      const pin = drawPin(draw, pinLength)
      pins.set(index, pin)
      return { index, digests: ring.digests(pin) }
    })
    missing = await store.ask('addCards', { batch, cards })
  }
  return places.flatMap(place => pins.get(place) ?? [])
}

/** Digits drawn at once: numbers below 10^10 are well within what `randomInt` draws uniformly. */
const HALF_MAX = 10

/** A PIN, drawn in two halves. */
function drawPin(draw: Drawing['draw'], length: number): Pin {
  const upper = Math.min(HALF_MAX, Math.floor(length / 2))
  const digits = (count: number) => `${draw(10 ** count)}`.padStart(count, '0')
  return `${digits(upper)}${digits(length - upper)}` as Pin
}
