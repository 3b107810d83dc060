import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  addMonths,
  DAY_MS,
  type JstDay,
  type JstMonth,
  jstDay,
  jstMonth,
} from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { balanceFrom } from '../aris/visible.js'
import type { ContractId } from '../contract.js'

/** A charge as a shop may see it. */
export interface AladinCharge {
  readonly msisdn: string
  readonly serial: string
  readonly faceValue: Yen
  readonly chargedAt: EpochMs
}

/** An entry of the ledger with the charge that it credits. */
export interface AladinEntry {
  readonly kind: string
  readonly amount: Yen
  readonly month: JstMonth
  readonly occurredAt: EpochMs
  readonly bookedAt: EpochMs
}

/** What one month's invoice was paid of the balance. */
export interface AladinApplication {
  readonly month: JstMonth
  readonly applied: Yen
  readonly carriedOut: Yen
}

/** All that billing holds of a contract, of which ALADIN shows what was summed up. */
export interface AladinKnowledge {
  readonly contract: ContractId
  readonly charges: readonly AladinCharge[]
  readonly entries: readonly AladinEntry[]
  readonly applications: readonly AladinApplication[]
  /** The last day of which billing has all charges; `undefined` when there is none yet. */
  readonly confirmedThrough: JstDay | undefined
  /** When each month of use was closed. */
  readonly closedMonths: readonly { readonly month: JstMonth; readonly closedAt: EpochMs }[]
}

/** What a shop's terminal shows (requirement S-28). */
export interface AladinView {
  readonly contract: ContractId
  /** The day up to which billing had summed up; all figures are of its end. */
  readonly asOf: JstDay
  /** The newest first. */
  readonly charges: readonly AladinCharge[]
  /** Registered in the month of `asOf`, up to it. */
  readonly registeredYen: Yen
  readonly balanceYen: Yen
  /** 適用予定額: what the next invoice is offered of the balance. */
  readonly scheduledYen: Yen
  /** The month of use that this invoice bills. */
  readonly scheduledMonth: JstMonth
  readonly validUntil: JstDay | null
  /** Applied so far, the newest month first. */
  readonly applications: readonly AladinApplication[]
}

/** S-28: 前々日まで. */
const SUMMED_UP_AFTER_DAYS = 2

/**
 * The day up to which a shop's terminal sees at a moment: the day before yesterday, or the last day that is
 * complete where that is earlier; `undefined` while no day is.
 */
export function aladinAsOf(confirmedThrough: JstDay | undefined, now: EpochMs): JstDay | undefined {
  const twoDaysAgo = jstDay(epochMs(now - SUMMED_UP_AFTER_DAYS * DAY_MS))
  if (confirmedThrough === undefined) return undefined
  return confirmedThrough < twoDaysAgo ? confirmedThrough : twoDaysAgo
}

/** What ALADIN shows of a contract: the sums at the end of a day. */
export function aladinView(known: AladinKnowledge, asOf: JstDay): AladinView {
  const seen = known.entries
    .filter(entry => dayOf(entry) <= asOf)
    .map(({ kind, amount, month, occurredAt }) => ({
      ...{ amount, month, day: undefined },
      chargedAt: kind === 'charge' ? occurredAt : undefined,
    }))
  const closed = known.closedMonths
    .filter(({ closedAt }) => jstDay(closedAt) <= asOf)
    .map(({ month }) => month)
  const month = asOf.slice(0, 7) as JstMonth
  const scheduledMonth = addMonths(closed.toSorted().at(-1) ?? addMonths(month, -2), 1)
  const charges = known.charges.filter(({ chargedAt }) => jstDay(chargedAt) <= asOf)
  const { nextApplicationYen, balanceYen, validUntil } = balanceFrom(seen, scheduledMonth, month)
  const thisMonth = charges.filter(({ chargedAt }) => jstMonth(chargedAt) === month)
  return {
    contract: known.contract,
    asOf,
    charges: charges.toSorted((a, b) => b.chargedAt - a.chargedAt),
    registeredYen: yen(thisMonth.reduce((sum, { faceValue }) => sum + faceValue, 0)),
    balanceYen,
    scheduledYen: nextApplicationYen,
    scheduledMonth,
    validUntil,
    applications: known.applications
      .filter(one => closed.includes(one.month))
      .toSorted((a, b) => (a.month < b.month ? 1 : -1)),
  }
}

/** A charge counts from its own day on, anything else from the day it was booked. */
const dayOf = ({ kind, occurredAt, bookedAt }: AladinEntry): JstDay =>
  jstDay(kind === 'charge' ? occurredAt : bookedAt)
