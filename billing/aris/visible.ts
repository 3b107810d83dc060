import type { BalanceEnquiry } from '../../domain/balance-enquiry.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  addMonths,
  DAY_MS,
  type JstDay,
  type JstMonth,
  jstDay,
  jstMonth,
} from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { lastDayOfMonth, validityFrom } from '../rules/validity.js'

/** An entry of billing's ledger, as aris keeps it. */
export interface ArisEntry {
  readonly amount: Yen
  /** Month of use. */
  readonly month: JstMonth
  /** Day of a charge, or of what made it void; `undefined`: it is told with the invoice of its month. */
  readonly day: JstDay | undefined
  readonly chargedAt: EpochMs | undefined
}

/** What one month of use came to. */
export interface ArisInvoice {
  readonly month: JstMonth
  readonly appliedYen: Yen
  readonly carriedOutYen: Yen
}

/** All that aris knows of one contract, and of how far billing has come. */
export interface ArisKnowledge {
  readonly entries: readonly ArisEntry[]
  readonly invoices: readonly ArisInvoice[]
  /** Months of use that billing has closed. */
  readonly closedMonths: readonly JstMonth[]
  /** Billing has all charges up to this day; before the first: the day before aris began. */
  readonly confirmedThrough: JstDay
}

/** a day's charges can be asked for from the day after next. */
const CHARGE_SEEN_AFTER_DAYS = 2

/** fixed invoice figures show from the 15th of the month in which the invoice is issued. */
const INVOICE_SEEN_FROM = '15'

/** What of all that is known may be told at a moment, item by item. */
export interface Told {
  /** Charges up to the end of this day are in it. */
  readonly asOf: JstDay
  readonly entries: readonly ArisEntry[]
  /** The newest last. */
  readonly invoices: readonly ArisInvoice[]
  /** The month of use that the next invoice to be told is of. */
  readonly nextMonth: JstMonth
}

/** What may be told at a moment of all that is known (requirements … A-05). */
export function visibleAt(known: ArisKnowledge, now: EpochMs): BalanceEnquiry {
  const { asOf, entries, invoices, nextMonth } = toldAt(known, now)
  const balance = balanceFrom(entries, nextMonth, jstMonth(now))
  return { asOf, ...balance, lastInvoice: invoices.at(-1) ?? null }
}

/** The items behind `visibleAt`. */
export function toldAt(known: ArisKnowledge, now: EpochMs): Told {
  const twoDaysAgo = jstDay(epochMs(now - CHARGE_SEEN_AFTER_DAYS * DAY_MS))
  const asOf = known.confirmedThrough < twoDaysAgo ? known.confirmedThrough : twoDaysAgo
  const told = (month: JstMonth) =>
    known.closedMonths.includes(month) && month <= lastMonthShown(now)
  const lastTold = known.closedMonths.filter(told).sort().at(-1)
  return {
    asOf,
    entries: known.entries.filter(({ day, month }) =>
      day === undefined ? told(month) : day <= asOf,
    ),
    invoices: known.invoices
      .filter(({ month }) => told(month))
      .toSorted((a, b) => (a.month < b.month ? -1 : 1)),
    nextMonth: addMonths(lastTold ?? lastMonthShown(now), 1),
  }
}

/** The newest month of use whose invoice may be told: it is issued in the month after. */
function lastMonthShown(now: EpochMs): JstMonth {
  const issued = jstMonth(now)
  return addMonths(issued, jstDay(now).slice(8) >= INVOICE_SEEN_FROM ? -1 : -2)
}

/**
 * What some entries come to in a month: the balance, what of it the invoice for `nextMonth` is offered, and
 * how long it is valid.
 */
export function balanceFrom(
  seen: readonly ArisEntry[],
  nextMonth: JstMonth,
  inMonth: JstMonth,
): Pick<BalanceEnquiry, 'nextApplicationYen' | 'balanceYen' | 'validUntil'> {
  const balanceYen = sumOf(seen)
  const end = endOf(seen)
  // What is over is not there, also before billing has booked it.
  if (balanceYen === 0 || end === undefined || inMonth > end) return NOTHING
  const offered = seen.filter(({ month }) => month <= nextMonth)
  const offeredEnd = endOf(offered)
  // S-25: an invoice issued after the end of the validity is paid nothing of it.
  const inTime = offeredEnd !== undefined && addMonths(nextMonth, 1) <= offeredEnd
  return {
    nextApplicationYen: inTime ? sumOf(offered) : yen(0),
    balanceYen,
    validUntil: lastDayOfMonth(end),
  }
}

const NOTHING = { nextApplicationYen: yen(0), balanceYen: yen(0), validUntil: null }

const sumOf = (entries: readonly ArisEntry[]): Yen =>
  yen(entries.reduce((sum, { amount }) => sum + amount, 0))

/** The last month of the validity that the last charge gave (S-23). */
function endOf(entries: readonly ArisEntry[]): JstMonth | undefined {
  const charged = entries.map(({ chargedAt }) => chargedAt).filter(at => at !== undefined)
  const last = charged.toSorted((a, b) => a - b).at(-1)
  return last === undefined ? undefined : validityFrom(last).end
}
