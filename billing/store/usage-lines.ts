import type { JstMonth } from '../../domain/jst.js'
import { addMonths, startOfJstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { CalculatedInvoices } from './calculated-invoices.js'
import type { BilledParty, Contracts } from './contracts.js'

/** 利用明細: what a contract used of one item in a month. */
export interface UsageLine {
  readonly of: BilledParty
  readonly item: string
  readonly unitPrice: Yen
  readonly quantity: number
  readonly note: string | undefined
}

/** What became of one line; in the order they are checked. */
export type UsageTaken = 'taken' | 'month_closed' | 'nobody' | 'corrected'

/** Usage of months of use, one line an item; a line that is there already is replaced. */
export class UsageLines {
  readonly #contracts: Contracts
  readonly #calculated: CalculatedInvoices
  readonly #insert
  readonly #page

  constructor(store: Database, contracts: Contracts, calculated: CalculatedInvoices) {
    this.#contracts = contracts
    this.#calculated = calculated
    this.#insert = store.prepare(
      `INSERT OR REPLACE INTO usage_line (month, contract_no, item, unit_price, quantity, note)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    this.#page = store.prepare<[string, number, number, string, number], UsageRow>(
      `SELECT contract_no, contract, item, unit_price, quantity, note
       FROM usage_line JOIN contract USING (contract_no)
       WHERE month = ? AND (contract_no > ? OR contract_no = ? AND item > ?)
       ORDER BY contract_no, item LIMIT ?`,
    )
  }

  /** Takes a line in; an invoice that was calculated without it is calculated again. */
  take(month: JstMonth, { of, item, unitPrice, quantity, note }: UsageLine): UsageTaken {
    const contract = this.#contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return this.#calculated.isClosing(month) ? 'month_closed' : 'nobody'
    const dropped = this.#calculated.drop(month, contract.contractNo)
    if (dropped !== 'dropped') return dropped
    this.#insert.run(month, contract.contractNo, item, unitPrice, quantity, note ?? null)
    return 'taken'
  }

  /** Lines of a month after one of them, in the order of contract and item. */
  page(month: JstMonth, after: { contractNo: number; item: string }, max: number) {
    const { contractNo, item } = after
    return this.#page.all(month, contractNo, contractNo, item, max).map(row => ({
      contractNo: row.contract_no,
      contract: row.contract as ContractId,
      item: row.item,
      unitPrice: yen(row.unit_price),
      quantity: row.quantity,
      note: row.note ?? undefined,
    }))
  }
}

interface UsageRow {
  readonly contract_no: number
  readonly contract: string
  readonly item: string
  readonly unit_price: number
  readonly quantity: number
  readonly note: string | null
}
