/** Longest wait for an answer on the road to CRS, in ms, and how much longer for each MiB on the way. */
const WAIT_MS = 10_000
const WAIT_A_MIB_MS = 2_000

/**
 * Longest that a request on the road to CRS may take, in ms, when it moves so many bytes either way
 * (docs/formats/transfer-to-crs.md). CRS has a long file on disk, or has read it again, before the first
 * byte of its answer: silence cannot be told from work, so the wait goes by the length.
 */
export const transferDeadlineMs = (bytes: number): number =>
  WAIT_MS + Math.ceil(bytes / 1_048_576) * WAIT_A_MIB_MS
