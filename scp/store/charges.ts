import { strict as assert } from 'node:assert'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { SerialNumber } from '../../domain/card.js'
import type { ChargeAnswer, Permission } from '../../domain/charge-answer.js'
import type { ChargeId } from '../../domain/charge-id.js'
import { isChargeKind, type ScenarioKind } from '../../domain/charge-kind.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { Fault } from '../../platform/fault.js'
import type { Database } from '../../platform/store.js'
import type { Card } from '../rules/card-life.js'
import { type ChargeDecision, decideCharge, type Finding } from '../rules/charge-decision.js'
import { smallestOf } from '../rules/denominations.js'
import { type CapPolicy, permit } from '../rules/month-cap.js'
import type { Credit, CreditPolicy, Scenario, ScenarioCharge } from '../scenarios/scenario.js'
import {
  type CallSession,
  CallSessions,
  isChargeCall,
  type KeptCallSession,
} from './call-sessions.js'
import { Cards, type KeyedDigest } from './cards.js'
import { ChargeLog } from './charge-log.js'
import { Entries, type Entry } from './entries.js'
import { partsOf } from './keys.js'
import { LockLayers, type LockLayersPolicy } from './lock-layers.js'
import { MonthTotals } from './month-totals.js'
import { ScenarioCharges } from './scenario-charges.js'
import type { Stamp } from './stamp.js'
import type { TableVersions } from './table-versions.js'

/** What decides charges, from settings. */
export interface ChargePolicy extends LockLayersPolicy {
  readonly cap: CapPolicy
  readonly credit: CreditPolicy
}

/** Whether a call may charge, and which call that is, for the log. */
export interface Permitted {
  readonly permission: Permission
  readonly callId: string
}

/** What became of one entry, for the caller (`answer`) and for the log (the rest). */
export interface Charged {
  readonly answer: ChargeAnswer
  readonly finding: Finding
  readonly callId: string
  readonly msisdn: Msisdn
  readonly serial: SerialNumber | undefined
  /** First bytes of the digest, hexadecimal, where no card has it. */
  readonly digestPrefix: string | undefined
  /** Whether the entry had been answered before. */
  readonly repeated: boolean
  /** Whether this entry locked the handset, whatever its caller was told; of one that is answered first. */
  readonly handsetNowLocked: boolean
  /** Whether this entry locked the card that it found; of one that is answered first. */
  readonly cardNowLocked: boolean
}

/** Bytes of an unknown digest that are kept: enough to see one number tried again, too few to test guesses. */
const DIGEST_PREFIX_BYTES = 4

/**
 * The charge transaction (architecture, point 4). Each method is one work of the store's one writer:
 * attempt, lock counter, look-up, burn, month total and charge record happen together or not at all.
 * All throw `NO_SUCH_CALL_SESSION` for a token that was never given, or not to a charge call.
 */
export class Charges {
  readonly #policy: ChargePolicy
  readonly #stamp: Stamp
  readonly #sessions: CallSessions
  readonly #cards: Cards
  readonly #entries: Entries
  readonly #locks: LockLayers
  readonly #totals: MonthTotals
  readonly #log: ChargeLog
  readonly #tables: TableVersions
  readonly #added: ScenarioCharges
  readonly #credits: ReadonlyMap<ScenarioKind, Credit>

