import type { CallSessionToken } from '../../domain/call-session.js'
import { Fault } from '../../platform/fault.js'
import type { CallSession, CallSessions, NewCallSession } from './call-sessions.js'
import type { SessionOpening } from './questions.js'

/** Most INVITEs that are remembered, so that one of them is not taken twice. */
const INVITES_MAX = 10_000

/**
 * Calls that were let in while the store could not write (a full disk, a lock): in memory, so that 157
 * answers, and in no table, so that nothing can be charged in them (fault tests XF4, XF8).
 */
export class UnrecordedCalls {
  readonly #recorded: CallSessions
  readonly #calls = new Map<CallSessionToken, CallSession>()
  readonly #invites = new Set<string>()

  constructor(recorded: CallSessions) {
    this.#recorded = recorded
  }

  /** Opens a call session by `open`, or keeps it here when the store fails. */
  async orKeep(session: NewCallSession, open: () => Promise<boolean>): Promise<SessionOpening> {
    if (this.#invites.has(inviteOf(session))) return 'repeated'
    try {
      return (await open()) ? 'opened' : 'repeated'
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'STORE_FAILED') throw error
      return this.#keep(session)
    }
  }

  find(token: CallSessionToken): CallSession | undefined {
    return this.#calls.get(token)
  }

  /** Forgets a call that has ended; `false` when it is none of these. */
  end(token: CallSessionToken): boolean {
    return this.#calls.delete(token)
  }

  #keep(session: NewCallSession): SessionOpening {
    const invite = inviteOf(session)
    if (this.#recorded.has(session) || this.#invites.has(invite)) return 'repeated'
    const [oldest] = this.#invites
    if (oldest !== undefined && this.#invites.size >= INVITES_MAX) this.#invites.delete(oldest)
    this.#invites.add(invite)
    this.#calls.set(session.token, { ...session, ended: false, told: undefined })
    return 'unrecorded'
  }
}

const inviteOf = ({ callId, cseq }: NewCallSession): string => `${cseq} ${callId}`
