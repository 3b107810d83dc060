import type { Pin } from '../domain/card.js'
import type { Permission } from '../domain/charge-answer.js'
import { Fault } from '../platform/fault.js'
import { type CallTime, pause } from './call-time.js'
import type { EntryResult } from './charge-guidance.js'
import type { Entry, Scp } from './scp.js'

/** How long, and how often, ivr asks scp before it gives up. All in ms. */
export interface Patience {
  /** ⑬ is asked again for so long. */
  readonly permissionForMs: number
  /** An entry is tried again for so long, always under the same number (architecture, point 4). */
  readonly chargeForMs: number
  /** After that, what became of it is asked for so long. */
  readonly concludeForMs: number
  /** Longest wait for one answer. */
  readonly attemptMs: number
  /** Pause before the second attempt; doubled for each further one, up to the longest. */
  readonly pauseMs: number
  readonly pauseMaxMs: number
}

/** What asking needs besides the question. */
export interface Asking {
  readonly scp: Scp
  readonly time: CallTime
  readonly patience: Patience
  /** Whether the caller is still there: without one nothing is asked anew. */
  readonly callerThere: () => boolean
  /** Told of every attempt that got no answer. */
  readonly noticed: (fault: Fault) => void
}

/** How asking went: an answer, or why there is none. */
type Asked<T> =
  | { readonly got: 'answer'; readonly answer: T }
  /** scp does not know the call. `unsure`: an earlier attempt may have reached it none the less. */
  | { readonly got: 'no_such_call'; readonly unsure: boolean }
  | { readonly got: 'nothing' }

/** ⑬ with patience; `undefined` when it could not be asked. */
export async function askPermission(
  session: Entry['session'],
  asking: Asking,
): Promise<Permission | undefined> {
  const { scp, patience } = asking
  const asked = await persist(ms => scp.permission(session, ms), patience.permissionForMs, asking)
  return asked.got === 'answer' ? asked.answer : undefined
}

/**
 * ⑯ with patience: the same entry is tried again, so that a lost answer costs nothing; then its
 * conclusion is asked, which keeps a late attempt from succeeding unheard. Only when that gets no
 * answer either is the outcome unknown (requirement N-08). When the caller has gone nothing new is
 * asked: the transaction under way decides (requirements §4, hang-up table).
 */
export async function redeem(entry: Entry, pin: Pin, asking: Asking): Promise<EntryResult> {
  const { scp, patience } = asking
  const charged = await persist(ms => scp.charge(entry, pin, ms), patience.chargeForMs, asking)
  if (charged.got === 'answer') return charged.answer
  if (charged.got === 'no_such_call') return gone(charged.unsure)
  if (!asking.callerThere()) return { outcome: 'outcome_unknown' }

  const concluded = await persist(ms => scp.conclude(entry, ms), patience.concludeForMs, asking)
  return concluded.got === 'answer' ? concluded.answer : { outcome: 'outcome_unknown' }
}

/** A call that scp never knew cannot have been charged. */
const gone = (unsure: boolean): EntryResult => ({
  outcome: unsure ? 'outcome_unknown' : 'abandoned',
})

async function persist<T>(
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
      if (error.code === 'NO_SUCH_CALL_SESSION') return { got: 'no_such_call', unsure: attempt > 1 }
    }
    if (time.nowMs() + pauseMs >= untilMs) return { got: 'nothing' }
    await pause(time, pauseMs)
    pauseMs = Math.min(pauseMs * 2, patience.pauseMaxMs)
    if (!callerThere()) return { got: 'nothing' }
  }
}
