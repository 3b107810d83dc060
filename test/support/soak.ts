import type { Held, MeasuredEngine } from './measured-engine.js'

/** What a call may leave behind, in bytes: 1 MB for 10,000 of them. */
export const LEFT_BYTES = 1_048_576 / 10_000

/**
 * The same where a few hundred calls must show it, less than Node's own memory moves: a call, dialog or
 * channel that is not let go of is larger.
 */
export const LEFT_BYTES_OF_FEW = 2_048

/** How an engine is soaked. */
export interface SoakPlan {
  /** Calls before anything is measured: code is compiled, tables get their size. */
  readonly warmUp: number
  /** Calls between two measurements. */
  readonly calls: number
  /**
   * Most measurements. What leaks grows every time; what Node keeps for itself does not, so that one time
   * without growth is enough.
   */
  readonly times: number
  /** What a call may leave behind, in bytes. */
  readonly leftBytes: number
  /** Makes calls to the end of each. */
  readonly make: (calls: number) => Promise<void>
}

/** What an engine held before and after the measurement in which it grew least. */
export interface Soaked {
  readonly before: Held
  readonly after: Held
  readonly grownBytes: number
  /** Most that it may have grown by, in bytes. */
  readonly limitBytes: number
}

/** Makes calls until the engine, at rest and after collection, has not grown by more than it may. */
export async function soak(engine: MeasuredEngine, plan: SoakPlan): Promise<Soaked> {
  const limitBytes = plan.calls * plan.leftBytes
  await plan.make(plan.warmUp)
  let before = await engine.heldAtRest()
  let least: Soaked | undefined
  for (let time = 0; time < plan.times; time++) {
    await plan.make(plan.calls)
    const after = await engine.heldAtRest(before.sockets)
    const grownBytes = after.heapBytes - before.heapBytes
    if (!least || grownBytes < least.grownBytes) least = { before, after, grownBytes, limitBytes }
    if (grownBytes < limitBytes) break
    before = after
  }
  if (!least) throw new RangeError('an engine is measured at least once')
  return least
}
