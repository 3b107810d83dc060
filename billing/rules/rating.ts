import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  addMonths,
  DAY_MS,
  type JstDay,
  type JstMonth,
  jstDay,
  jstText,
  nextJstDay,
  startOfJstMonth,
} from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { InvoiceLine, InvoiceTax, TaxPolicy } from '../invoice.js'
import { policyIn, taxesOf } from './consumption-tax.js'
import { type Discount, type FeeRule, type FeeTables, taxPercentOf } from './fee-tables.js'
import { lastDayOfMonth } from './validity.js'

/** 利用明細: what was used of one item in a month. */
export interface Usage {
  readonly item: string
  readonly unitPrice: Yen
  readonly quantity: number
  readonly note: string | undefined
}

export interface RatingQuestion {
  readonly tables: FeeTables
  /** ご利用月. */
  readonly month: JstMonth
  /** 請求月. */
  readonly billingMonth: JstMonth
  /** The plan of the last day of the month of the invoice (P-13); one that the tables do not know has no fees. */
  readonly plan: string
  readonly from: EpochMs
  /** When the contract ended; `undefined`: it goes on. */
  readonly until: EpochMs | undefined
  readonly usage: readonly Usage[]
  /** A total that is rated elsewhere, tax included; then nothing else is asked for. */
  readonly total: Yen | undefined
}

/** 調定: what an invoice asks for, before Mobilers pays any of it. */
export interface Charges {
  readonly lines: readonly InvoiceLine[]
  readonly taxPolicy: TaxPolicy
  readonly taxes: readonly InvoiceTax[]
  readonly net: Yen
  readonly tax: Yen
  readonly gross: Yen
  readonly deductible: Yen
}

/** Rates a month of use of one contract (Figure 1): fees, usage, each followed by its discounts, and tax. */
export function rate(question: RatingQuestion): Charges {
  const { tables, total, plan, billingMonth } = question
  const policy = policyIn(billingMonth, tables.plans.get(plan)?.taxPolicy ?? 'total')
  if (total !== undefined) {
    return chargesOf([lineOf(question, { item: 'total', unitPrice: total })], policy)
  }
  const lines = [...feesOf(question), ...question.usage.map(one => lineOf(question, one))]
  const discounts = tables.plans.has(plan) ? discountsOf(question, lines) : []
  return chargesOf(ordered(tables, lines, discounts), policy)
}

/** Item of the line that brings an invoice up to 0 yen. */
const FLOOR = 'floor'

/**
 * Sums lines up: tax by policy, the total, and what of it Mobilers may pay. Where credits outweigh what was used,
 * nothing is paid out: a line of its own, without tax, brings the total up to 0 yen, so that the lines still add up.
 */
export function chargesOf(asked: readonly InvoiceLine[], taxPolicy: TaxPolicy): Charges {
  const own = asked.filter(({ item }) => item !== FLOOR)
  const taxes = taxesOf(own, taxPolicy)
  const tax = sumOf(taxes.map(one => one.tax))
  const below = Math.min(0, sumOf(own.map(({ amount }) => amount)) + tax)
  const lines = below === 0 ? own : [...own, floorOf(yen(-below))]
  const net = sumOf(lines.map(({ amount }) => amount))
  const gross = yen(net + tax)
  // B-12: what is not deductible takes its tax with it.
  const barred = lines.filter(({ deductible }) => !deductible)
  const barredTax = sumOf(taxesOf(barred, taxPolicy).map(one => one.tax))
  const kept = sumOf(barred.map(({ amount }) => amount)) + barredTax
  const deductible = yen(Math.min(gross, Math.max(0, gross - kept)))
  return { lines, taxPolicy, taxes, net, tax, gross, deductible }
}

const floorOf = (amount: Yen): InvoiceLine => ({
  item: FLOOR,
  name: 'ご請求額調整(0円未満切上げ)',
  unitPrice: amount,
  quantity: 1,
  amount,
  taxPercent: 0,
  deductible: true,
  note: undefined,
})

/** One line by the table of items; an item that it does not know is an ordinary one of its own name. */
export function lineOf(
  { tables, month }: Pick<RatingQuestion, 'tables' | 'month'>,
  one: {
    readonly item: string
    readonly unitPrice: Yen
    readonly quantity?: number
    readonly name?: string
    readonly note?: string | undefined
  },
): InvoiceLine {
  const item = tables.items.get(one.item)
  const quantity = one.quantity ?? 1
  return {
    item: one.item,
    name: one.name ?? item?.name ?? one.item,
    unitPrice: one.unitPrice,
    quantity,
    amount: yen(one.unitPrice * quantity),
    taxPercent: taxPercentOf(tables, item?.taxClass ?? 'standard', month),
    deductible: item?.deductible ?? true,
    note: one.note,
  }
}

/** A month of use as moments, and as Figure 1 prints it beside a fee. */
interface MonthBounds {
  readonly begin: EpochMs
  readonly end: EpochMs
  readonly lastDay: JstDay
  readonly whole: string
}

