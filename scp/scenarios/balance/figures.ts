import type { DayRegistered } from '../../../domain/balance-answer.js'
import type { CallSessionToken } from '../../../domain/call-session.js'
import { type ChargeKind, isChargeKind } from '../../../domain/charge-kind.js'
import { epochMs } from '../../../domain/clock.js'
import { type JstDay, jstDay, startOfJstDay } from '../../../domain/jst.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { BALANCE_SERVICE_NUMBER } from '../../../domain/switch-assertion.js'
import { type Yen, yen } from '../../../domain/yen.js'
import { Fault } from '../../../platform/fault.js'
import type { Database } from '../../../platform/store.js'
import type { LockPolicy } from '../../rules/lock-policy.js'
import { type CallSession, CallSessions } from '../../store/call-sessions.js'
import { ChargeLog, type Registration } from '../../store/charge-log.js'
import { Locks } from '../../store/locks.js'
import { MonthTotals } from '../../store/month-totals.js'
import type { Stamp } from '../../store/stamp.js'

/** What scp knows of the number behind a 157 call. */
export interface Figures {
  readonly msisdn: Msisdn
  readonly kind: ChargeKind
  readonly callId: string
  /** This month's total. */
  readonly registered: Yen
  readonly locked: boolean
  /** Days on which something was registered, from `from` on, in order. */
  readonly byDay: readonly DayRegistered[]
  readonly from: JstDay
}

/**
 * How far back days are told, in days: billing's figures are of the day before yesterday (requirement
 * A-03), but it may have stood still for long.
 */
const DAYS_TOLD = 93

const DAY_MS = 24 * 60 * 60 * 1000

/** Reads the figures for 157. Beside the writer nothing is written here. */
export class BalanceFigures {
  readonly #stamp: Stamp
  readonly #sessions: CallSessions
  readonly #totals: MonthTotals
  readonly #locks: Locks
  readonly #log: ChargeLog

  constructor(
    store: Database,
    stamp: Stamp,
    { cap, lock }: { readonly cap: { readonly monthCap: Yen }; readonly lock: LockPolicy },
  ) {
    this.#stamp = stamp
    this.#sessions = new CallSessions(store)
    this.#totals = new MonthTotals(store, cap.monthCap)
    this.#locks = new Locks(store, lock)
    this.#log = new ChargeLog(store)
  }

  /**
   * The figures of a call, which may be one that the store could not keep. Throws `NO_SUCH_CALL_SESSION`
   * when the token is that of no live 157 call.
   */
  of(token: CallSessionToken, unrecorded?: CallSession): Figures {
    const session = unrecorded ?? this.#sessions.find(token)
    if (!session || session.ended || session.service !== BALANCE_SERVICE_NUMBER) {
      throw new Fault('NO_SUCH_CALL_SESSION', 'The token names no call to 157 that is under way.')
    }
    const { msisdn, kind, callId } = session
    if (!isChargeKind(kind)) throw new TypeError(`a call to 157 is of no contract: ${kind}`)
    const at = this.#stamp.now()
    const from = jstDay(epochMs(at - DAYS_TOLD * DAY_MS))
    return {
      msisdn,
      kind,
      callId,
      registered: this.#totals.registered(msisdn, kind, at),
      locked: this.#locks.isLocked(msisdn, at),
      byDay: daysOf(this.#log.of(msisdn, kind, startOfJstDay(from))),
      from,
    }
  }
}

function daysOf(registrations: readonly Registration[]): DayRegistered[] {
  const amounts = new Map<JstDay, number>()
  for (const { at, amount } of registrations) {
    const day = jstDay(at)
    amounts.set(day, (amounts.get(day) ?? 0) + amount)
  }
  return [...amounts].map(([day, amount]) => ({ day, amount: yen(amount) }))
}
