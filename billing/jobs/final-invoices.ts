import type { EpochMs } from '../../domain/clock.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { NO_BILLING } from '../customer.js'
import type { Invoice } from '../invoice.js'
import type { BillingStore } from '../store/open.js'
import type { FinalInvoices } from './deliver.js'

/** Contracts looked at in one read. */
const PAGE = 500

/** What final invoices are read from. */
export type InvoiceSource = Pick<BillingStore, 'invoices' | 'invoice' | 'finalOn'>

/** The final invoices of billing's store. */
export const finalInvoices = (store: InvoiceSource): FinalInvoices => ({
  ofMonth: (month, asOf) => finalOfMonth(store, month, asOf),
  one: (month, contract, asOf) => store.invoice(month, { contract }, asOf),
  ofDay: day => finalOfDay(store, day),
})

/** P-04: of a customer of the payment kind 支払なし no billing data is made, and no bill. */
export const isBilled = ({ customer }: Invoice): boolean => customer.paymentKind !== NO_BILLING

/** Every invoice of a month of use, calculated or final, some at a time. */
export async function* invoicesOfMonth(
  store: Pick<BillingStore, 'invoices'>,
  month: JstMonth,
  asOf?: EpochMs,
): AsyncGenerator<readonly Invoice[]> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof store.invoices>> = await store.invoices(
      month,
      after,
      PAGE,
      asOf,
    )
    yield page.invoices
    after = page.last
    // Other work goes on between two pages.
    await new Promise(resolve => setImmediate(resolve))
  }
}

async function* finalOfMonth(
  store: InvoiceSource,
  month: JstMonth,
  asOf?: EpochMs,
): AsyncGenerator<readonly Invoice[]> {
  for await (const page of invoicesOfMonth(store, month, asOf))
    yield page.filter(({ final }) => final)
}

/** Those of the months that were closed on the day, and those that settlements fixed on it before their month's close. */
async function* finalOfDay(store: InvoiceSource, day: JstDay): AsyncGenerator<readonly Invoice[]> {
  const { closed, settled } = await store.finalOn(day)
  for (const { month, settledBefore } of closed) {
    for await (const page of finalOfMonth(store, month)) {
      yield page.filter(({ contract }) => !settledBefore.has(contract))
    }
  }
  for (const { month, contract } of settled) {
    const invoice = await store.invoice(month, { contract })
    if (invoice) yield [invoice]
  }
}
