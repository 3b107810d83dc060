/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly unit: 'ms since epoch' }

/** Makes a moment. Throws `RangeError` on anything that is not a safe integer. */
export const epochMs = (milliseconds: number): EpochMs => {
  if (!Number.isSafeInteger(milliseconds)) throw new RangeError(`not a moment: ${milliseconds}`)
  return milliseconds as EpochMs
}

/** The only source of calendar time. Programs get the network's clock; tests get one they move by hand. */
export interface Clock {
  now(): EpochMs
}
