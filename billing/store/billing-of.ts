import type { EpochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import type { ContractId, NewContract } from '../contract.js'
import type { Customer, CustomerId } from '../customer.js'
import type { Correction } from '../rules/correcting.js'
import type { FeeTableName } from '../rules/fee-tables.js'
import type { PaymentMark } from '../rules/payment-state.js'
import type { Cancellation, ContractMoves, NumberChange, Transfer } from './contract-moves.js'
import type { ContractPair, ContractTerms, PlanChange } from './contract-terms.js'
import type { BilledParty, Contracts } from './contracts.js'
import type { Corrections } from './corrections.js'
import type { Customers } from './customers.js'
import type { FeeTableVersions } from './fee-table-versions.js'
import type { InvoiceViews } from './invoice-views.js'
import type { MonthCalculations } from './month-calculations.js'
import type { MonthCloses } from './month-closes.js'
import type { Payment, Payments } from './payments.js'
import type { Settlements } from './settlements.js'
import type { UsageLine, UsageLines } from './usage-lines.js'

export interface BillingOfParts {
  readonly customers: Customers
  readonly contracts: Contracts
  readonly terms: ContractTerms
  readonly usage: UsageLines
  readonly fees: FeeTableVersions
  readonly calculations: MonthCalculations
  readonly corrections: Corrections
  readonly settlements: Settlements
  readonly closes: MonthCloses
  readonly moves: ContractMoves
  readonly payments: Payments
  readonly invoiceViews: InvoiceViews
  readonly write: <T>(work: () => T) => Promise<T>
  readonly now: () => EpochMs
}

/** What billing's store answers about whom it bills, and what for. */
export function billingOf(parts: BillingOfParts) {
  const { customers, contracts, terms, usage, fees, calculations, corrections } = parts
  const { settlements, closes, moves, payments, invoiceViews, write, now } = parts
  /** What a month's close goes by stays as it is until it is closed. */
  const unlessClosing = <T>(work: () => T) =>
    write(() => (closes.running() ? ('month_closing' as const) : work()))
  return {
    takeCustomers: (lines: readonly Customer[]) =>
      write(() => lines.map(line => (closes.running() ? 'month_closing' : customers.take(line)))),
    customers: async (after: string, max: number) => customers.page(after, max),
    contracts: async (after: number, max: number) => contracts.page(after, max),
    takePlanChanges: (lines: readonly PlanChange[]) =>
      write(() => lines.map(line => (closes.running() ? 'month_closing' : terms.changePlan(line)))),
    planChanges: async (from: number, max: number) => terms.planChanges(from, max),
    takeNumberChanges: (lines: readonly NumberChange[]) =>
      write(() =>
        lines.map(line => (closes.running() ? 'month_closing' : moves.changeNumber(line, now()))),
      ),
    numberChanges: async (from: number, max: number) => moves.numberChanges(from, max),
    takeCancellations: (lines: readonly Cancellation[]) =>
      write(() =>
        lines.map(line => (closes.running() ? 'month_closing' : moves.cancel(line, now()))),
      ),
    cancellations: async (from: number, max: number) => moves.cancellations(from, max),
    takeTransfers: (lines: readonly Transfer[]) =>
      write(() =>
        lines.map(line => (closes.running() ? 'month_closing' : moves.transfer(line, now()))),
      ),
    transfers: async (from: number, max: number) => moves.transfers(from, max),
    orders: async (from: number, max: number) => moves.orders(from, max),
    takePairs: (lines: readonly ContractPair[]) =>
      write(() => lines.map(line => (closes.running() ? 'month_closing' : terms.pair(line)))),
    pairs: async (from: number, max: number) => terms.pairs(from, max),
    /** From a moment on a number is another customer's; what is left of its balance is settled. */
    transfer: (
      contract: ContractId,
      to: ContractId,
      customer: CustomerId,
      at: NewContract['validFrom'],
    ) => unlessClosing(() => moves.transfer({ contract, to, customer, at }, now())),

    /** What collection brought of final invoices. */
    takePayments: (lines: readonly Payment[]) =>
      write(() => lines.map(line => payments.take(line, now()))),
    payments: async (from: number, max: number) => payments.page(from, max),
    /** A person writes an invoice off, decides that it is not billed, or takes that back. */
    markPayment: (
      month: JstMonth,
      of: BilledParty,
      mark: PaymentMark | 'taken_back',
      reason: string,
    ) => write(() => payments.mark(month, of, mark, reason, now())),
    /** Whose invoices of earlier months collection came back with. */
    refusedBefore: async (month: JstMonth) => payments.refusedBefore(month),

    takeUsage: (month: JstMonth, lines: readonly UsageLine[], importId: string) =>
      write(() => lines.map(line => usage.take(month, line, importId))),
    usage: async (...of: Parameters<UsageLines['page']>) => usage.page(...of),

    feeTables: async () => fees.inForce(),
    feeTableMistakes: async (table: FeeTableName, text: string) => fees.mistakesOf(table, text),
    /** Puts a checked table in the place of the one in force, for what is calculated from now on. */
    replaceFeeTable: (table: FeeTableName, text: string, reason: string) =>
      write(() =>
        closes.running()
          ? ({ outcome: 'month_closing' } as const)
          : fees.replace(table, text, reason, now()),
      ),

    runningCalculation: async () => calculations.running(),
    beginCalculation: (month: JstMonth) => write(() => calculations.begin(month, now())),
    /** Calculates at most `max` more contracts; `true` when all are. */
    advanceCalculation: (month: JstMonth, max: number) =>
      write(() => calculations.advance(month, max, now())),
    calculationSummary: async (month: JstMonth) => calculations.summary(month),
    rehearse: async (month: JstMonth, after: number, max: number) =>
      calculations.rehearse(month, after, max),
    rehearsalOf: async (month: JstMonth) => calculations.comparedWith(month),

    correct: (month: JstMonth, of: BilledParty, correction: Correction, reason: string) =>
      write(() => corrections.make(month, of, correction, reason, now())),
    correctionsOf: async (month: JstMonth, contractNo: number) => corrections.of(month, contractNo),

    settle: (contract: ContractId) => write(() => settlements.ask(contract, now())),
    settlements: async (max: number) => settlements.newest(max),

    /** The invoices of a month of use, calculated or final, of at most `max` contracts after one of them. */
    invoices: async (...of: Parameters<InvoiceViews['page']>) => invoiceViews.page(...of),
    /** One invoice; `undefined`: none was calculated. */
    invoice: async (...of: Parameters<InvoiceViews['one']>) => invoiceViews.one(...of),
    /** One that may still be corrected, as it was corrected last. */
    correctedInvoice: async (...of: Parameters<InvoiceViews['corrected']>) =>
      invoiceViews.corrected(...of),
  }
}
