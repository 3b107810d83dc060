import type { EpochMs } from '../../domain/clock.js'

/** Somebody decided that a version is in force from a moment on, until another is. */
export interface TableSwitch {
  /** 1, 2, 3 … in the order of decision. */
  readonly sequence: number
  /** 0: what settings and product say. */
  readonly version: number
  readonly from: EpochMs
}

/**
 * The switches of a table in the order in which they come into force: of two for one moment the later
 * decision is the later.
 */
export const inOrder = <S extends TableSwitch>(switches: readonly S[]): S[] =>
  [...switches].sort((one, other) => one.from - other.from || one.sequence - other.sequence)

/** The switch that holds at a moment; `undefined`: none does yet, and version 0 is in force. */
export const inForceAt = <S extends TableSwitch>(
  switches: readonly S[],
  at: EpochMs,
): S | undefined => inOrder(switches).findLast(({ from }) => from <= at)

/** The first switch that waits for its moment. */
export const waitingAt = <S extends TableSwitch>(
  switches: readonly S[],
  at: EpochMs,
): S | undefined => inOrder(switches).find(({ from }) => from > at)

/**
 * The version that a version replaced when it first came into force, to which it is rolled back: back and
 * back again leads ever further back, to version 0, which replaced none (`undefined`).
 */
export function replacedBy(switches: readonly TableSwitch[], version: number): number | undefined {
  if (version === 0) return undefined
  const all = inOrder(switches)
  const first = all.findIndex(one => one.version === version)
  return all[first - 1]?.version ?? 0
}
