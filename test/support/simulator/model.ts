import type { ChargeAnswer, Permission } from '../../../domain/charge-answer.js'
import type { ChargeId } from '../../../domain/charge-id.js'
import type { ChargeKind } from '../../../domain/charge-kind.js'
import type { EpochMs } from '../../../domain/clock.js'
import { jstMonth } from '../../../domain/jst.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { units } from '../../../domain/units.js'
import { yen } from '../../../domain/yen.js'
import type { Finding } from '../../../scp/rules/charge-decision.js'

/** A card as the model holds it. */
export interface ModelCard {
  readonly serial: number
  readonly faceValue: number
  readonly active: boolean
  readonly expiresAt: EpochMs | undefined
  used?: { readonly by: Msisdn; readonly at: EpochMs; readonly kind: ChargeKind }
}

/** A call as the model holds it. */
export interface ModelCall {
  readonly msisdn: Msisdn
  readonly kind: ChargeKind
  ended: boolean
}

interface Handset {
  consecutive: number
  window: number
  locked: boolean
}

/** What scp must answer: the caller's answer, and the true reason. `undefined`: there is no such call. */
export type ModelAnswer = { readonly answer: ChargeAnswer; readonly finding: Finding } | undefined

const CAP = 50_000
const DAY_MS = 86_400_000

/** scp as its rules have it, in maps: what the simulator holds the real one against. */
export class Model {
  readonly cards = new Map<string, ModelCard>()
  readonly handsets = new Map<Msisdn, Handset>()
  readonly #answers = new Map<ChargeId, ModelAnswer>()

  handset(msisdn: Msisdn): Handset {
    const handset = this.handsets.get(msisdn) ?? { consecutive: 0, window: 0, locked: false }
    this.handsets.set(msisdn, handset)
    return handset
  }

  used(): ModelCard[] {
    return [...this.cards.values()].filter(({ used }) => used)
  }

  registered({ msisdn, kind }: ModelCall, at: EpochMs): number {
    return this.used()
      .filter(({ used }) => used?.by === msisdn && used.kind === kind)
      .filter(({ used }) => used && jstMonth(used.at) === jstMonth(at))
      .reduce((sum, { faceValue }) => sum + faceValue, 0)
  }

  permission(call: ModelCall, at: EpochMs): Permission | undefined {
    if (call.ended) return undefined
    if (this.handset(call.msisdn).locked) return { outcome: 'locked' }
    const registered = yen(this.registered(call, at))
    if (CAP - registered < 500) return { outcome: 'at_month_cap', registered, cap: yen(CAP) }
    return { outcome: 'permitted', registered, remaining: yen(CAP - registered) }
  }

  charge(id: ChargeId, call: ModelCall, pin: string, at: EpochMs): ModelAnswer {
    return this.#once(id, () => (call.ended ? undefined : this.#decide(call, pin, at)))
  }

  conclude(id: ChargeId): ModelAnswer {
    return this.#once(id, () => ({ answer: { outcome: 'abandoned' }, finding: 'abandoned' }))
  }

  #once(id: ChargeId, decide: () => ModelAnswer): ModelAnswer {
    const answer = this.#answers.get(id) ?? decide()
    if (answer) this.#answers.set(id, answer)
    return answer
  }

  #decide(call: ModelCall, pin: string, at: EpochMs): ModelAnswer {
    const card = this.cards.get(pin)
    const handset = this.handset(call.msisdn)
    const finding = judge(card, call, at)
    const usable = finding === 'own_card' || finding === 'redeemed'
    if (!usable) {
      handset.consecutive++
      handset.window++
    }
    if (handset.locked) return { answer: { outcome: 'locked' }, finding: 'locked' }
    if (!usable || !card) {
      handset.locked = handset.consecutive >= 5 || handset.window >= 20
      return { answer: { outcome: 'unusable', nowLocked: handset.locked }, finding }
    }
    const faceValue = yen(card.faceValue)
    const before = this.registered(call, at)
    if (finding === 'own_card') {
      return { answer: { outcome: finding, faceValue, registered: yen(before) }, finding }
    }
    if (before + faceValue > CAP) {
      const outcome = 'over_month_cap'
      return { answer: { outcome, faceValue, remaining: yen(CAP - before) }, finding: outcome }
    }
    card.used = { by: call.msisdn, at, kind: call.kind }
    handset.consecutive = 0
    const charged = { faceValue, registered: yen(before + faceValue), chargedAt: at }
    if (call.kind === 'mobilers') return { answer: { outcome: 'redeemed', ...charged }, finding }
    return { answer: { outcome: 'units_added', units: units(faceValue / 10), ...charged }, finding }
  }
}

/** Why a card can or cannot be used, the cap apart. */
function judge(card: ModelCard | undefined, { msisdn }: ModelCall, at: EpochMs) {
  if (!card) return 'unknown'
  if (card.used) {
    return card.used.by === msisdn && at < card.used.at + DAY_MS ? 'own_card' : 'used'
  }
  if (!card.active) return 'not_active'
  if (card.expiresAt !== undefined && at >= card.expiresAt) return 'expired'
  return 'redeemed'
}
