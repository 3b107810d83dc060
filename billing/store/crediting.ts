import type { EpochMs } from '../../domain/clock.js'
import { CHARGE_KIND_OF } from '../../domain/contract-class.js'
import { addMonths, type JstMonth, jstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { type CycleMonths, judgeLateCharge } from '../rules/month-application.js'
import type { Charge, Charges } from './charges.js'
import type { Contracts } from './contracts.js'
import type { HeldCharges, HoldReason } from './held-charges.js'
import type { Ledger } from './ledger.js'
import type { MonthCloses } from './month-closes.js'
import type { Settlements } from './settlements.js'

export interface CreditingParts {
  readonly contracts: Contracts
  readonly charges: Charges
  readonly held: HeldCharges
  readonly ledger: Ledger
  readonly closes: MonthCloses
  readonly settlements: Settlements
  readonly cycleMonths: CycleMonths
}

/** Credits contracts with charges, or says why not. Each charge is credited once: the ledger's index holds it. */
export class Crediting {
  readonly #parts: CreditingParts

  constructor(parts: CreditingParts) {
    this.#parts = parts
  }

  /** A charge that just came: it is credited, or held from now on. */
  take(charge: Charge, now: EpochMs): HoldReason | undefined {
    const reason = this.#credit(charge, false, now)
    if (reason) this.#parts.held.hold(charge, reason, now)
    return reason
  }

  /** B-08: a held charge again; it keeps its own time and month (B-10). `true` when it is credited now. */
  retry(chargeNo: number, now: EpochMs): boolean {
    const { held, charges } = this.#parts
    const waiting = held.get(chargeNo)
    if (!waiting) return false
    const released = waiting.releasedReason !== undefined
    const reason = this.#credit(charges.get(chargeNo), released, now)
    if (reason) held.triedAgain(chargeNo, reason, now)
    else held.settle(chargeNo, now)
    return reason === undefined
  }

  #credit(charge: Charge, released: boolean, now: EpochMs): HoldReason | undefined {
    const { charges, contracts, ledger } = this.#parts
    if (charge.company === undefined && !released) return 'unmapped'
    if (charges.isSecondOfCard(charge)) return 'card_charged_before'
    const contract = contracts.holderOf(charge.msisdn, charge.chargedAt)
    if (!contract) return 'number_unknown'
    if (CHARGE_KIND_OF[contract.contractClass] !== 'mobilers') return 'class_excluded'

    const { contractNo } = contract
    const { chargeNo, chargedAt } = charge
    if (this.#parts.settlements.isSettled(contractNo)) {
      this.#parts.settlements.settleAgain(charge, contractNo, now)
      return undefined
    }
    const month = jstMonth(chargedAt)
    const of = { contractNo, month, occurredAt: chargedAt, bookedAt: now, chargeNo }
    const closed = this.#parts.closes.lastFinished()
    if (closed !== undefined && month <= closed) this.#settleLate(charge, contractNo, closed, now)
    ledger.append({ ...of, kind: 'charge', amount: charge.faceValue })
    return undefined
  }

  /** B-10: the month of this charge is closed; it goes to the next invoice, if it is still valid then. */
  #settleLate(charge: Charge, contractNo: number, closed: JstMonth, now: EpochMs): void {
    const { ledger } = this.#parts
    const { chargeNo, chargedAt, faceValue } = charge
    const entries = ledger.entriesOf(contractNo)
    const expired = entries.filter(({ kind, chargeNo: of }) => kind === 'expiry' && !of)
    const { expired: void_, reinstates } = judgeLateCharge(
      chargedAt,
      entries.filter(({ kind }) => kind === 'charge').map(({ occurredAt }) => occurredAt),
      expired.map(({ month }) => month),
      addMonths(closed, 1),
      this.#parts.cycleMonths,
    )
    const of = { contractNo, occurredAt: now, bookedAt: now, chargeNo }
    for (const { month, amount } of expired.filter(({ month }) => reinstates.includes(month))) {
      ledger.append({ ...of, kind: 'reinstatement', amount: yen(-amount), month })
    }
    if (void_) {
      const month = jstMonth(chargedAt)
      const voided = { ...of, occurredAt: chargedAt, month }
      ledger.append({ ...voided, kind: 'expiry', amount: yen(-faceValue) })
    }
  }
}
