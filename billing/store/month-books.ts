import type { EpochMs } from '../../domain/clock.js'
import { CHARGE_KIND_OF } from '../../domain/contract-class.js'
import { addMonths, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import { NO_BILLING } from '../customer.js'
import {
  applyMonth,
  applyPair,
  type CycleMonths,
  type MonthApplication,
  type MonthQuestion,
} from '../rules/month-application.js'
import { type Charges, chargesOf, rate } from '../rules/rating.js'
import { bodyOf, type CalculatedInvoices, type CalculatedRow } from './calculated-invoices.js'
import { type ContractMonth, ContractMonths, type MonthScope } from './contract-months.js'
import type { FeeTableVersions } from './fee-table-versions.js'
import type { Ledger } from './ledger.js'
import type { Outbox } from './outbox.js'

/** How a month comes out for one contract. */
export interface MonthOutcome {
  readonly of: ContractMonth
  /** What it is asked for; `undefined` when it was calculated before, and `of.calculated` has it. */
  readonly charges: Charges | undefined
  readonly gross: Yen
  readonly deductible: Yen
  readonly application: MonthApplication
}

export interface MonthBooksParts {
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly calculated: CalculatedInvoices
  readonly fees: FeeTableVersions
  readonly cycleMonths: CycleMonths
}

/** 調定 of one contract after the other: rates what was used, applies what was registered, and books it. */
export class MonthBooks {
  readonly #parts: MonthBooksParts
  readonly #months: ContractMonths
  readonly #keep

  constructor(store: Database, parts: MonthBooksParts) {
    this.#parts = parts
    this.#months = new ContractMonths(store)
    this.#keep = store.prepare(
      `INSERT INTO month_application (month, contract_no, invoice, deductible, carried_in, registered,
         expired, applied, applied_to_partner, applied_from_partner, forfeited, carried_out, valid_through)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** 請求月 of a month of use (P-14). */
  billingMonthOf(month: JstMonth): JstMonth {
    return addMonths(month, this.#parts.cycleMonths)
  }

  scopeOf(month: JstMonth, through: number, seen: number): MonthScope {
    const endsAt = startOfJstMonth(addMonths(month, 1))
    return { month, billingMonth: this.billingMonthOf(month), endsAt, through, seen }
  }

  page(scope: MonthScope, after: number, max: number): ContractMonth[] {
    return this.#months.page(scope, after, max)
  }

  one(scope: MonthScope, contractNo: number): ContractMonth | undefined {
    return this.#months.one(scope, contractNo)
  }

  /** What a contract is asked for, as the tables and the usage are now; `undefined`: nothing at all. */
  rate(of: ContractMonth, { month, billingMonth }: MonthScope): Charges | undefined {
    if (of.customer.paymentKind === NO_BILLING || of.settled) return undefined
    // Table 6: a Pricall subscriber pays by units, and gets no invoice.
    if (CHARGE_KIND_OF[of.contractClass] === 'pricall') return undefined
    const charges = rate({
      tables: this.#parts.fees.tables(),
      month,
      billingMonth,
      plan: of.plan,
      from: of.from,
      until: of.until,
      usage: of.usage,
      total: of.total,
    })
    return charges.lines.length > 0 ? charges : undefined
  }

  /**
   * How the month comes out for these contracts. One of a two-number plan brings its partner with it, at its
   * own place or at the partner's, whichever comes first.
   */
  conclude(contracts: readonly ContractMonth[], scope: MonthScope): MonthOutcome[] {
    const outcomes: MonthOutcome[] = []
    for (const of of contracts) {
      if (of.settled) continue
      const { partnerNo } = of
      // The pair was concluded at the place of the first of the two.
      const partner = partnerNo === undefined ? undefined : this.one(scope, partnerNo)
      if (partner && !partner.settled) {
        if (partner.contractNo > of.contractNo)
          outcomes.push(...this.#concludePair(of, partner, scope))
        continue
      }
      const asked = this.#asked(of, scope)
      outcomes.push({ ...asked, application: applyMonth(asked.question) })
    }
    return outcomes
  }

  /** How a month would come out for one contract with what is in the ledger now, and with what shows of its partner. */
  preview(
    of: ContractMonth,
    scope: MonthScope,
    shown: (partner: ContractMonth) => ContractMonth,
  ): MonthApplication | undefined {
    if (of.settled) return undefined
    const partner = of.partnerNo === undefined ? undefined : this.one(scope, of.partnerNo)
    if (!partner || partner.settled) return applyMonth(this.#asked(of, scope).question)
    const other = shown(partner)
    const [first, second] = of.contractNo < other.contractNo ? [of, other] : [other, of]
    const outcomes = this.#concludePair(first, second, scope)
    return outcomes.find(one => one.of.contractNo === of.contractNo)?.application
  }

  /** Fixes how a month came out: the invoice, the entries of the ledger, and what aris is told. */
  book({ of, charges, ...outcome }: MonthOutcome, scope: MonthScope, at: EpochMs): boolean {
    const { month } = scope
    const { application } = outcome
    const { contractNo } = of
    if (!charges && !of.calculated && isNothing(application)) return false
    if (!of.calculated) this.keepInvoice(of, charges ?? chargesOf([], 'total'), scope, at)
    const entry = { contractNo, month, occurredAt: at, bookedAt: at }
    const take = (kind: 'expiry' | 'application' | 'cancellation', amount: Yen) => {
      if (amount > 0) this.#parts.ledger.append({ ...entry, kind, amount: yen(-amount) })
    }
    take('expiry', application.expired)
    take('application', application.applied)
    take('application', application.appliedToPartner)
    take('cancellation', application.forfeited)
    this.#keepApplication(contractNo, month, outcome)
    this.#parts.outbox.add({
      kind: 'invoice',
      contractNo,
      month,
      appliedYen: application.applied + application.appliedFromPartner,
      carriedOutYen: application.carriedOut,
    })
    return true
  }

  /** Keeps an invoice as it was just calculated. */
  keepInvoice(
    of: ContractMonth,
    charges: Charges,
    { month, billingMonth }: MonthScope,
    at: EpochMs,
  ): void {
    const { msisdn, plan, customer } = of
    const body = bodyOf({ msisdn, plan, customer, billingMonth, charges })
    this.#parts.calculated.keep(month, of.contractNo, charges, body, at)
  }

  #concludePair(of: ContractMonth, partner: ContractMonth, scope: MonthScope): MonthOutcome[] {
    const [one, other] = [this.#asked(of, scope), this.#asked(partner, scope)]
    const [a, b] = applyPair(one.question, other.question)
    return [
      { ...one, application: a },
      { ...other, application: b },
    ]
  }

  #asked(of: ContractMonth, scope: MonthScope) {
    const charges = of.calculated ? undefined : this.rate(of, scope)
    const { gross, deductible } = amountsOf(of.calculated ?? charges)
    const question: MonthQuestion = {
      month: scope.month,
      billingMonth: scope.billingMonth,
      lines: of.lines,
      deductible,
      cancelled: of.until !== undefined && of.until <= scope.endsAt,
    }
    return { of, charges, gross, deductible, question }
  }

  #keepApplication(
    contractNo: number,
    month: JstMonth,
    { gross, deductible, application }: Omit<MonthOutcome, 'of' | 'charges'>,
  ): void {
    this.#keep.run(
      month,
      contractNo,
      gross,
      deductible,
      application.carriedIn,
      application.registered,
      application.expired,
      application.applied,
      application.appliedToPartner,
      application.appliedFromPartner,
      application.forfeited,
      application.carriedOut,
      application.validThrough ?? null,
    )
  }
}

const amountsOf = (one: CalculatedRow | Charges | undefined) => ({
  gross: yen(one?.gross ?? 0),
  deductible: yen(one?.deductible ?? 0),
})

const isNothing = ({ carriedIn, registered, appliedFromPartner }: MonthApplication): boolean =>
  carriedIn === 0 && registered === 0 && appliedFromPartner === 0
