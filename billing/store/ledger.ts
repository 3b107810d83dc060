import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstMonth, jstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { Outbox } from './outbox.js'

/** Why an entry is in the ledger. */
export const ENTRY_KINDS = [
  /** A card was registered (S-01). */
  'charge',
  /** 適用: it paid an invoice (S-14). */
  'application',
  /** Void at the end of the validity (S-25): breakage. */
  'expiry',
  /** An expiry taken back, since a charge in time came late (B-10). */
  'reinstatement',
  /** Left when the contract ended, not refunded (B-15): breakage. */
  'cancellation',
  /** 0 yen: from here on the contract has another number, and the balance stays (B-02). */
  'number_change',
] as const

export type EntryKind = (typeof ENTRY_KINDS)[number]

export interface NewEntry {
  readonly contractNo: number
  readonly kind: EntryKind
  /** Adds to the contract's balance; negative: takes from it. */
  readonly amount: Yen
  /** Month of use: of a charge that of its time, of anything else the one that it settles. */
  readonly month: JstMonth
  /** Of a charge its time, of anything else when it took effect. */
  readonly occurredAt: EpochMs
  readonly bookedAt: EpochMs
  /** The charge that it credits, voids, or is taken back for. */
  readonly chargeNo?: number
}

export interface Entry extends NewEntry {
  readonly entryNo: number
}

interface Row {
  readonly entry_no: number
  readonly contract_no: number
  readonly kind: string
  readonly amount: number
  readonly month: string
  readonly occurred_at: number
  readonly booked_at: number
  readonly charge_no: number | null
}

/** The ledger of what contracts have registered and used: append-only, in yen; a balance is a sum. */
export class Ledger {
  readonly #store: Database
  readonly #outbox: Outbox
  readonly #append
  readonly #entriesOf

  constructor(store: Database, outbox: Outbox) {
    this.#store = store
    this.#outbox = outbox
    this.#append = store.prepare(
      `INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at, booked_at, charge_no)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#entriesOf = store.prepare<[number, number], Row>(
      'SELECT * FROM ledger_entry WHERE contract_no = ? AND entry_no <= ? ORDER BY entry_no',
    )
  }

  append(entry: NewEntry): void {
    const { contractNo, kind, amount, month, occurredAt, bookedAt, chargeNo } = entry
    this.#append.run(contractNo, kind, amount, month, occurredAt, bookedAt, chargeNo ?? null)
    if (kind === 'number_change') return
    // what a charge makes void is seen when the charge is, all else with its invoice.
    const ofCharge = kind === 'charge' || (kind === 'expiry' && chargeNo !== undefined)
    const day = ofCharge ? { day: jstDay(occurredAt) } : {}
    const chargedAt = kind === 'charge' ? { chargedAt: occurredAt } : {}
    this.#outbox.add({ kind: 'entry', contractNo, amount, month, ...day, ...chargedAt })
  }

  /** Entries of a contract, oldest first, up to one of them. */
  entriesOf(contractNo: number, through = Number.MAX_SAFE_INTEGER): Entry[] {
    return this.#entriesOf.all(contractNo, through).map(entryOf)
  }

  /** What is left of what a contract registered. */
  balanceOf(contractNo: number): Yen {
    const sum = this.#store
      .prepare<[number], number>(
        'SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE contract_no = ?',
      )
      .pluck()
      .get(contractNo)
    return yen(sum ?? 0)
  }

  /** The newest entry; 0 when there is none. */
  lastEntry(): number {
    const last = this.#store.prepare<[], number | null>('SELECT max(entry_no) FROM ledger_entry')
    return last.pluck().get() ?? 0
  }

  /** Whether a contract was credited with a charge of this number at `from` or after. */
  lastChargeOf(contractNo: number, msisdn: Msisdn, from: EpochMs): boolean {
    const found = this.#store.prepare<[number, string, number]>(
      `SELECT 1 FROM ledger_entry JOIN charge USING (charge_no)
       WHERE kind = 'charge' AND contract_no = ? AND msisdn = ? AND charged_at >= ?`,
    )
    return found.get(contractNo, msisdn, from) !== undefined
  }
}

const entryOf = (row: Row): Entry => ({
  entryNo: row.entry_no,
  contractNo: row.contract_no,
  kind: row.kind as EntryKind,
  amount: yen(row.amount),
  month: row.month as JstMonth,
  occurredAt: epochMs(row.occurred_at),
  bookedAt: epochMs(row.booked_at),
  ...(row.charge_no === null ? {} : { chargeNo: row.charge_no }),
})