const bounds = new Map<JstMonth, MonthBounds>()

/** Worked out once a month of use: a run asks for every contract. */
function boundsOf(month: JstMonth): MonthBounds {
  const known = bounds.get(month)
  if (known) return known
  const [begin, end] = [startOfJstMonth(month), startOfJstMonth(addMonths(month, 1))]
  const whole = periodText(month, begin, end)
  const made = { begin, end, lastDay: lastDayOfMonth(month), whole }
  bounds.set(month, made)
  return made
}

/** 月額: the monthly fees of the plan. */
function feesOf(question: RatingQuestion): InvoiceLine[] {
  const { tables, plan, month, from, until } = question
  const { begin, end, whole } = boundsOf(month)
  if (from >= end || (until !== undefined && until <= begin)) return []
  const isWhole = from <= begin && (until === undefined || until >= end)
  const [first, last] = [Math.max(from, begin), Math.min(until ?? end, end)]
  const note = isWhole ? whole : periodText(month, first, last)
  return tables.fees
    .filter(fee => fee.plan === plan)
    .map(fee => ({ fee, amount: monthlyFee(fee.monthly, fee.rule, month, from, until) }))
    .filter(({ amount }) => amount > 0)
    .map(({ fee, amount }) =>
      lineOf(question, { item: fee.item, name: fee.name, unitPrice: amount, note }),
    )
}

/** What of a monthly fee is asked for, of a contract that was there for some of the month (P-13). */
export function monthlyFee(
  monthly: Yen,
  rule: FeeRule,
  month: JstMonth,
  from: EpochMs,
  until: EpochMs | undefined,
): Yen {
  const { begin, end } = boundsOf(month)
  const joined = from >= begin && from < end
  // 加入月無料: the month of joining is free; 解約月全額: that of the end is whole.
  if (rule !== 'daily' && joined) return yen(0)
  if (rule === 'first_month_free') return monthly
  const first = Math.floor((Math.max(from, begin) - begin) / DAY_MS)
  const last = Math.ceil((Math.min(until ?? end, end) - begin) / DAY_MS)
  const days = Math.max(0, last - first)
  // 日割り: the day of joining and that of the end count; rounded down to the yen.
  return yen(Math.floor((monthly * days) / ((end - begin) / DAY_MS)))
}

/** `1月1日~1月31日`, as Figure 1 prints it beside a monthly fee. */
function periodText(month: JstMonth, from: number, until: number): string {
  const first = jstText(epochMs(from)).slice(8, 10)
  const last = jstText(epochMs(until - 1)).slice(8, 10)
  const name = `${Number(month.slice(5))}月`
  return `${name}${Number(first)}日~${name}${Number(last)}日`
}

function discountsOf(question: RatingQuestion, lines: readonly InvoiceLine[]): DiscountLine[] {
  const { tables, month, from } = question
  const years = wholeYears(from, month)
  return tables.discounts.flatMap(discount => {
    const of = lines.filter(({ item }) => tables.items.get(item)?.category === discount.of)
    const base = sumOf(of.map(({ amount }) => amount))
    const measure = discount.kind === 'continuation' ? years : base
    if (base <= 0 || measure < discount.from || measure >= discount.below) return []
    const amount = yen(-discountOn(base, discount))
    if (amount === 0) return []
    const { item, name } = discount
    return [{ of: discount.of, line: lineOf(question, { item, name, unitPrice: amount }) }]
  })
}

interface DiscountLine {
  readonly of: string
  readonly line: InvoiceLine
}

/** What a discount takes off: 12 % of 4,550 yen is 546, to the nearest 10 yen 550. */
export function discountOn(
  base: Yen,
  { percent, rounding }: Pick<Discount, 'percent' | 'rounding'>,
): Yen {
  if (rounding === 'down_1') return yen(Math.floor((base * percent) / 100))
  return yen(Math.floor((base * percent + 500) / 1_000) * 10)
}

/** Each discount behind the last line of what it speaks of, as in Figure 1. */
function ordered(
  tables: FeeTables,
  lines: readonly InvoiceLine[],
  discounts: readonly DiscountLine[],
): InvoiceLine[] {
  const categoryOf = ({ item }: InvoiceLine) => tables.items.get(item)?.category
  const result = [...lines]
  for (const { of, line } of discounts) {
    const after = result.findLastIndex(one => one === line || categoryOf(one) === of)
    result.splice(after + 1, 0, line)
  }
  return result
}

/** Years of a contract that are over at the end of a month: of one from 1 April, with the end of March. */
export function wholeYears(from: EpochMs, month: JstMonth): number {
  const [began, ends] = [jstDay(from), nextJstDay(boundsOf(month).lastDay)]
  const years = Number(ends.slice(0, 4)) - Number(began.slice(0, 4))
  return ends.slice(5) >= began.slice(5) ? years : years - 1
}

const sumOf = (amounts: readonly Yen[]): Yen =>
  yen(amounts.reduce<number>((sum, amount) => sum + amount, 0))
