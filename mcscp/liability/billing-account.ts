import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { Database } from '../../platform/store.js'
import type { Words } from '../reconcile/stage.js'

/** What billing had made of Mobilers charges by a moment, in yen. */
export interface BillingAccount {
  /** In the error bin: no contract is credited with it yet. */
  readonly held: Yen
  readonly credited: Yen
  /** 適用: paid invoices. */
  readonly applied: Yen
  /** Void at the end of the validity, less what was taken back. */
  readonly expired: Yen
  /** Left when contracts ended. */
  readonly forfeited: Yen
  /** Still the contracts’, of all of them. */
  readonly balance: Yen
}

/** A charge that billing had received. */
export interface ReceivedCharge {
  /** The call session's token and the entry, 17 octets. */
  readonly key: Buffer
  readonly serial: string
  readonly faceValue: number
}

/** Billing's books as they stood at a moment; read beside billing, which may run. */
export class BillingBooks {
  readonly #store: Database
  readonly #at: EpochMs

  constructor(store: Database, at: EpochMs) {
    this.#store = store
    this.#at = epochMs(at)
  }

  account(): BillingAccount {
    const sums = new Map(
      this.#store
        .prepare<[number], { kind: string; sum: number }>(
          'SELECT kind, sum(amount) AS sum FROM ledger_entry WHERE booked_at < ? GROUP BY kind',
        )
        .all(this.#at)
        .map(({ kind, sum }) => [kind, sum]),
    )
    const of = (kind: string) => sums.get(kind) ?? 0
    return {
      held: this.#held(),
      credited: yen(of('charge')),
      applied: yen(0 - of('application')),
      expired: yen(0 - of('expiry') - of('reinstatement')),
      forfeited: yen(0 - of('cancellation')),
      balance: yen([...sums.values()].reduce((sum, one) => sum + one, 0)),
    }
  }

  /** Charges that were received before the moment, by their keys. */
  received(): IterableIterator<ReceivedCharge> {
    return this.#store
      .prepare<[number], ReceivedCharge>(
        `SELECT charge_key AS key, serial, face_value AS faceValue
         FROM charge JOIN received_file USING (sequence)
         WHERE reflected_at < ? ORDER BY charge_key`,
      )
      .iterate(this.#at)
  }

  /** What the books say against themselves, the first of it. */
  contradiction(): Words | undefined {
    return this.#overdrawn() ?? this.#otherThanFixed()
  }

  #held(): Yen {
    const sum = this.#store
      .prepare<[number, number], number>(
        `SELECT coalesce(sum(face_value), 0) FROM charge JOIN received_file USING (sequence)
         WHERE reflected_at < ? AND charge_no NOT IN
           (SELECT charge_no FROM ledger_entry WHERE kind = 'charge' AND booked_at < ?)`,
      )
      .pluck()
      .get(this.#at, this.#at)
    return yen(sum ?? 0)
  }

  /** A contract cannot have used more than it registered. */
  #overdrawn(): Words | undefined {
    const row = this.#store
      .prepare<[number], { contract: string; balance: number }>(
        `SELECT contract, sum(amount) AS balance FROM ledger_entry JOIN contract USING (contract_no)
         WHERE booked_at < ? GROUP BY contract_no HAVING sum(amount) < 0 LIMIT 1`,
      )
      .get(this.#at)
    if (!row) return undefined
    const { contract, balance } = row
    return {
      ja: `契約 ${contract} の残高は ${balance} 円です。`,
      en: `The balance of contract ${contract} is ${balance} yen.`,
    }
  }

  /** What the ledger took when a month was closed must be what was fixed for it. */
  #otherThanFixed(): Words | undefined {
    for (const { ja, en, kind, column } of TAKEN_AT_A_CLOSE) {
      const row = this.#store
        .prepare<[string], { contract: string; month: string; fixed: number; booked: number }>(
          `SELECT contract, month, max(fixed) AS fixed, max(booked) AS booked FROM (
             SELECT contract_no, month, ${column} AS fixed, 0 AS booked FROM month_application
             UNION ALL SELECT contract_no, month, 0, -sum(amount) FROM ledger_entry
               WHERE kind = ? AND charge_no IS NULL GROUP BY contract_no, month
           ) JOIN contract USING (contract_no)
           GROUP BY contract_no, month HAVING max(fixed) <> max(booked) LIMIT 1`,
        )
        .get(kind)
      if (!row) continue
      const { contract, month, fixed, booked } = row
      return {
        ja: `契約 ${contract} の ${month} の${ja}額は ${fixed} 円ですが、元帳では ${booked} 円です。`,
        en: `Of contract ${contract} ${fixed} yen ${en} in ${month}, and the ledger has ${booked}.`,
      }
    }
    return undefined
  }
}

/** What the close of a month takes from a balance: in the ledger an entry's kind, in what was fixed a column. */
const TAKEN_AT_A_CLOSE = [
  { ja: '適用', en: 'were applied', kind: 'application', column: 'applied + applied_to_partner' },
  { ja: '失効', en: 'expired', kind: 'expiry', column: 'expired' },
  { ja: '解約', en: 'were forfeited', kind: 'cancellation', column: 'forfeited' },
] as const
