import { addMonths, type JstDay, type JstMonth, jstMonth, startOfJstDay } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { CycleMonths } from '../rules/month-application.js'
import type { CalculatedInvoices } from './calculated-invoices.js'
import type { Contracts } from './contracts.js'

/** From a day on a contract has another plan. */
export interface PlanChange {
  readonly contract: ContractId
  readonly plan: string
  readonly from: JstDay
}

/** Two contracts whose numbers are in one fee system, from a month of use on. */
export interface ContractPair {
  readonly contract: ContractId
  readonly partner: ContractId
  readonly from: JstMonth
}

/** What became of a plan change; in the order they are checked. */
export type PlanChanged = 'changed' | 'known' | 'no_such_contract' | 'cancelled'

/** What became of a pair; in the order they are checked. */
export type Paired =
  | 'taken'
  | 'known'
  | 'no_such_contract'
  | 'no_such_partner'
  | 'same_contract'
  /** Only contracts of the ドッチーモ plan have two numbers in one fee system (Table 1). */
  | 'class_not_dotchimo'
  | 'cancelled'
  | 'in_another_pair'

/** What is agreed with a contract beside its number: plans by date (P-13), and pairs (B-22). */
export class ContractTerms {
  readonly #store: Database
  readonly #contracts: Contracts
  readonly #calculated: CalculatedInvoices
  readonly #cycleMonths: CycleMonths

  constructor(
    store: Database,
    contracts: Contracts,
    calculated: CalculatedInvoices,
    cycleMonths: CycleMonths,
  ) {
    this.#store = store
    this.#contracts = contracts
    this.#calculated = calculated
    this.#cycleMonths = cycleMonths
  }

  /**
   * A change of the same day as another takes its place. Invoices that were calculated with another plan are
   * calculated again: those issued in the month of the day, and after it (P-13).
   */
  changePlan({ contract, plan, from }: PlanChange): PlanChanged {
    const row = this.#contracts.byId(contract)
    if (!row) return 'no_such_contract'
    const known = this.#store.prepare<[number, string, string]>(
      'SELECT 1 FROM plan_change WHERE contract_no = ? AND from_day = ? AND plan = ?',
    )
    if (known.get(row.contractNo, from, plan)) return 'known'
    if (row.cancelledAt !== undefined) return 'cancelled'
    this.#store
      .prepare('INSERT OR REPLACE INTO plan_change (contract_no, from_day, plan) VALUES (?, ?, ?)')
      .run(row.contractNo, from, plan)
    const issuedIn = jstMonth(startOfJstDay(from))
    this.#calculated.dropFrom(addMonths(issuedIn, -this.#cycleMonths), row.contractNo)
    return 'changed'
  }

  pair({ contract, partner, from }: ContractPair): Paired {
    const one = this.#contracts.byId(contract)
    if (!one) return 'no_such_contract'
    const other = this.#contracts.byId(partner)
    if (!other) return 'no_such_partner'
    if (one.contractNo === other.contractNo) return 'same_contract'
    const numbers = [one.contractNo, other.contractNo].sort((a, b) => a - b)
    const known = this.#store.prepare<[number, number, string]>(
      'SELECT 1 FROM contract_pair WHERE contract_no = ? AND partner_no = ? AND from_month = ?',
    )
    if (known.get(numbers[0] ?? 0, numbers[1] ?? 0, from)) return 'known'
    const classes = [one.contractClass, other.contractClass]
    if (classes.some(contractClass => contractClass !== 'dotchimo')) return 'class_not_dotchimo'
    if (one.cancelledAt !== undefined || other.cancelledAt !== undefined) return 'cancelled'
    const paired = this.#store.prepare<[number, number, number, number]>(
      'SELECT 1 FROM contract_pair WHERE contract_no IN (?, ?) OR partner_no IN (?, ?)',
    )
    const [a = 0, b = 0] = numbers
    if (paired.get(a, b, a, b)) return 'in_another_pair'
    this.#store
      .prepare('INSERT INTO contract_pair (contract_no, partner_no, from_month) VALUES (?, ?, ?)')
      .run(a, b, from)
    return 'taken'
  }

  /** Plan changes in the order of contract and day, `max` of them from a place on. */
  planChanges(from: number, max: number): PlanChange[] {
    return this.#store
      .prepare<[number, number], PlanChange>(
        `SELECT contract, plan_change.plan, from_day AS "from" FROM plan_change JOIN contract USING (contract_no)
         ORDER BY contract_no, from_day LIMIT ? OFFSET ?`,
      )
      .all(max, from)
  }

  /** Pairs in the order of their first contract, `max` of them from a place on. */
  pairs(from: number, max: number): ContractPair[] {
    return this.#store
      .prepare<[number, number], ContractPair>(
        `SELECT one.contract AS contract, other.contract AS partner, from_month AS "from"
         FROM contract_pair JOIN contract AS one USING (contract_no)
         JOIN contract AS other ON other.contract_no = partner_no
         ORDER BY contract_pair.contract_no LIMIT ? OFFSET ?`,
      )
      .all(max, from)
  }
}
