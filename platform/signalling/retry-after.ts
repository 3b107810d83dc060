/** Shortest and longest wait, in seconds: spread, so that not all who were refused return at once. */
const WAIT_MIN_S = 5
const WAIT_MAX_S = 30

/** Retry-After for a call refused by congestion (RFC 3261 §20.33); `random` is from 0 up to 1. */
export const retryAfter = (random: number): string =>
  `${WAIT_MIN_S + Math.floor(random * (WAIT_MAX_S - WAIT_MIN_S + 1))}`
