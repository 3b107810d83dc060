import { Fault } from '../platform/fault.js'
import type { FaultCode } from '../platform/fault-codes.js'
import { type CallTime, pause } from './call-time.js'

/** How long ivr waits for one answer and between two questions. All in ms. */
export interface Pauses {
  /** Longest wait for one answer. */
  readonly attemptMs: number
  /** Pause before the second attempt; doubled for each further one, up to the longest. */
  readonly pauseMs: number
  readonly pauseMaxMs: number
}

/** What asking another program needs besides the question. */
export interface Asking {
  readonly time: CallTime
  readonly patience: Pauses
  /** Whether the caller is still there: without one nothing is asked anew. */
  readonly callerThere: () => boolean
  /** Told of every attempt that got no answer. */
  readonly noticed: (fault: Fault) => void
}

/** How asking went: an answer, or why there is none. */
export type Asked<T> =
  | { readonly got: 'answer'; readonly answer: T }
  /**
   * The other side refuses for good: it does not know the call, or the caller. `unsure`: an earlier attempt
   * may have reached it none the less.
   */
  | { readonly got: 'refusal'; readonly code: FaultCode; readonly unsure: boolean }
  | { readonly got: 'nothing' }

/** Refusals that asking again does not change. */
const FINAL: readonly FaultCode[] = ['NO_SUCH_CALL_SESSION', 'NO_SUCH_SUBSCRIBER', 'TICKET_REFUSED']

/** Asks again and again for so long, while the caller is there. */
export async function persist<T>(
  ask: (deadlineMs: number) => Promise<T>,
  forMs: number,
  { time, patience, callerThere, noticed }: Asking,
): Promise<Asked<T>> {
  const untilMs = time.nowMs() + forMs
  let pauseMs = patience.pauseMs
  for (let attempt = 1; ; attempt += 1) {
    const deadlineMs = Math.min(patience.attemptMs, untilMs - time.nowMs())
    try {
      return { got: 'answer', answer: await ask(deadlineMs) }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      noticed(error)
      const { code } = error
      if (FINAL.includes(code)) return { got: 'refusal', code, unsure: attempt > 1 }
    }
    if (time.nowMs() + pauseMs >= untilMs) return { got: 'nothing' }
    await pause(time, pauseMs)
    pauseMs = Math.min(pauseMs * 2, patience.pauseMaxMs)
    if (!callerThere()) return { got: 'nothing' }
  }
}
