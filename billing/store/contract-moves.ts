import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import type { Cancelled, Contracts, NumberChanged } from './contracts.js'
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

/** 異動 as tables (requirements B-02, P-01): lines that are there already change nothing. */
export class ContractMoves {
  readonly #contracts: Contracts
  readonly #settlements: Settlements
  readonly #numberChanges
  readonly #cancellations

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
       ORDER BY contract_no LIMIT ? OFFSET ?`,
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
}

interface CancellationRow {
  readonly contract: ContractId
  readonly cancelled_at: number
  readonly settle: 0 | 1
}