  constructor(
    store: Database,
    stamp: Stamp,
    policy: ChargePolicy,
    scenarios: readonly Scenario[],
    tables: TableVersions,
  ) {
    this.#policy = policy
    this.#tables = tables
    this.#stamp = stamp
    this.#sessions = new CallSessions(store)
    this.#cards = new Cards(store)
    this.#entries = new Entries(store)
    this.#locks = new LockLayers(store, policy)
    this.#totals = new MonthTotals(store, policy.cap.monthCap)
    this.#log = new ChargeLog(store)
    this.#added = new ScenarioCharges(store)
    this.#credits = new Map(
      scenarios.flatMap(({ charging }) =>
        charging ? [[charging.kind, charging.openCredit(store, policy.credit)] as const] : [],
      ),
    )
  }

  /** Step ⑬: may this call charge, and how much is left this month? */
  permission(token: CallSessionToken): Permitted {
    const { msisdn, kind, callId, beganAt, ended } = this.#session(token)
    // A scenario that runs no more charges nothing, in what calls it left over either.
    if (ended || !this.#credits.has(kind)) throw noSuchCall()
    const at = this.#stamp.now()
    const registered = this.#totals.registered(msisdn, kind, at)
    const held = this.#locks.ofHandset(msisdn, at)
    // A call goes on with the table that was in force when it began (requirement M-05).
    const smallest = smallestOf(this.#tables.at('denominations', beganAt))
    return { permission: permit(held, registered, this.#policy.cap, smallest), callId }
  }

  /**
   * Steps ⑯ and ⑰: uses a card up for the call's number, or says why not. Safe to repeat: the same id
   * gets the same answer, refusals too, so that no card is lost and no wrong number counts twice.
   */
  charge(id: ChargeId, digests: readonly KeyedDigest[]): Charged {
    const session = this.#session(partsOf(id).token)
    const answered = this.#entries.find(id)
    if (answered) return told(answered, session, true)
    // A call that was over when its card came to be looked at charges nothing (requirements §4).
    if (session.ended || !this.#credits.has(session.kind)) throw noSuchCall()

    const at = this.#stamp.now()
    const card = this.#cards.find(digests)
    const decision = this.#decide(session, card, at)
    const locking = this.#countWrong(session, decision, probedSerial(card), at)
    const outcome = this.#carryOut(id, session, decision, locking.handset, at)
    const digestPrefix = card ? undefined : prefixOf(digests)
    const lockedHandset = locking.handset
    const entry = { answeredAt: at, ...outcome, lockedHandset, serial: card?.serial, digestPrefix }
    return this.#answer(id, session, entry, locking.card)
  }

  /**
   * What became of an entry, asked when its answer did not arrive. An entry of which nothing is
   * recorded is recorded as abandoned, so that a charge still under way can no longer succeed.
   */
  conclude(id: ChargeId): Charged {
    const session = this.#session(partsOf(id).token)
    const answered = this.#entries.find(id)
    if (answered) return told(answered, session, true)
    const entry = {
      answer: { outcome: 'abandoned' },
      finding: 'abandoned',
      answeredAt: this.#stamp.now(),
      lockedHandset: false,
      serial: undefined,
      digestPrefix: undefined,
    } as const
    return this.#answer(id, session, entry, false)
  }

  #session(token: CallSessionToken): KeptCallSession {
    const session = this.#sessions.find(token)
    if (!session || !isChargeCall(session)) throw noSuchCall()
    return session
  }

  #decide({ msisdn, kind }: CallSession, card: Card | undefined, at: EpochMs): ChargeDecision {
    const held = this.#locks.ofHandset(msisdn, at)
    const cardLocked = this.#locks.isCardLocked(card?.serial)
    const registered = this.#totals.registered(msisdn, kind, at)
    const facts = { caller: msisdn, at, ...held, card, cardLocked, registered }
    return decideCharge(facts, this.#policy.cap)
  }

  /** A handset that hears nothing of a card says nothing against it, either. */
  #countWrong(
    { msisdn }: CallSession,
    decision: ChargeDecision,
    serial: SerialNumber | undefined,
    at: EpochMs,
  ): { readonly handset: boolean; readonly card: boolean } {
    if (decision.outcome === 'unusable') return this.#locks.countWrong(msisdn, serial, at)
    const wrong = 'wrong' in decision && decision.wrong
    return wrong ? this.#locks.countWrong(msisdn, undefined, at) : NOTHING_LOCKED
  }

  #carryOut(
    id: ChargeId,
    session: CallSession,
    decision: ChargeDecision,
    nowLocked: boolean,
    at: EpochMs,
  ): Pick<Entry, 'answer' | 'finding'> {
    const { msisdn, kind } = session
    switch (decision.outcome) {
      case 'locked':
      case 'must_wait':
        return { answer: { outcome: decision.outcome }, finding: decision.outcome }
      case 'unusable':
        return { answer: { outcome: 'unusable', nowLocked }, finding: decision.because }
      case 'own_card': {
        const { faceValue } = decision.card
        const registered = this.#totals.registered(msisdn, kind, at)
        return { answer: { outcome: 'own_card', faceValue, registered }, finding: 'own_card' }
      }
      case 'over_month_cap': {
        const { remaining } = decision
        const { faceValue } = decision.card
        const answer = { outcome: 'over_month_cap', faceValue, remaining } as const
        return { answer, finding: 'over_month_cap' }
      }
      case 'redeem':
        return { answer: this.#redeem(id, session, decision.card, at), finding: 'redeemed' }
    }
  }

  /**
   * The guarded writes. The decision was read in this same transaction, which no other writer can be
   * in; a guard that does not take is a broken promise of ours, and undoes the whole.
   */
  #redeem(id: ChargeId, session: CallSession, card: Card, at: EpochMs): ChargeAnswer {
    const { msisdn, kind } = session
    const { serial, faceValue } = card
    assert(this.#cards.burn(serial, msisdn, at), `card ${serial} could not be burned`)
    const registered = this.#totals.add(msisdn, kind, at, faceValue)
    assert(registered !== undefined, `card ${serial} did not fit under the month's cap`)
    const record = { chargeId: id, msisdn, kind, serial, faceValue, chargedAt: at }
    const sequence = this.#append(record)
    this.#locks.handsets.countSuccess(msisdn)
    const credit = this.#credits.get(kind)
    assert(credit, `no scenario credits ${kind}`)
    return credit({ record, sequence, registered })
  }

  #append(charge: ScenarioCharge): number {
    const { kind } = charge
    return isChargeKind(kind) ? this.#log.append({ ...charge, kind }) : this.#added.append(charge)
  }

  #answer(id: ChargeId, session: CallSession, entry: Entry, cardNowLocked: boolean): Charged {
    this.#entries.record(id, entry)
    const handsetNowLocked = entry.lockedHandset
    return { ...told(entry, session, false), handsetNowLocked, cardNowLocked }
  }
}

/** Which card was probed: one that is not made to its end is in nobody's hands, and an import may still drop it. */
const probedSerial = (card: Card | undefined): SerialNumber | undefined =>
  card?.batchState === 'planned' ? undefined : card?.serial

const told = (entry: Entry, { callId, msisdn }: CallSession, repeated: boolean): Charged => ({
  answer: entry.answer,
  finding: entry.finding,
  callId,
  msisdn,
  serial: entry.serial,
  digestPrefix: entry.digestPrefix?.toString('hex'),
  repeated,
  handsetNowLocked: false,
  cardNowLocked: false,
})

const NOTHING_LOCKED = { handset: false, card: false }

const prefixOf = ([newest]: readonly KeyedDigest[]): Buffer | undefined =>
  newest && Buffer.from(newest.digest.subarray(0, DIGEST_PREFIX_BYTES))

const noSuchCall = (): Fault =>
  new Fault('NO_SUCH_CALL_SESSION', 'The token names no call that is under way.')
