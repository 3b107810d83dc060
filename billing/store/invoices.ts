import { addMonths, type JstMonth, startOfJstMonth } from '../../domain/jst.js'
import type { Yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { CalculatedInvoices } from './calculated-invoices.js'
import type { BilledParty, Contracts } from './contracts.js'

/** An invoice's total as it is taken in, by contract or by the number that used it. */
export interface NewInvoice {
  readonly of: BilledParty
  readonly total: Yen
}

/** What became of one invoice total; in the order they are checked. */
export type InvoiceTaken = 'taken' | 'month_closed' | 'nobody' | 'named_twice' | 'corrected'

/** Invoice totals of months of use that are rated elsewhere. */
export class Invoices {
  readonly #contracts: Contracts
  readonly #calculated: CalculatedInvoices
  readonly #twice
  readonly #insert

  constructor(store: Database, contracts: Contracts, calculated: CalculatedInvoices) {
    this.#contracts = contracts
    this.#calculated = calculated
    this.#twice = store.prepare<[string, number, string]>(
      'SELECT 1 FROM invoice WHERE month = ? AND contract_no = ? AND import_id = ?',
    )
    this.#insert = store.prepare<[string, number, number, string]>(
      'INSERT OR REPLACE INTO invoice (month, contract_no, total, import_id) VALUES (?, ?, ?, ?)',
    )
  }

  /**
   * Takes a total in, in place of one from an earlier import. `importId` names the import: a contract that it
   * names twice is refused.
   */
  take(month: JstMonth, { of, total }: NewInvoice, importId: string): InvoiceTaken {
    if (this.#calculated.isClosing(month)) return 'month_closed'
    const contract = this.#contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return 'nobody'
    if (this.#twice.get(month, contract.contractNo, importId)) return 'named_twice'
    const dropped = this.#calculated.drop(month, contract.contractNo)
    if (dropped !== 'dropped') return dropped
    this.#insert.run(month, contract.contractNo, total, importId)
    return 'taken'
  }
}
