import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseCustomerId } from '../../billing/customer.js'
import type { Invoice } from '../../billing/invoice.js'
import { correctionWindow } from '../../billing/rules/correction-window.js'
import {
  FEE_TABLES,
  type FeeTableName,
  type FeeTables,
  readFeeTables,
} from '../../billing/rules/fee-tables.js'
import type { CycleMonths } from '../../billing/rules/month-application.js'
import { lastDayOfMonth } from '../../billing/rules/validity.js'
import type { ContractClass } from '../../domain/contract-class.js'
import { addMonths, type JstDay, type JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import {
  type BillingDesk,
  type charge,
  contractId,
  given,
  jst,
  number,
  openBillingDesk,
} from './billing-desk.js'

/** The tables that come with the product, as texts. */
export const ownTables = Object.fromEntries(
  FEE_TABLES.map(table => [
    table,
    readFileSync(join(PRODUCT_FOLDER, `billing/tables/${table}.csv`), 'utf8'),
  ]),
) as Record<FeeTableName, string>

/** The product's tables with these in their places. */
export function ratedTables(changes: Partial<Record<FeeTableName, string>> = {}): FeeTables {
  const read = readFeeTables({ ...ownTables, ...changes })
  if (read.outcome === 'wrong') throw new TypeError(read.mistakes.join('\n'))
  return read.tables
}

export const customer = (text: string) => given(parseCustomerId(text))

/** One line of usage, of number `of`. */
export interface Used {
  readonly of: number
  readonly item: string
  readonly unitPrice: number
}

export interface RatedDesk extends Omit<BillingDesk, 'contract'> {
  contract(
    id: string,
    n: number,
    plan: string,
    from: string,
    contractClass?: ContractClass,
  ): Promise<void>
  /** Takes usage of a month in. */
  used(month: string, usage: readonly Used[]): Promise<readonly string[]>
  /** Lives through a month: its files, its usage, its calculation, and after the window its close. */
  live(
    month: string,
    charges: Parameters<BillingDesk['days']>[2],
    usage: readonly Used[],
  ): Promise<void>
  /** Calculates a month's invoices. */
  calculate(month: string): Promise<void>
  /** Fixes a month when the correction window is over. */
  finalise(month: string): Promise<void>
  /** The invoice of a number. */
  invoice(month: string, n: number): Promise<Invoice>
  billingMonth(month: string): JstMonth
}

/** A desk of billing whose invoices are rated by the product's tables. */
export async function openRatedDesk(
  t: Test,
  { cycleMonths = 1 }: { readonly cycleMonths?: CycleMonths } = {},
): Promise<RatedDesk> {
  const desk = openBillingDesk(t, '2000-12-01', cycleMonths)
  const { store, clock } = desk
  const of = (month: string) => month as JstMonth
  const billingMonth = (month: string) => addMonths(of(month), cycleMonths)
  const used = (month: string, usage: readonly Used[]) =>
    store.takeUsage(
      of(month),
      usage.map(({ of: n, item, unitPrice }) => ({
        of: { msisdn: number(n) },
        item,
        unitPrice: yen(unitPrice),
        quantity: 1,
        note: undefined,
      })),
      randomBytes(4).toString('hex'),
    )
  const calculate = async (month: string) => {
    const [begun, done] = await Promise.all([
      store.beginCalculation(of(month)),
      store.advanceCalculation(of(month), 1_000),
    ])
    if (begun.outcome !== 'running' || !done) throw new Error(`calculation: ${begun.outcome}`)
  }
  const finalise = async (month: string) => {
    const { until } = correctionWindow(billingMonth(month))
    if (clock.now() < until) clock.set(until)
    const [begun, done] = await Promise.all([
      store.beginClose(of(month), true),
      store.advanceClose(of(month), 1_000),
    ])
    if (begun.outcome !== 'running' || !done) throw new Error(`close: ${JSON.stringify(begun)}`)
  }
  return {
    ...desk,
    async contract(id, n, plan, from, contractClass = 'mobile') {
      const [taken] = await store.takeContracts([
        {
          contract: contractId(id),
          msisdn: number(n),
          contractClass,
          plan,
          validFrom: jst(from),
        },
      ])
      if (taken !== 'taken') throw new Error(`contract ${id}: ${taken}`)
    },
    used,
    async live(month, charges, usage) {
      for (const taken of await used(month, usage)) if (taken !== 'taken') throw new Error(taken)
      const hours = (charges ?? []).filter(
        ({ chargedAt }) =>
          chargedAt >= jst(`${month}-01`) && chargedAt < jst(`${addMonths(of(month), 1)}-01`),
      )
      for (const one of hours.toSorted((a, b) => a.chargedAt - b.chargedAt)) {
        desk.files.hour(one.chargedAt, [one])
      }
      if (desk.files.all.length === 0) desk.files.hour(`${month}-01`)
      await desk.reflect()
      const next = `${addMonths(of(month), 1)}-02`
      if (clock.now() < jst(next)) clock.set(jst(next))
      await store.confirmDays(
        lastDayOfMonth(of(month)) as JstDay,
        `a test of months ${randomBytes(2).toString('hex')}`,
      )
      await calculate(month)
      await finalise(month)
    },
    calculate,
    finalise,
    invoice: async (month, n) => given(await store.invoice(of(month), { msisdn: number(n) })),
    billingMonth,
  }
}

/** A desk with one contract that used some of its plan in December, its charges there, and nothing calculated. */
export async function atTheEndOfDecember(
  t: Parameters<typeof openRatedDesk>[0],
  charges: readonly ReturnType<typeof charge>[] = [],
): Promise<RatedDesk> {
  const desk = await openRatedDesk(t)
  await desk.contract('K1', 1, 'digital-800-a', '2000-11-15')
  await desk.used('2000-12', [{ of: 1, item: 'call', unitPrice: 2_000 }])
  await desk.days('2000-12-01', '2000-12-31', charges)
  desk.clock.set(jst('2001-01-02'))
  return desk
}

/** What a contract has now. */
export const balanceOf = async (desk: RatedDesk, id: string) =>
  (await desk.store.viewContract(contractId(id), desk.clock.now()))?.balance

/** The entries of a contract's ledger, by kind and amount. */
export const entriesOf = async (desk: RatedDesk, id: string) =>
  (await desk.store.viewContract(contractId(id), desk.clock.now()))?.entries.map(
    ({ kind, amount }) => [kind, amount],
  )
