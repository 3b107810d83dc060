import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { ContractClass } from '../../domain/contract-class.js'
import { jstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { ContractId, NewContract, NumberPeriod } from '../contract.js'
import type { CustomerId } from '../customer.js'
import type { CalculatedInvoices } from './calculated-invoices.js'
import type { Customers } from './customers.js'
import type { Ledger } from './ledger.js'
import type { Outbox } from './outbox.js'

/** A contract as its row has it. */
export interface ContractRow {
  readonly contractNo: number
  readonly contract: ContractId
  readonly contractClass: ContractClass
  readonly plan: string
  readonly cancelledAt: EpochMs | undefined
}

/** A contract in the form in which it was taken in. */
export interface TakenContract extends Required<NewContract> {
  readonly contractNo: number
}

/** Whom an invoice or a line of usage is of: a contract, or the number that used it. */
export type BilledParty = { readonly contract: ContractId } | { readonly msisdn: Msisdn }

/** What became of one contract that was taken in; in the order they are checked. */
export type ContractTaken =
  | 'taken'
  /** All of it is there already: taking a table in again changes nothing. */
  | 'known'
  | 'contract_exists'
  | 'no_such_customer'
  | 'number_in_use'

/** What became of a number change; in the order they are checked. */
export type NumberChanged =
  | 'changed'
  | 'no_such_contract'
  | 'cancelled'
  /** Not after the contract got the number that it has. */
  | 'too_early'
  /** A charge of the old number at or after that moment is credited already. */
  | 'charged_since'
  | 'number_in_use'

/** What became of a cancellation; in the order they are checked. */
export type Cancelled = 'ended' | Exclude<NumberChanged, 'changed' | 'number_in_use'>

/** What became of a transfer to another customer (§7.7); in the order they are checked. */
export type Transferred =
  | 'transferred'
  | Exclude<ContractTaken, 'taken' | 'known'>
  | Exclude<Cancelled, 'ended'>

interface Row {
  readonly contract_no: number
  readonly contract: string
  readonly contract_class: string
  readonly plan: string
  readonly cancelled_at: number | null
}

interface PeriodRow {
  readonly msisdn: string
  readonly from_at: number
  readonly until_at: number | null
  readonly contract_no: number
}

const FOREVER = Number.MAX_SAFE_INTEGER

export interface ContractsParts {
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly customers: Customers
  readonly calculated: CalculatedInvoices
}

/** 異動情報管理 (seed 004 §4.3(1); requirement B-02): contracts, and the numbers they have had. */
export class Contracts {
  readonly #store: Database
  readonly #ledger: Ledger
  readonly #outbox: Outbox
  readonly #customers: Customers
  readonly #calculated: CalculatedInvoices
  readonly #byId
  readonly #holder
  readonly #lastHolder

  constructor(store: Database, { ledger, outbox, customers, calculated }: ContractsParts) {
    this.#store = store
    this.#ledger = ledger
    this.#outbox = outbox
    this.#customers = customers
    this.#calculated = calculated
    this.#byId = store.prepare<[string], Row>('SELECT * FROM contract WHERE contract = ?')
    this.#holder = store.prepare<[string, number, number], Row>(
      `SELECT contract.* FROM number_period JOIN contract USING (contract_no)
       WHERE msisdn = ? AND from_at <= ? AND ? < coalesce(until_at, ${FOREVER})
       ORDER BY from_at DESC LIMIT 1`,
    )
    this.#lastHolder = store.prepare<[string, number], Row>(
      `SELECT contract.* FROM number_period JOIN contract USING (contract_no)
       WHERE msisdn = ? AND from_at < ? ORDER BY from_at DESC LIMIT 1`,
    )
  }

  count(): number {
    return this.#store.prepare<[], number>('SELECT count(*) FROM contract').pluck().get() ?? 0
  }

  byId(contract: ContractId): ContractRow | undefined {
    const row = this.#byId.get(contract)
    return row && contractOf(row)
  }

  /** The contract that has a number at a moment. */
  holderOf(msisdn: Msisdn, at: EpochMs): ContractRow | undefined {
    const row = this.#holder.get(msisdn, at, at)
    return row && contractOf(row)
  }

  /** The contract that had a number last, before a moment. */
  lastHolderOf(msisdn: Msisdn, before: EpochMs): ContractRow | undefined {
    const row = this.#lastHolder.get(msisdn, before)
    return row && contractOf(row)
  }

  /** The contract that is meant, by its name or as the last that had a number before a moment. */
  billedParty(of: BilledParty, before: EpochMs): ContractRow | undefined {
    return 'contract' in of ? this.byId(of.contract) : this.lastHolderOf(of.msisdn, before)
  }

  /** Whether any contract ever had the number. */
  knows(msisdn: Msisdn): boolean {
    const found = this.#store.prepare<[string]>('SELECT 1 FROM number_period WHERE msisdn = ?')
    return found.get(msisdn) !== undefined
  }

  /** The numbers of a contract, the first one first. */
  periodsOf(contractNo: number): NumberPeriod[] {
    return this.#store
      .prepare<[number], PeriodRow>(
        'SELECT * FROM number_period WHERE contract_no = ? ORDER BY from_at',
      )
      .all(contractNo)
      .map(periodOf)
  }

  /** Takes a contract in with its first number. */
  take({ contract, msisdn, contractClass, plan, validFrom, customer }: NewContract): ContractTaken {
    const known = this.byId(contract)
    if (known) {
      const first = this.periodsOf(known.contractNo)[0]
      const same =
        known.contractClass === contractClass &&
        known.plan === plan &&
        first?.msisdn === msisdn &&
        first.from === validFrom
      return same ? 'known' : 'contract_exists'
    }
    const named = customer === undefined ? undefined : this.#customers.numberOf(customer)
    if (customer !== undefined && named === undefined) return 'no_such_customer'
    if (this.#inUse(msisdn, validFrom)) return 'number_in_use'

    const customerNo = named ?? this.#customers.madeOf(contract)
    const { lastInsertRowid } = this.#store
      .prepare(
        'INSERT INTO contract (contract, contract_class, plan, customer_no) VALUES (?, ?, ?, ?)',
      )
      .run(contract, contractClass, plan, customerNo)
    this.#open(Number(lastInsertRowid), msisdn, validFrom)
    return 'taken'
  }

  /** From `at` on the contract has another number; its balance stays with it (requirements B-02, §7.7). */
  changeNumber(contract: ContractId, to: Msisdn, at: EpochMs, now: EpochMs): NumberChanged {
    const ending = this.#mayEndNumber(contract, at)
    if (typeof ending === 'string') return ending
    if (this.#inUse(to, at)) return 'number_in_use'

    const { contractNo, current } = ending
    this.#end(contractNo, current, at)
    this.#open(contractNo, to, at)
    this.#calculated.dropFrom(jstMonth(at), contractNo)
    const entry = { kind: 'number_change', amount: yen(0), month: jstMonth(at) } as const
    this.#ledger.append({ ...entry, contractNo, occurredAt: at, bookedAt: now })
    return 'changed'
  }

  /** Ends a contract at a moment. What is left of its balance is settled with its last invoice (B-15). */
  cancel(contract: ContractId, at: EpochMs): Cancelled {
    const ending = this.#mayEndNumber(contract, at)
    if (typeof ending === 'string') return ending
    this.#end(ending.contractNo, ending.current, at)
    this.#store
      .prepare('UPDATE contract SET cancelled_at = ? WHERE contract_no = ?')
      .run(at, ending.contractNo)
    this.#calculated.dropFrom(jstMonth(at), ending.contractNo)
    return 'ended'
  }

  /**
   * From `at` on the number is another customer's, under a contract of its own. The balance does not go with it:
   * it is settled as at a cancellation (§7.7).
   */
  transfer(contract: ContractId, to: ContractId, customer: CustomerId, at: EpochMs): Transferred {
    const ending = this.#mayEndNumber(contract, at)
    if (typeof ending === 'string') return ending
    if (this.byId(to)) return 'contract_exists'
    if (this.#customers.numberOf(customer) === undefined) return 'no_such_customer'
    const row = this.byId(contract)
    if (!row) return 'no_such_contract'
    const { contractClass, plan } = row
    const { msisdn } = ending.current
    this.cancel(contract, at)
    const of = { contractClass, plan, msisdn, customer, validFrom: at }
    const taken = this.take({ ...of, contract: to })
    if (taken !== 'taken') throw new TypeError(`a transferred number is not free: ${taken}`)
    return 'transferred'
  }

  /** Contracts as they were taken in, after one of them, in the order in which they came. */
  page(after: number, max: number): TakenContract[] {
    return this.#store
      .prepare<[number, number], Row & { customer: string; msisdn: string; from_at: number }>(
        `SELECT contract.*, customer, msisdn, min(from_at) AS from_at
         FROM contract JOIN customer USING (customer_no) JOIN number_period USING (contract_no)
         WHERE contract_no > ? GROUP BY contract_no ORDER BY contract_no LIMIT ?`,
      )
      .all(after, max)
      .map(row => ({
        contractNo: row.contract_no,
        contract: row.contract as ContractId,
        msisdn: row.msisdn as Msisdn,
        contractClass: row.contract_class as ContractClass,
        plan: row.plan,
        validFrom: epochMs(row.from_at),
        customer: row.customer as CustomerId,
      }))
  }

  #mayEndNumber(contract: ContractId, at: EpochMs) {
    const row = this.byId(contract)
    if (!row) return 'no_such_contract'
    if (row.cancelledAt !== undefined) return 'cancelled'
    const current = this.periodsOf(row.contractNo).at(-1)
    if (!current || at <= current.from) return 'too_early'
    if (this.#ledger.lastChargeOf(row.contractNo, current.msisdn, at)) return 'charged_since'
    return { contractNo: row.contractNo, current }
  }

  /** Whether a contract has the number at `from` or will have it after. */
  #inUse(msisdn: Msisdn, from: EpochMs): boolean {
    const found = this.#store.prepare<[string, number]>(
      `SELECT 1 FROM number_period WHERE msisdn = ? AND coalesce(until_at, ${FOREVER}) > ?`,
    )
    return found.get(msisdn, from) !== undefined
  }

  #open(contractNo: number, msisdn: Msisdn, from: EpochMs): void {
    this.#store
      .prepare('INSERT INTO number_period (msisdn, from_at, contract_no) VALUES (?, ?, ?)')
      .run(msisdn, from, contractNo)
    this.#outbox.add({ kind: 'number', contractNo, msisdn, from })
  }

  #end(contractNo: number, { msisdn, from }: NumberPeriod, until: EpochMs): void {
    this.#store
      .prepare('UPDATE number_period SET until_at = ? WHERE msisdn = ? AND from_at = ?')
      .run(until, msisdn, from)
    this.#outbox.add({ kind: 'number', contractNo, msisdn, from, until })
  }
}

const contractOf = (row: Row): ContractRow => ({
  contractNo: row.contract_no,
  contract: row.contract as ContractId,
  contractClass: row.contract_class as ContractClass,
  plan: row.plan,
  cancelledAt: row.cancelled_at === null ? undefined : epochMs(row.cancelled_at),
})

const periodOf = (row: PeriodRow): NumberPeriod => ({
  msisdn: row.msisdn as Msisdn,
  from: epochMs(row.from_at),
  until: row.until_at === null ? undefined : epochMs(row.until_at),
})
