import type { EpochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { addMonths, jstDay, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { NOT_COLLECTED } from '../customer.js'
import type { Invoice, InvoiceApplication } from '../invoice.js'
import type { MonthApplication } from '../rules/month-application.js'
import { type CalculatedInvoices, calculatedOf } from './calculated-invoices.js'
import type { ContractMonth, MonthScope } from './contract-months.js'
import type { BilledParty, Contracts } from './contracts.js'
import type { MonthBooks } from './month-books.js'
import type { MonthCloses } from './month-closes.js'

/** Invoices of a month, and where to go on; `last` is `undefined` when there are no more. */
export interface InvoicePage {
  readonly invoices: readonly Invoice[]
  readonly last: number | undefined
}

export interface InvoiceViewsParts {
  readonly contracts: Contracts
  readonly calculated: CalculatedInvoices
  readonly closes: MonthCloses
  readonly books: MonthBooks
}

/** Invoices as they are read: final ones as fixed, calculated ones with the application as it is now. */
export class InvoiceViews {
  readonly #parts

  constructor(parts: InvoiceViewsParts) {
    this.#parts = parts
  }

  /**
   * The invoices of a month of use, of at most `max` contracts after one of them; `asOf`: without what came after
   * settlements from then on.
   */
  page(month: JstMonth, after: number, max: number, asOf?: EpochMs): InvoicePage {
    const { books, closes } = this.#parts
    const scope = closes.scopeOf(month)
    const contracts = books.page(scope, after, max)
    return { invoices: this.#of(contracts, scope, asOf), last: contracts.at(-1)?.contractNo }
  }

  /** The invoice of one contract, or of the contract that had a number last in the month of use. */
  one(month: JstMonth, of: BilledParty, asOf?: EpochMs): Invoice | undefined {
    const { contracts, books, closes } = this.#parts
    const row = contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    const scope = closes.scopeOf(month)
    const found = row && books.one(scope, row.contractNo)
    return found && this.#of([found], scope, asOf)[0]
  }

  #of(contracts: readonly ContractMonth[], scope: MonthScope, asOf?: EpochMs): Invoice[] {
    const { closes, books } = this.#parts
    const [first, last] = [contracts[0], contracts.at(-1)]
    if (!first || !last) return []
    const fixed = closes.fixedBetween(scope.month, first.contractNo - 1, last.contractNo, asOf)
    return contracts.flatMap(of => {
      const final = fixed.get(of.contractNo)
      if (!of.calculated) return []
      if (final) return [this.#invoice(of, final, final.appliedLate, scope)]
      const application = books.preview(of, scope)
      return application ? [this.#invoice(of, application, undefined, scope)] : []
    })
  }

  /** `paidLate`: what came after a settlement, of an invoice that is final. */
  #invoice(
    of: ContractMonth,
    application: MonthApplication,
    paidLate: Yen | undefined,
    scope: MonthScope,
  ): Invoice {
    const final = paidLate !== undefined
    const appliedLate = paidLate ?? yen(0)
    if (!of.calculated) throw new TypeError('an invoice is shown that was not calculated')
    const { charges, customer, msisdn, plan, calculatedAt, ...one } = calculatedOf(of.calculated)
    const billingMonth = one.billingMonth ?? scope.billingMonth
    const { applied, appliedFromPartner } = application
    const billed = final && customer.paymentKind !== NOT_COLLECTED
    return {
      number: invoiceNumber(billingMonth, of.contractNo),
      contract: of.contract,
      customer,
      msisdn,
      plan,
      month: scope.month,
      billingMonth,
      calculatedOn: jstDay(calculatedAt),
      ...charges,
      application: { ...printed(application), appliedLate },
      due: yen(charges.gross - applied - appliedFromPartner - appliedLate),
      state: billed ? 'billed' : 'unbilled',
      final,
      remarks: '',
    }
  }
}

/** 請求番号, 17 digits: the month of the invoice and the contract's place (P-08). */
export const invoiceNumber = (billingMonth: JstMonth, contractNo: number): string =>
  `${billingMonth.replace('-', '')}${`${contractNo}`.padStart(11, '0')}`

const printed = (one: MonthApplication): Omit<InvoiceApplication, 'appliedLate'> => ({
  carriedIn: one.carriedIn,
  registered: one.registered,
  expired: one.expired,
  applied: one.applied,
  appliedFromPartner: one.appliedFromPartner,
  appliedToPartner: one.appliedToPartner,
  forfeited: one.forfeited,
  carriedOut: one.carriedOut,
  validThrough: one.validThrough,
})
