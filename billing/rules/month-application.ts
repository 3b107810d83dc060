import type { EpochMs } from '../../domain/clock.js'
import { addMonths, type JstMonth, jstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { validityFrom, validThrough } from './validity.js'

/** What of a contract's ledger decides: every entry that was there when the month's close began. */
export interface LedgerLine {
  /** Yen that it adds to the balance; negative for what it takes. */
  readonly amount: Yen
  /** Month of use: of a charge the month it was made in, of anything else the month it settled. */
  readonly month: JstMonth
  /** Of a charge, when it was made. */
  readonly chargedAt: EpochMs | undefined
  /** A charge, or what made a charge void, that the close of its own month did not see. */
  readonly late: boolean
}

export interface MonthQuestion {
  /** Month of use; its invoice is issued in the month after. */
  readonly month: JstMonth
  readonly lines: readonly LedgerLine[]
  /** Total of the month's invoice; 0 where there is none. */
  readonly invoice: Yen
  /** The contract ended in this month or before: nothing can be carried. */
  readonly cancelled: boolean
}

/** How a month comes out for one contract. Every amount is 0 or more. */
export interface MonthApplication {
  /** 前月からの持越額 as the invoice prints it. */
  readonly carriedIn: Yen
  /** 前月のご登録額: what was charged in the month, and earlier charges that came late (B-10). */
  readonly registered: Yen
  /** Void, since the validity ended before this invoice (S-25). */
  readonly expired: Yen
  /** モバイラーズチェック適用額. */
  readonly applied: Yen
  /** Left at the end of the contract, not refunded (B-15). */
  readonly forfeited: Yen
  /** 翌月への繰越額. */
  readonly carriedOut: Yen
  /** Last month of the validity; `undefined` when nothing is carried (S-32). */
  readonly validThrough: JstMonth | undefined
}

/**
 * 定期調定 for one contract (requirements S-15, S-16, S-21, S-22, B-11): offered are the charges of the months
 * of use up to this one and what was carried in; applied is never more than the invoice; the rest carries.
 */
export function applyMonth(question: MonthQuestion): MonthApplication {
  const { month, lines, invoice, cancelled } = question
  const counted = lines.filter(line => line.month <= month)
  const offered = sumOf(counted)
  const registered = sumOf(counted.filter(line => line.month === month || line.late))
  const carriedIn = yen(offered - registered)
  const end = validityEnd(counted)

  // §7.2: the month in which the invoice is issued must lie in the validity.
  if (end === undefined || end < addMonths(month, 1)) {
    return { ...NOTHING, carriedIn, registered, expired: offered }
  }
  const applied = yen(Math.min(offered, invoice))
  const left = yen(offered - applied)
  if (cancelled) return { ...NOTHING, carriedIn, registered, applied, forfeited: left }
  const kept = left > 0 ? end : undefined
  return { ...NOTHING, carriedIn, registered, applied, carriedOut: left, validThrough: kept }
}

const NOTHING: MonthApplication = {
  carriedIn: yen(0),
  registered: yen(0),
  expired: yen(0),
  applied: yen(0),
  forfeited: yen(0),
  carriedOut: yen(0),
  validThrough: undefined,
}

const sumOf = (lines: readonly LedgerLine[]): Yen =>
  yen(lines.reduce((sum, { amount }) => sum + amount, 0))

/** S-23: one balance, one validity, which the last charge gave. */
function validityEnd(lines: readonly LedgerLine[]): JstMonth | undefined {
  const charges = lines.map(line => line.chargedAt).filter(chargedAt => chargedAt !== undefined)
  const last = charges.toSorted((a, b) => a - b).at(-1)
  return last === undefined ? undefined : validityFrom(last).end
}

/** What a charge of a month that is already closed makes of what was decided without it (B-10). */
export interface LateCharge {
  /** Void at arrival: its own validity ended before the next invoice, and no charge extended it in time. */
  readonly expired: boolean
  /** Closed months whose expiry would not have come about, had it been there: those are taken back. */
  readonly reinstates: readonly JstMonth[]
}

/**
 * Judges a charge that came late by the other charges of its contract, the months in which its money
 * expired, and the month of use that is closed next.
 */
export function judgeLateCharge(
  chargedAt: EpochMs,
  others: readonly EpochMs[],
  expiries: readonly JstMonth[],
  nextMonth: JstMonth,
): LateCharge {
  const since = [chargedAt, ...others.filter(other => other > chargedAt)].sort((a, b) => a - b)
  const through = validThrough(since)
  const { end } = validityFrom(chargedAt)
  return {
    expired: through !== undefined && through < addMonths(nextMonth, 1),
    reinstates: expiries.filter(
      expired => jstMonth(chargedAt) <= expired && addMonths(expired, 1) <= end,
    ),
  }
}
