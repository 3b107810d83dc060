import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { CustomerId } from '../customer.js'
import type { Cancelled, Contracts, NumberChanged, Transferred } from './contracts.js'
import type { Settlements } from './settlements.js'

/** From a moment on a contract has another number. */
export interface NumberChange {
  readonly contract: ContractId
  readonly msisdn: Msisdn
  readonly at: EpochMs
}

/** A contract's end. */
export interface Cancellation {
  readonly contract: ContractId
  readonly at: EpochMs
  /** Settled at once (即時精算), not with its last month. */
  readonly settle: boolean
}

/** 名義変更: from a moment on a number is another customer's, under a contract of its own (§7.7). */
export interface Transfer {
  readonly contract: ContractId
  readonly to: ContractId
  readonly customer: CustomerId
  readonly at: EpochMs
}

/** オーダー: anything that was ordered for a contract, in one form for all kinds (requirement P-01). */
export interface Order {
  readonly order: 'number_change' | 'plan_change' | 'cancellation' | 'transfer'
  readonly contract: ContractId
  readonly at: EpochMs
  readonly msisdn: Msisdn | undefined
  readonly plan: string | undefined
  readonly to: ContractId | undefined
  readonly customer: CustomerId | undefined
  readonly settle: boolean | undefined
}

/** 異動 as tables (requirements B-02, P-01): lines that are there already change nothing. */
export class ContractMoves {
  readonly #contracts: Contracts
  readonly #settlements: Settlements
  readonly #numberChanges
  readonly #cancellations
  readonly #transfers
  readonly #orders
  readonly #knownTransfer
  readonly #keepTransfer

