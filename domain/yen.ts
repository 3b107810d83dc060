/** A whole number of Japanese yen. Never a fraction, never a float. */
export type Yen = number & { readonly unit: 'yen' }

/** Makes an amount of yen. Throws `RangeError` on anything that is not a safe integer. */
export const yen = (amount: number): Yen => {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not whole yen: ${amount}`)
  return amount as Yen
}
