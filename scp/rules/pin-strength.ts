import { PIN_LENGTH_MAX, PIN_LENGTH_MIN, type Pin, type SerialNumber } from '../../domain/card.js'

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

/** Last digits in which alone PINs of neighbours in a file differ when they were counted up, not drawn. */
const COUNTED_DIGITS = 3

/**
 * Why a PIN that somebody else made is refused, as one that was not drawn; `undefined` when nothing speaks
 * against it. Of PINs drawn uniformly each rule refuses fewer than one in 10^8. `before`: the PIN that stands
 * before it in the file. No reason holds a digit of it (I12).
 */
export function pinMistake(
  pin: Pin,
  serial: SerialNumber,
  before: Pin | undefined,
): string | undefined {
  const digits = [...pin].map(Number)
  const steps = new Set(
    digits.slice(1).map((digit, place) => (digit - (digits[place] ?? 0) + 10) % 10),
  )
  if (steps.size === 1) return 'its PIN is one digit repeated, or digits counted up or down'
  if (pin.includes(serial.slice(3))) return 'its PIN holds the digits of its serial number'
  // The very same one the store finds, wherever it stands.
  if (pin !== before && before?.slice(0, -COUNTED_DIGITS) === pin.slice(0, -COUNTED_DIGITS)) {
    return 'its PIN lies beside that of the card before: it was counted up, not drawn'
  }
  return undefined
}
