import type { EpochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { addMonths, jstDay, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { NOT_COLLECTED } from '../customer.js'
import { type Invoice, type InvoiceApplication, invoiceNumber } from '../invoice.js'
import type { MonthApplication } from '../rules/month-application.js'
import { paymentStateOf } from '../rules/payment-state.js'
import { type CalculatedInvoices, calculatedOf, rowBefore } from './calculated-invoices.js'
import type { ContractMonth, MonthScope } from './contract-months.js'
import type { BilledParty, Contracts } from './contracts.js'
import type { Corrections } from './corrections.js'
import type { MonthBooks } from './month-books.js'
import type { MonthCloses } from './month-closes.js'
import { type CollectedFacts, NOTHING_COLLECTED, type Payments } from './payments.js'

/** Invoices of a month, and where to go on; `last` is `undefined` when there are no more. */
export interface InvoicePage {
  readonly invoices: readonly Invoice[]
  readonly last: number | undefined
}

/** An invoice that may still be corrected, as it was corrected last. */
export interface CorrectedInvoice {
  readonly invoice: Invoice
  /** From when on it shows so (P-05). */
  readonly showsFrom: EpochMs | undefined
}

export interface InvoiceViewsParts {
  readonly contracts: Contracts
  readonly calculated: CalculatedInvoices
  readonly closes: MonthCloses
  readonly books: MonthBooks
  readonly corrections: Corrections
  readonly payments: Payments
  readonly now: () => EpochMs
}

/**
 * Invoices as they are read: final ones as fixed, with what was paid since; calculated ones with the application as it
 * is now, and as they were at the last refresh (P-05).
 */
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

  /** The same as it was corrected last, and from when on it shows so; `undefined` of that: it does. */
  corrected(month: JstMonth, of: BilledParty): CorrectedInvoice | undefined {
    const { contracts, books, closes, corrections, now } = this.#parts
    const row = contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    const scope = closes.scopeOf(month)
    const found = row && books.one(scope, row.contractNo)
    if (!found?.calculated) return undefined
    const application = books.preview(found, scope, partner => partner)
    const isOpen = !closes.applicationOf(month, found.contractNo)
    if (!isOpen || !application) return undefined
    const invoice = this.#invoice(found, application, undefined, scope)
    return { invoice, showsFrom: corrections.showsFrom(month, found.contractNo, now()) }
  }

  #of(contracts: readonly ContractMonth[], scope: MonthScope, asOf?: EpochMs): Invoice[] {
    const { closes, books, payments } = this.#parts
    const [first, last] = [contracts[0], contracts.at(-1)]
    if (!first || !last) return []
    const between = [scope.month, first.contractNo - 1, last.contractNo] as const
    const fixed = closes.fixedBetween(...between, asOf)
    const collected = fixed.size > 0 ? payments.between(...between) : NONE_COLLECTED
    const shown = fixed.size < contracts.length ? this.#shown(...between) : unchanged
    return contracts.flatMap(one => {
      const final = fixed.get(one.contractNo)
      if (!one.calculated) return []
      if (final) {
        const facts = collected.get(one.contractNo) ?? NOTHING_COLLECTED
        return [this.#invoice(one, final, { paidLate: final.appliedLate, facts }, scope)]
      }
      const of = shown(one)
      const application = books.preview(of, scope, partner => this.#shownOne(partner, scope.month))
      return application ? [this.#invoice(of, application, undefined, scope)] : []
    })
  }

  /** Puts contracts after one up to another to what showed at the last refresh. */
  #shown(month: JstMonth, after: number, last: number): (of: ContractMonth) => ContractMonth {
    const { corrections, now } = this.#parts
    const hidden = corrections.hiddenBetween(month, after, last, now())
    if (hidden.size === 0) return unchanged
    return of => {
      const before = hidden.get(of.contractNo)
      if (before === undefined || !of.calculated) return of
      return { ...of, calculated: rowBefore(of.calculated, before) }
    }
  }

  #shownOne(of: ContractMonth, month: JstMonth): ContractMonth {
    return this.#shown(month, of.contractNo - 1, of.contractNo)(of)
  }

  /** `since`: of an invoice that is final, what came after a settlement, and what was collected. */
  #invoice(
    of: ContractMonth,
    application: MonthApplication,
    since: { readonly paidLate: Yen; readonly facts: CollectedFacts } | undefined,
    scope: MonthScope,
  ): Invoice {
    const final = since !== undefined
    const appliedLate = since?.paidLate ?? yen(0)
    if (!of.calculated) throw new TypeError('an invoice is shown that was not calculated')
    const { charges, customer, msisdn, plan, calculatedAt, ...one } = calculatedOf(of.calculated)
    const billingMonth = one.billingMonth ?? scope.billingMonth
    const { applied, appliedFromPartner } = application
    const due = yen(charges.gross - applied - appliedFromPartner - appliedLate)
    const collected = customer.paymentKind !== NOT_COLLECTED
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
      due,
      state: paymentStateOf({ final, collected, due, ...(since?.facts ?? NOTHING_COLLECTED) }),
      final,
      remarks: '',
    }
  }
}

const NONE_COLLECTED: ReadonlyMap<number, CollectedFacts> = new Map()

const unchanged = (of: ContractMonth): ContractMonth => of

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