  constructor(store: Database, contracts: Contracts, settlements: Settlements) {
    this.#contracts = contracts
    this.#settlements = settlements
    this.#numberChanges = store.prepare<[number, number], NumberChange>(
      `SELECT contract, msisdn, from_at AS at FROM number_period AS own JOIN contract USING (contract_no)
       WHERE EXISTS (SELECT 1 FROM number_period AS before
         WHERE before.contract_no = own.contract_no AND before.from_at < own.from_at)
       ORDER BY contract_no, from_at LIMIT ? OFFSET ?`,
    )
    this.#cancellations = store.prepare<[number, number], CancellationRow>(
      `SELECT contract, cancelled_at, asked_at IS NOT NULL AS settle
       FROM contract LEFT JOIN settlement USING (contract_no) WHERE cancelled_at IS NOT NULL
         AND contract_no NOT IN (SELECT contract_no FROM contract_transfer)
       ORDER BY contract_no LIMIT ? OFFSET ?`,
    )
    this.#transfers = store.prepare<[number, number], Transfer>(
      `SELECT own.contract, other.contract AS "to", customer, own.cancelled_at AS at
       FROM contract_transfer JOIN contract AS own USING (contract_no)
       JOIN contract AS other ON other.contract_no = to_contract_no
       JOIN customer ON customer.customer_no = other.customer_no
       ORDER BY contract_transfer.contract_no LIMIT ? OFFSET ?`,
    )
    this.#knownTransfer = store.prepare<[string, string, string, number]>(
      `SELECT 1 FROM contract_transfer JOIN contract AS own USING (contract_no)
       JOIN contract AS other ON other.contract_no = to_contract_no
       JOIN customer ON customer.customer_no = other.customer_no
       WHERE own.contract = ? AND other.contract = ? AND customer = ? AND own.cancelled_at = ?`,
    )
    this.#keepTransfer = store.prepare<[string, string]>(
      `INSERT INTO contract_transfer (contract_no, to_contract_no)
       SELECT own.contract_no, other.contract_no FROM contract AS own, contract AS other
       WHERE own.contract = ? AND other.contract = ?`,
    )
    this.#orders = store.prepare<[number, number], OrderRow>(
      `SELECT 'number_change' AS "order", contract, from_at AS at, msisdn, NULL AS plan, NULL AS "to",
         NULL AS customer, NULL AS settle
       FROM number_period AS own JOIN contract USING (contract_no)
       WHERE EXISTS (SELECT 1 FROM number_period AS before
         WHERE before.contract_no = own.contract_no AND before.from_at < own.from_at)
       UNION ALL
       SELECT 'plan_change', contract, (unixepoch(from_day) - 32400) * 1000, NULL, plan_change.plan,
         NULL, NULL, NULL
       FROM plan_change JOIN contract USING (contract_no)
       UNION ALL
       SELECT 'cancellation', contract, cancelled_at, NULL, NULL, NULL, NULL, asked_at IS NOT NULL
       FROM contract LEFT JOIN settlement USING (contract_no) WHERE cancelled_at IS NOT NULL
         AND contract_no NOT IN (SELECT contract_no FROM contract_transfer)
       UNION ALL
       SELECT 'transfer', own.contract, own.cancelled_at, NULL, NULL, other.contract, customer, NULL
       FROM contract_transfer JOIN contract AS own USING (contract_no)
       JOIN contract AS other ON other.contract_no = to_contract_no
       JOIN customer ON customer.customer_no = other.customer_no
       ORDER BY at, contract, "order" LIMIT ? OFFSET ?`,
    )
  }

  changeNumber({ contract, msisdn, at }: NumberChange, now: EpochMs): NumberChanged | 'known' {
    const row = this.#contracts.byId(contract)
    const periods = row ? this.#contracts.periodsOf(row.contractNo) : []
    if (periods.some(one => one.msisdn === msisdn && one.from === at)) return 'known'
    return this.#contracts.changeNumber(contract, msisdn, at, now)
  }

  /** Ends a contract, and asks for its settlement where the line says so. */
  cancel({ contract, at, settle }: Cancellation, now: EpochMs): Cancelled | 'known' | 'in_pair' {
    const known = this.#contracts.byId(contract)?.cancelledAt === at
    const outcome = known ? 'known' : this.#contracts.cancel(contract, at)
    if (!settle || (outcome !== 'ended' && outcome !== 'known')) return outcome
    return this.#settlements.ask(contract, now) === 'in_pair' ? 'in_pair' : outcome
  }

  /** Gives a contract's number to another customer, under a new contract; what is left is settled. */
  transfer({ contract, to, customer, at }: Transfer, now: EpochMs): Transferred | 'known' {
    if (this.#isTransferred({ contract, to, customer, at })) return 'known'
    const outcome = this.#contracts.transfer(contract, to, customer, at)
    if (outcome !== 'transferred') return outcome
    this.#keepTransfer.run(contract, to)
    this.#settlements.ask(contract, now)
    return outcome
  }

  /** Number changes in the order of contract and moment, `max` of them from a place on. */
  numberChanges(from: number, max: number): NumberChange[] {
    return this.#numberChanges.all(max, from)
  }

  /** Ends in the order of the contracts, `max` of them from a place on. */
  cancellations(from: number, max: number): Cancellation[] {
    return this.#cancellations.all(max, from).map(({ contract, cancelled_at, settle }) => ({
      contract,
      at: epochMs(cancelled_at),
      settle: settle === 1,
    }))
  }

  /** Transfers in the order of the contracts, `max` of them from a place on. */
  transfers(from: number, max: number): Transfer[] {
    return this.#transfers.all(max, from)
  }

  /** All that was ordered, in the order of the moments from which it counts, `max` of them from a place on. */
  orders(from: number, max: number): Order[] {
    return this.#orders.all(max, from).map(row => ({
      order: row.order,
      contract: row.contract,
      at: epochMs(row.at),
      msisdn: row.msisdn ?? undefined,
      plan: row.plan ?? undefined,
      to: row.to ?? undefined,
      customer: row.customer ?? undefined,
      settle: row.settle === null ? undefined : row.settle === 1,
    }))
  }

  #isTransferred({ contract, to, customer, at }: Transfer): boolean {
    return this.#knownTransfer.get(contract, to, customer, at) !== undefined
  }
}

interface OrderRow {
  readonly order: Order['order']
  readonly contract: ContractId
  readonly at: number
  readonly msisdn: Msisdn | null
  readonly plan: string | null
  readonly to: ContractId | null
  readonly customer: CustomerId | null
  readonly settle: 0 | 1 | null
}

interface CancellationRow {
  readonly contract: ContractId
  readonly cancelled_at: number
  readonly settle: 0 | 1
}
