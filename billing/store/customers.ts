import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { Customer, CustomerId } from '../customer.js'
import type { CustomerKind, PaymentKind } from '../invoice.js'

/** What became of a customer that was taken in. */
export type CustomerTaken = 'taken' | 'changed' | 'known'

/** A customer's row. */
export interface CustomerRow {
  readonly customer: string
  readonly kind: string
  readonly name: string
  readonly department: string | null
  readonly payer: string
  readonly payment_kind: number
}

const COLUMNS = 'customer, kind, name, department, payer, payment_kind'

/** 顧客 (requirement P-02). Invoices that were calculated keep the customer as it was then. */
export class Customers {
  readonly #numberOf
  readonly #byId
  readonly #insert
  readonly #change
  readonly #setPayer
  readonly #page

  constructor(store: Database) {
    this.#numberOf = store
      .prepare<[string], number>('SELECT customer_no FROM customer WHERE customer = ?')
      .pluck()
    this.#byId = store.prepare<[string], CustomerRow>(
      `SELECT ${COLUMNS} FROM customer WHERE customer = ?`,
    )
    this.#insert = store.prepare(`INSERT INTO customer (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`)
    this.#change = store.prepare(
      `UPDATE customer SET kind = ?, name = ?, department = ?, payer = ?, payment_kind = ?
       WHERE customer = ?`,
    )
    this.#setPayer = store.prepare(
      "UPDATE customer SET payer = printf('P%011d', customer_no) WHERE customer_no = ?",
    )
    this.#page = store.prepare<[string, number], CustomerRow>(
      `SELECT ${COLUMNS} FROM customer WHERE customer > ? ORDER BY customer LIMIT ?`,
    )
  }

  /** Takes a customer in, in place of what is known of it. */
  take(one: Customer): CustomerTaken {
    const known = this.#byId.get(one.customer)
    const { kind, name, payer, paymentKind } = one
    const department = one.department ?? null
    if (!known) {
      this.#insert.run(one.customer, kind, name, department, payer, paymentKind)
      return 'taken'
    }
    const same = JSON.stringify(customerOf(known)) === JSON.stringify(ordered(one))
    if (same) return 'known'
    this.#change.run(kind, name, department, payer, paymentKind, one.customer)
    return 'changed'
  }

  numberOf(customer: CustomerId): number | undefined {
    return this.#numberOf.get(customer)
  }

  /** The customer that a contract without one has: a person of the contract's own name. */
  madeOf(contract: ContractId): number {
    const known = this.#numberOf.get(contract)
    if (known !== undefined) return known
    const made = this.#insert.run(contract, 'person', contract, null, 'P', 1)
    this.#setPayer.run(made.lastInsertRowid)
    return Number(made.lastInsertRowid)
  }

  /** Customers after one of them, in the order of their ids. */
  page(after: string, max: number): Customer[] {
    return this.#page.all(after, max).map(customerOf)
  }
}

const ordered = ({ customer, kind, name, department, payer, paymentKind }: Customer): Customer => ({
  customer,
  kind,
  name,
  department,
  payer,
  paymentKind,
})

/** A customer as its row has it. */
export const customerOf = (row: CustomerRow): Customer => ({
  customer: row.customer as CustomerId,
  kind: row.kind as CustomerKind,
  name: row.name,
  department: row.department ?? undefined,
  payer: row.payer,
  paymentKind: row.payment_kind as PaymentKind,
})
