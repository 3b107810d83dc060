import { Fault } from './fault.js'

/**
 * Does a piece of work for all of them at once; when that meets a fault, for one after the other, so that
 * what comes before the one at fault is done. The work must be safe to repeat. Throws the fault of that one.
 */
export async function together<T>(
  all: readonly T[],
  work: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  if (all.length === 0) return
  try {
    await work(all)
  } catch (error) {
    if (!(error instanceof Fault) || all.length === 1) throw error
    for (const one of all) await work([one])
  }
}
