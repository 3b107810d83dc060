import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { jstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Database } from '../../platform/store.js'
import type { ContractId } from '../contract.js'
import { type AladinView, aladinAsOf, aladinView } from '../rules/aladin.js'
import type { Charges } from './charges.js'
import type { Contracts } from './contracts.js'
import type { Days } from './days.js'
import type { Ledger } from './ledger.js'
import type { MonthCloses } from './month-closes.js'

/** What a shop looks a customer up by (requirement B-04). */
export type AladinQuestion =
  | { readonly msisdn: Msisdn }
  | { readonly card: string }
  | { readonly contract: ContractId }

/** What a shop is told, in the order it is checked. */
export type AladinAnswer =
  /** No day is complete yet, so that nothing was summed up. */
  | { readonly outcome: 'nothing_summed_up' }
  /** Billing knows no such contract or number; or no such card, up to the day that may be shown. */
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'found'; readonly view: AladinView }

export interface AladinParts {
  readonly contracts: Contracts
  readonly charges: Charges
  readonly ledger: Ledger
  readonly closes: MonthCloses
  readonly days: Days
}

/** ALADIN's view (seed 004 §2.3(4)②; requirements S-28, B-04): what billing had summed up, and no more. */
export class Aladin {
  readonly #parts: AladinParts
  readonly #contractOfCard
  readonly #contractNo
  readonly #closedMonths

  constructor(store: Database, parts: AladinParts) {
    this.#parts = parts
    this.#contractOfCard = store.prepare<
      [string],
      { readonly contract: ContractId; readonly charged_at: number }
    >(
      `SELECT contract.contract, charge.charged_at FROM charge
         JOIN ledger_entry ON ledger_entry.charge_no = charge.charge_no AND kind = 'charge'
         JOIN contract ON contract.contract_no = ledger_entry.contract_no
        WHERE charge.serial = ?`,
    )
    this.#contractNo = store
      .prepare<[string], number>('SELECT contract_no FROM contract WHERE contract = ?')
      .pluck()
    this.#closedMonths = store.prepare<
      [],
      { readonly month: JstMonth; readonly finished_at: number }
    >('SELECT month, finished_at FROM month_close WHERE finished_at IS NOT NULL')
  }

  /** What a shop's terminal shows at a moment. */
  ask(question: AladinQuestion, now: EpochMs): AladinAnswer {
    const { days, charges, ledger, closes } = this.#parts
    const confirmedThrough = days.confirmedThrough()
    const asOf = aladinAsOf(confirmedThrough, now)
    if (asOf === undefined) return { outcome: 'nothing_summed_up' }
    const contract = this.#contractOf(question, now, asOf)
    const contractNo = contract && this.#contractNo.get(contract)
    if (!contract || contractNo === undefined) return { outcome: 'unknown' }
    const entries = ledger.entriesOf(contractNo)
    const view = aladinView(
      {
        contract,
        charges: entries.flatMap(({ kind, chargeNo }) =>
          kind === 'charge' && chargeNo !== undefined ? [charges.get(chargeNo)] : [],
        ),
        entries,
        applications: closes.applicationsOf(contractNo),
        confirmedThrough,
        closedMonths: this.#closedMonths
          .all()
          .map(({ month, finished_at }) => ({ month, closedAt: epochMs(finished_at) })),
      },
      asOf,
    )
    return { outcome: 'found', view }
  }

  #contractOf(question: AladinQuestion, now: EpochMs, asOf: string): ContractId | undefined {
    const { contracts } = this.#parts
    if ('contract' in question) return question.contract
    if ('card' in question) {
      const found = this.#contractOfCard.get(question.card)
      return found && jstDay(epochMs(found.charged_at)) <= asOf ? found.contract : undefined
    }
    const { msisdn } = question
    return (contracts.holderOf(msisdn, now) ?? contracts.lastHolderOf(msisdn, now))?.contract
  }
}
