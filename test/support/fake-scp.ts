import type { BalanceAnswer } from '../../domain/balance-answer.js'
import type { CallNotice } from '../../domain/call-notice.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import type { ChargeAnswer, Permission } from '../../domain/charge-answer.js'
import { yen } from '../../domain/yen.js'
import type { CallTime } from '../../ivr/call-time.js'
import type { Entry, Scp } from '../../ivr/scp.js'
import { Fault } from '../../platform/fault.js'

/** How one question fares on its way. */
export interface Fate {
  /** How long the answer takes, in ms; over the deadline there is none. */
  readonly takesMs: number
  /** Whether the question reaches scp at all. */
  readonly arrives: boolean
  /** scp refuses it by this code. */
  readonly refused?: 'NO_SUCH_CALL_SESSION' | 'OVERLOADED'
}

export const AT_ONCE: Fate = { takesMs: 0, arrives: true }

/** The answer is lost on its way, though the question was carried out. */
export const ANSWER_LOST: Fate = { takesMs: Number.POSITIVE_INFINITY, arrives: true }

/** Nobody is there. */
export const LOST: Fate = { takesMs: 0, arrives: false }

/**
 * scp as ivr sees it over the wire: keeps one answer an entry, like the real one, and lets each question
 * fare as the test says.
 */
export class FakeScp implements Scp {
  permissionAnswer: Permission = {
    outcome: 'permitted',
    registered: yen(0),
    remaining: yen(50_000),
  }
  balanceAnswer: BalanceAnswer = {
    outcome: 'pricall',
    registered: yen(0),
    locked: false,
    units: null,
  }
  /** What a PIN that is tried is answered. */
  decide: (pin: Pin) => ChargeAnswer = () => ({ outcome: 'unusable', nowLocked: false })
  /** Fates of the questions to come, in order; then all fare as the last. */
  fates: Fate[] = [AT_ONCE]
  /** `permission`, `charge 1`, `conclude 1`, with the moment each was asked. */
  readonly asked: (readonly [what: string, atMs: number])[] = []
  /** The one answer to each entry, as the store holds it. */
  readonly recorded = new Map<number, ChargeAnswer>()
  /** What ivr told of the call, with how many entries there had been. */
  readonly notices: (readonly [CallNotice, number])[] = []
  readonly #time: CallTime

  constructor(time: CallTime) {
    this.#time = time
  }

  get questions(): string[] {
    return this.asked.map(([what]) => what)
  }

  permission(_session: CallSessionToken, deadlineMs: number): Promise<Permission> {
    return this.#ask('permission', deadlineMs, () => this.permissionAnswer)
  }

  charge({ entry }: Entry, pin: Pin, deadlineMs: number): Promise<ChargeAnswer> {
    return this.#ask(`charge ${entry}`, deadlineMs, () => this.#record(entry, this.decide(pin)))
  }

  conclude({ entry }: Entry, deadlineMs: number): Promise<ChargeAnswer> {
    return this.#ask(`conclude ${entry}`, deadlineMs, () =>
      this.#record(entry, { outcome: 'abandoned' }),
    )
  }

  /** Entries whose results callers heard. */
  readonly heardOf: number[] = []

  async heard({ entry }: Entry): Promise<void> {
    this.heardOf.push(entry)
  }

  async notice({ entry }: Entry, notice: CallNotice): Promise<void> {
    this.notices.push([notice, entry])
  }

  balance(_session: CallSessionToken, deadlineMs: number): Promise<BalanceAnswer> {
    return this.#ask('balance', deadlineMs, () => this.balanceAnswer)
  }

  #record(entry: number, answer: ChargeAnswer): ChargeAnswer {
    const first = this.recorded.get(entry) ?? answer
    this.recorded.set(entry, first)
    return first
  }

  #ask<T>(what: string, deadlineMs: number, answer: () => T): Promise<T> {
    this.asked.push([what, this.#time.nowMs()])
    const fate = (this.fates.length > 1 ? this.fates.shift() : this.fates[0]) ?? AT_ONCE
    return new Promise((resolve, reject) => {
      if (!fate.arrives) return reject(new Fault('PEER_UNREACHABLE', 'nobody is there'))
      if (fate.refused) return reject(new Fault(fate.refused, 'scp refused'))
      const given = answer()
      if (fate.takesMs <= deadlineMs) this.#time.after(fate.takesMs, () => resolve(given))
      else {
        this.#time.after(deadlineMs, () => reject(new Fault('PEER_UNREACHABLE', 'no answer')))
      }
    })
  }
}
