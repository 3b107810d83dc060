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
  /** Month of use. */
  readonly month: JstMonth
  /** 請求月, the month in which its invoice is issued (P-14). */
  readonly billingMonth: JstMonth
  readonly lines: readonly LedgerLine[]
  /** What of the month's invoice Mobilers may pay (B-12); 0 where there is none. */
  readonly deductible: Yen
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
  /** モバイラーズチェック適用額, of the contract's own money. */
  readonly applied: Yen
  /** Paid of the other number's invoice, and by its money of this one (B-22). */
  readonly appliedToPartner: Yen
  readonly appliedFromPartner: Yen
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
export const applyMonth = (question: MonthQuestion): MonthApplication =>
  concluded(ownApplication(question), question.cancelled)

/**
 * The same for two numbers in one fee system (B-22, §7.8): each invoice takes its own money first, then what is
 * left of one pays the other.
 */
export function applyPair(
  one: MonthQuestion,
  other: MonthQuestion,
): readonly [MonthApplication, MonthApplication] {
  const [a, b] = [ownApplication(one), ownApplication(other)]
  const toB = yen(Math.min(a.left, other.deductible - b.applied))
  const toA = yen(Math.min(b.left, one.deductible - a.applied))
  return [
    concluded({ ...a, left: yen(a.left - toB) }, one.cancelled, toB, toA),
    concluded({ ...b, left: yen(b.left - toA) }, other.cancelled, toA, toB),
  ]
}

/** What a contract's own money pays of its own invoice, and what is left of it then. */
interface OwnApplication {
  readonly carriedIn: Yen
  readonly registered: Yen
  readonly expired: Yen
  readonly applied: Yen
  readonly left: Yen
  readonly end: JstMonth | undefined
}

function ownApplication(question: MonthQuestion): OwnApplication {
  const { month, billingMonth, lines, deductible } = question
  const counted = lines.filter(line => line.month <= month)
  const offered = sumOf(counted)
  const registered = sumOf(counted.filter(line => line.month === month || line.late))
  const carriedIn = yen(offered - registered)
  // S-26: a charge of before the invoice's month extends what is counted, though it is not itself counted yet.
  const end = validityEnd(lines.filter(line => line.month < billingMonth))

  // §7.2: the month in which the invoice is issued must lie in the validity.
  if (end === undefined || end < billingMonth) {
    const nothing = { applied: yen(0), left: yen(0), end: undefined }
    return { carriedIn, registered, expired: offered, ...nothing }
  }
  const applied = yen(Math.min(offered, deductible))
  return { carriedIn, registered, expired: yen(0), applied, left: yen(offered - applied), end }
}

function concluded(
  { left, end, ...own }: OwnApplication,
  cancelled: boolean,
  appliedToPartner = yen(0),
  appliedFromPartner = yen(0),
): MonthApplication {
  return {
    carriedIn: own.carriedIn,
    registered: own.registered,
    expired: own.expired,
    applied: own.applied,
    appliedToPartner,
    appliedFromPartner,
    forfeited: cancelled ? left : yen(0),
    carriedOut: cancelled ? yen(0) : left,
    validThrough: !cancelled && left > 0 ? end : undefined,
  }
}

const sumOf = (lines: readonly LedgerLine[]): Yen =>
  yen(lines.reduce((sum, { amount }) => sum + amount, 0))

/** S-23: one balance, one validity, which the last charge gave. */
function validityEnd(lines: readonly LedgerLine[]): JstMonth | undefined {
  let last: EpochMs | undefined
  for (const { chargedAt } of lines) {
    if (chargedAt !== undefined && (last === undefined || chargedAt > last)) last = chargedAt
  }
  return last === undefined ? undefined : validityFrom(last).end
}

/** What a charge of a month that is already closed makes of what was decided without it (B-10). */
export interface LateCharge {
  /** Void at arrival: its own validity ended before the next invoice, and no charge extended it in time. */
  readonly expired: boolean
  /** Closed months whose expiry would not have come about, had it been there: those are taken back. */
  readonly reinstates: readonly JstMonth[]
}

/** How many months after that of use an invoice is issued: billing cycle N+1 or N+2 (requirement P-14). */
export type CycleMonths = 1 | 2

/**
 * Judges a charge that came late by the other charges of its contract, the months in which its money
 * expired, and the month of use that is closed next.
 */
export function judgeLateCharge(
  chargedAt: EpochMs,
  others: readonly EpochMs[],
  expiries: readonly JstMonth[],
  nextMonth: JstMonth,
  cycleMonths: CycleMonths,
): LateCharge {
  const since = [chargedAt, ...others.filter(other => other > chargedAt)].sort((a, b) => a - b)
  const through = validThrough(since)
  const { end } = validityFrom(chargedAt)
  return {
    expired: through !== undefined && through < addMonths(nextMonth, cycleMonths),
    reinstates: expiries.filter(
      expired => jstMonth(chargedAt) <= expired && addMonths(expired, cycleMonths) <= end,
    ),
  }
}
