import type { CallSessionToken } from '../../domain/call-session.js'
import type { Logger } from '../../platform/log.js'
import type { ScpStore } from '../store/questions.js'

/**
 * Call sessions of calls that an earlier run of scp let in and did not see the end of. Such a call may
 * live on in the media engine, so it is answered until no call of that age can be left; then its
 * session is ended.
 */
export class LeftOverSessions {
  readonly #timer: NodeJS.Timeout

  private constructor(timer: NodeJS.Timeout) {
    this.#timer = timer
  }

  /** Finds them, before any new call comes. `callMs`: the longest that a call may last. */
  static async find(store: ScpStore, log: Logger, callMs: number): Promise<LeftOverSessions> {
    const tokens = await store.ask('openCallSessions', undefined)
    if (tokens.length > 0) log.warn({ sessions: tokens.length }, 'call sessions left over')
    const end = () => endAll(store, log, tokens)
    return new LeftOverSessions(setTimeout(end, callMs).unref())
  }

  /** Leaves them to the next run. */
  forget(): void {
    clearTimeout(this.#timer)
  }
}

async function endAll(
  store: ScpStore,
  log: Logger,
  tokens: readonly CallSessionToken[],
): Promise<void> {
  const ended = await Promise.allSettled(tokens.map(token => store.ask('endCallSession', token)))
  const failed = ended.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') log.warn({ err: failed.reason }, 'call sessions not ended')
}
