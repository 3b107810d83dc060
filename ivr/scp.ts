import type { BalanceAnswer } from '../domain/balance-answer.js'
import type { CallNotice } from '../domain/call-notice.js'
import type { CallSessionToken } from '../domain/call-session.js'
import type { Pin } from '../domain/card.js'
import type { ChargeAnswer, Permission } from '../domain/charge-answer.js'

/** Names one card keyed in one call. */
export interface Entry {
  readonly session: CallSessionToken
  /** Counted from 1. */
  readonly entry: number
}

/**
 * What ivr asks of scp (MCSCP-D). Every question may be asked again and gets the same answer. Each
 * throws a `Fault` when there is no answer within the deadline, `NO_SUCH_CALL_SESSION` when scp does
 * not know the call.
 */
export interface Scp {
  /** ⑬: may this call charge at all? */
  permission(session: CallSessionToken, deadlineMs: number): Promise<Permission>
  /** ⑯: uses the card, at most once an entry. */
  charge(entry: Entry, pin: Pin, deadlineMs: number): Promise<ChargeAnswer>
  /** What 157 tells of the caller (requirements S-29, A-05). */
  balance(session: CallSessionToken, deadlineMs: number): Promise<BalanceAnswer>
  /** What became of an entry. If nothing was recorded it is abandoned, and cannot succeed any more. */
  conclude(entry: Entry, deadlineMs: number): Promise<ChargeAnswer>
  /** The caller heard the result of an entry to its end. */
  heard(entry: Entry, deadlineMs: number): Promise<void>
  /** What the caller is told before ivr hangs up, for the charge traffic. `entry`: the last handed on, or 0. */
  notice(last: Entry, notice: CallNotice, deadlineMs: number): Promise<void>
}
