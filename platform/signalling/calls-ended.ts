import { monotonicMs } from '../clock.js'

/** How long calls may take to end at close, in ms: their last requests are on their way by then. */
const ENDING_MS = 2_000

/** Pause between two looks, in ms. */
const LOOK_MS = 20

/** Resolves when no call is left, or has had its time to end. */
export async function callsEnded(calls: () => number): Promise<void> {
  const deadline = monotonicMs() + ENDING_MS
  while (calls() > 0 && monotonicMs() < deadline) {
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}
