import type { EpochMs } from '../../domain/clock.js'
import { type JstDay, type JstMonth, jstMonth } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { ContractId, NumberPeriod } from '../contract.js'
import { lastDayOfMonth, validityFrom } from '../rules/validity.js'
import type { Charge, Charges } from './charges.js'
import type { ContractRow, Contracts } from './contracts.js'
import type { HeldCharge, HeldCharges } from './held-charges.js'
import type { Entry, Ledger } from './ledger.js'
import type { FixedApplication, MonthCloses } from './month-closes.js'

/** A contract with all that billing holds for it (requirements B-03, B-04). */
export interface ContractView {
  readonly contract: ContractRow
  readonly numbers: readonly NumberPeriod[]
  readonly balance: Yen
  /** 最終チャージ. */
  readonly lastChargedAt: EpochMs | undefined
  /** 適用有効期間: first month and last day; absent when nothing is left or it is over. */
  readonly validity: { readonly start: JstMonth; readonly end: JstDay } | undefined
  readonly entries: readonly Entry[]
  readonly applications: readonly FixedApplication[]
}

/** A charge that is held, with why. */
export interface HeldView extends Charge {
  readonly held: HeldCharge
}

/** A number: its charges, and the contract that has it. */
export interface NumberView {
  readonly msisdn: Msisdn
  readonly contract: ContractView | undefined
  readonly charges: readonly (Charge & { readonly held: HeldCharge | undefined })[]
}

/** Most charges of a number that a view shows. */
const CHARGES_SHOWN = 200

/** What billing's terminals ask to see (requirement B-04). */
export class Views {
  readonly #parts

  constructor(parts: {
    readonly contracts: Contracts
    readonly charges: Charges
    readonly held: HeldCharges
    readonly ledger: Ledger
    readonly closes: MonthCloses
  }) {
    this.#parts = parts
  }

  /** `undefined`: no contract ever had it, and nothing was ever charged to it. */
  ofNumber(msisdn: Msisdn, now: EpochMs): NumberView | undefined {
    const { contracts, charges, held } = this.#parts
    const own = charges.ofNumber(msisdn, CHARGES_SHOWN)
    if (own.length === 0 && !contracts.knows(msisdn)) return undefined
    const row = contracts.holderOf(msisdn, now) ?? contracts.lastHolderOf(msisdn, now)
    return {
      msisdn,
      contract: row && this.#contract(row, now),
      charges: own.map(charge => ({ ...charge, held: held.get(charge.chargeNo) })),
    }
  }

  /** The number to which a card was charged; `undefined`: the charge of that card has not come in. */
  ofCard(serial: string, now: EpochMs): NumberView | undefined {
    const msisdn = this.#parts.charges.numberOfCard(serial)
    return msisdn && this.ofNumber(msisdn, now)
  }

  ofContract(contract: ContractId, now: EpochMs): ContractView | undefined {
    const row = this.#parts.contracts.byId(contract)
    return row && this.#contract(row, now)
  }

  /** Charges that are held, the oldest first. */
  held(after: number, max: number): HeldView[] {
    const { charges, held } = this.#parts
    return held.open(after, max).map(one => ({ ...charges.get(one.chargeNo), held: one }))
  }

  #contract(contract: ContractRow, now: EpochMs): ContractView {
    const { contracts, ledger, closes } = this.#parts
    const { contractNo } = contract
    const entries = ledger.entriesOf(contractNo)
    const balance = ledger.balanceOf(contractNo)
    const charged = entries.filter(({ kind }) => kind === 'charge').map(one => one.occurredAt)
    const lastChargedAt = charged.toSorted((a, b) => a - b).at(-1)
    return {
      contract,
      numbers: contracts.periodsOf(contractNo),
      balance,
      lastChargedAt,
      validity: validityShown(balance, lastChargedAt, now),
      entries,
      applications: closes.applicationsOf(contractNo),
    }
  }
}

function validityShown(balance: Yen, lastChargedAt: EpochMs | undefined, now: EpochMs) {
  if (balance === yen(0) || lastChargedAt === undefined) return undefined
  const { start, end } = validityFrom(lastChargedAt)
  return jstMonth(now) > end ? undefined : { start, end: lastDayOfMonth(end) }
}
