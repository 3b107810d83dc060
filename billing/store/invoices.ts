import { addMonths, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { Contracts } from './contracts.js'

/** An invoice's total as it is taken in, by contract or by the number that used it. */
export interface NewInvoice {
  readonly of: { readonly contract: ContractId } | { readonly msisdn: Msisdn }
  readonly total: Yen
}

/** What became of one invoice total; in the order they are checked. */
export type InvoiceTaken = 'taken' | 'month_closed' | 'nobody' | 'named_twice'

/** Invoice totals of months of use, until the rating of usage makes them. */
export class Invoices {
  readonly #store: Database
  readonly #contracts: Contracts
  readonly #totalOf

  constructor(store: Database, contracts: Contracts) {
    this.#store = store
    this.#contracts = contracts
    this.#totalOf = store
      .prepare<[string, number], number>(
        'SELECT total FROM invoice WHERE month = ? AND contract_no = ?',
      )
      .pluck()
  }

  totalOf(month: JstMonth, contractNo: number): Yen | undefined {
    const total = this.#totalOf.get(month, contractNo)
    return total === undefined ? undefined : yen(total)
  }

  /**
   * Takes a total in, in place of one from an earlier import. `importId` names the import: a contract that it
   * names twice is refused.
   */
  take(month: JstMonth, { of, total }: NewInvoice, importId: string): InvoiceTaken {
    const begun = this.#store.prepare<[string]>('SELECT 1 FROM month_close WHERE month = ?')
    if (begun.get(month)) return 'month_closed'
    const contract =
      'contract' in of
        ? this.#contracts.byId(of.contract)
        : this.#contracts.lastHolderOf(of.msisdn, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return 'nobody'
    const twice = this.#store.prepare<[string, number, string]>(
      'SELECT 1 FROM invoice WHERE month = ? AND contract_no = ? AND import_id = ?',
    )
    if (twice.get(month, contract.contractNo, importId)) return 'named_twice'
    this.#store
      .prepare(
        'INSERT OR REPLACE INTO invoice (month, contract_no, total, import_id) VALUES (?, ?, ?, ?)',
      )
      .run(month, contract.contractNo, total, importId)
    return 'taken'
  }
}
