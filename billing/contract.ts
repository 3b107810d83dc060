import type { EpochMs } from '../domain/clock.js'
import type { ContractClass } from '../domain/contract-class.js'
import type { Msisdn } from '../domain/msisdn.js'
import type { CustomerId } from './customer.js'

/** Names a contract to operators: what the contract office gave it, 1 to 32 characters. */
export type ContractId = string & { readonly kind: 'contract id' }

export const parseContractId = (text: string): ContractId | undefined =>
  /^[A-Za-z0-9._-]{1,32}$/.test(text) ? (text as ContractId) : undefined

/** One contract with its first number, as it is taken in (異動情報, seed 004 §4.3(1)). */
export interface NewContract {
  readonly contract: ContractId
  readonly msisdn: Msisdn
  readonly contractClass: ContractClass
  /** 料金プラン, by its name; billing's rating knows what it means. */
  readonly plan: string
  readonly validFrom: EpochMs
  /** Whose it is; without one a customer is made of the contract's own name. */
  readonly customer?: CustomerId
}

/** A stretch of time, half-open, in which a contract has a number. */
export interface NumberPeriod {
  readonly msisdn: Msisdn
  readonly from: EpochMs
  /** `undefined`: it has it now. */
  readonly until: EpochMs | undefined
}
