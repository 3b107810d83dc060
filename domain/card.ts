import type { Yen } from './yen.js'

/** Printed openly on a card; names it in shops, on screens and in logs. */
export type SerialNumber = string & { readonly kind: 'serial number' }

/** カード番号: the digits under the scratch layer, bearer money. Never logged, never stored. */
export type Pin = string & { readonly kind: 'PIN' }

/** Keyed digest of a PIN, by which a card is found (requirements §5.2). Lower-case hexadecimal. */
export type PinDigest = string & { readonly kind: 'PIN digest' }

/** Fewest and most digits a PIN may have; a batch under 14 digits is refused (requirement §7.11). */
export const PIN_LENGTH_MIN = 14
export const PIN_LENGTH_MAX = 20

/**
 * What a pattern begins with where people write something down: no run of digits that might be a card number,
 * which is kept nowhere (invariant I12).
 */
export const NO_CARD_NUMBER = `^(?![^]*[0-9]{${PIN_LENGTH_MIN}})`

/** Digits of a PIN unless its batch says otherwise, as on the real card (requirement §7.11). */
export const PIN_LENGTH_DEFAULT = 14

/** Reads a PIN as keyed; `undefined` when it is not 14 to 20 digits. */
export const parsePin = (text: string): Pin | undefined =>
  /^\d{14,20}$/.test(text) ? (text as Pin) : undefined

/** Reads a serial number: 3 letters of the batch's series and 9 digits, as `MCA000000123`. */
export const parseSerialNumber = (text: string): SerialNumber | undefined =>
  /^[A-Z]{3}\d{9}$/.test(text) ? (text as SerialNumber) : undefined

/** カード登録金額: what the card is worth when used. */
export type FaceValue = Yen
