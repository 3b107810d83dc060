import type { CallSessionToken } from '../../domain/call-session.js'
import { type Later, nodeLater } from '../../platform/deadline.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from '../store/questions.js'

/**
 * Call sessions of calls that an earlier run of scp let in and did not see the end of. Such a call may
 * live on in the media engine, so it is answered until no call of that age can be left; then its
 * session is ended and counted by its last entry, or as left by its caller.
 */
export class LeftOverSessions {
  /** Leaves them to the next run. */
  readonly forget: () => void

  private constructor(forget: () => void) {
    this.forget = forget
  }

  /** Finds them, before any new call comes. `callMs`: the longest that a call may last. */
  static async find(
    store: ScpStore,
    log: Logger,
    callMs: number,
    later: Later = nodeLater,
  ): Promise<LeftOverSessions> {
    const tokens = await store.ask('openCallSessions', undefined)
    if (tokens.length > 0) log.warn({ sessions: tokens.length }, 'call sessions left over')
    let callOff = () => {}
    const endAfter = (pauseMs: number, left: readonly CallSessionToken[]) => {
      callOff = later(async () => {
        const again = await endAll(store, log, left)
        if (again.length > 0 && !forgotten) endAfter(END_AGAIN_MS, again)
      }, pauseMs)
    }
    let forgotten = false
    endAfter(callMs, tokens)
    return new LeftOverSessions(() => {
      forgotten = true
      callOff()
    })
  }
}

/** Pause before what a full disk kept from being recorded is tried again, in ms. */
const END_AGAIN_MS = 5_000

/** Ends sessions; those that could not be. */
async function endAll(
  store: ScpStore,
  log: Logger,
  tokens: readonly CallSessionToken[],
): Promise<readonly CallSessionToken[]> {
  const ended = await Promise.allSettled(
    tokens.map(token => store.ask('endCallSession', { token, ending: { how: 'answered' } })),
  )
  const failed = ended.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') log.warn({ err: failed.reason }, 'call sessions not ended')
  return tokens.filter((_, place) => ended[place]?.status === 'rejected')
}
