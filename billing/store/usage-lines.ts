import type { JstMonth } from '../../domain/jst.js'
import { addMonths, startOfJstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
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

/** A line of usage as it lies there. */
export interface KeptUsageLine extends Omit<UsageLine, 'of'> {
  readonly contractNo: number
  readonly contract: ContractId
  /** The number that used it; `undefined`: the line named the contract. */
  readonly msisdn: Msisdn | undefined
}

/** What became of one line; in the order they are checked. */
export type UsageTaken = 'taken' | 'month_closed' | 'nobody' | 'named_twice' | 'corrected'

/** Where a page of lines begins: behind this one. */
export type UsagePlace = Pick<KeptUsageLine, 'contractNo' | 'item' | 'msisdn'>

/**
 * Usage of months of use: one line an item and number, since a contract that changed its number used both; a line
 * of an earlier import is replaced.
 */
export class UsageLines {
  readonly #contracts: Contracts
  readonly #calculated: CalculatedInvoices
  readonly #twice
  readonly #replaced
  readonly #insert
  readonly #page

  constructor(store: Database, contracts: Contracts, calculated: CalculatedInvoices) {
    this.#contracts = contracts
    this.#calculated = calculated
    // A line that names the contract is of all its numbers.
    const same = `month = :month AND contract_no = :contractNo AND item = :item
      AND (msisdn = :msisdn OR msisdn = '' OR :msisdn = '')`
    this.#twice = store.prepare<[LineKey]>(
      `SELECT 1 FROM usage_line WHERE ${same} AND import_id = :importId`,
    )
    this.#replaced = store.prepare<[LineKey]>(
      `DELETE FROM usage_line WHERE ${same} AND import_id <> :importId`,
    )
    this.#insert = store.prepare<[LineKey & Priced]>(
      `INSERT INTO usage_line (month, contract_no, item, msisdn, unit_price, quantity, note, import_id)
       VALUES (:month, :contractNo, :item, :msisdn, :unitPrice, :quantity, :note, :importId)`,
    )
    this.#page = store.prepare<[string, number, string, string, number], UsageRow>(
      `SELECT contract_no, contract, item, msisdn, unit_price, quantity, note
       FROM usage_line JOIN contract USING (contract_no)
       WHERE month = ? AND (contract_no, item, msisdn) > (?, ?, ?)
       ORDER BY contract_no, item, msisdn LIMIT ?`,
    )
  }

  /**
   * Takes a line in; an invoice that was calculated without it is calculated again. `importId` names the import: an
   * item that it names twice for a number, or for a contract and one of its numbers, is refused.
   */
  take(month: JstMonth, line: UsageLine, importId: string): UsageTaken {
    const { of, item, unitPrice, quantity, note } = line
    const contract = this.#contracts.billedParty(of, startOfJstMonth(addMonths(month, 1)))
    if (!contract) return this.#calculated.isClosing(month) ? 'month_closed' : 'nobody'
    const { contractNo } = contract
    const key = { month, contractNo, item, msisdn: 'msisdn' in of ? of.msisdn : '', importId }
    if (this.#twice.get(key)) return 'named_twice'
    const dropped = this.#calculated.drop(month, contractNo)
    if (dropped !== 'dropped') return dropped
    this.#replaced.run(key)
    this.#insert.run({ ...key, unitPrice, quantity, note: note ?? null })
    return 'taken'
  }

  /** Lines of a month after one of them, in the order of contract, item and number. */
  page(month: JstMonth, { contractNo, item, msisdn }: UsagePlace, max: number): KeptUsageLine[] {
    return this.#page.all(month, contractNo, item, msisdn ?? '', max).map(row => ({
      contractNo: row.contract_no,
      contract: row.contract as ContractId,
      msisdn: row.msisdn === '' ? undefined : (row.msisdn as Msisdn),
      item: row.item,
      unitPrice: yen(row.unit_price),
      quantity: row.quantity,
      note: row.note ?? undefined,
    }))
  }
}

/** Which lines one is about; `msisdn` is empty where the line names the contract. */
interface LineKey {
  readonly month: JstMonth
  readonly contractNo: number
  readonly item: string
  readonly msisdn: string
  readonly importId: string
}

interface Priced {
  readonly unitPrice: number
  readonly quantity: number
  readonly note: string | null
}

interface UsageRow {
  readonly contract_no: number
  readonly contract: string
  readonly item: string
  readonly msisdn: string
  readonly unit_price: number
  readonly quantity: number
  readonly note: string | null
}
