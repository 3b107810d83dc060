import { PIN_LENGTH_MAX, PIN_LENGTH_MIN } from '../../domain/card.js'

/** Cards that may be active at once, for which the length of a PIN must be enough (fault test XP3). */
export const LIVE_CARDS = 50_000_000

/** What a guesser of PINs is up against. */
export interface PinStrength {
  /** Entropy of one PIN, in bits. */
  readonly bits: number
  /** Guesses that hit one card on average, with `LIVE_CARDS` cards active. */
  readonly guessesPerHit: number
}

/** How strong uniformly drawn PINs of a length are. */
export const pinStrength = (digits: number): PinStrength => ({
  bits: digits * Math.log2(10),
  guessesPerHit: 10 ** digits / LIVE_CARDS,
})

/** Why PINs of a length are refused, with the figures that say so; `undefined` when they are long enough. */
export function pinLengthMistake(digits: number): string | undefined {
  if (digits > PIN_LENGTH_MAX) return `A PIN has at most ${PIN_LENGTH_MAX} digits, not ${digits}.`
  if (digits >= PIN_LENGTH_MIN) return undefined
  const { bits, guessesPerHit } = pinStrength(digits)
  const guesses = Math.max(1, Math.round(guessesPerHit)).toLocaleString('en')
  return (
    `PINs of ${digits} digits have ${bits.toFixed(1)} bits: with ${LIVE_CARDS.toLocaleString('en')} ` +
    `cards in use one guess in ${guesses} finds a card. At least ${PIN_LENGTH_MIN} digits.`
  )
}
