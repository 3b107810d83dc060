import type { ChargeId } from '../../domain/charge-id.js'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { LimitAlarm } from '../../platform/limit-alarm.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import type { ScpStore } from '../store/questions.js'
import type { Mscp } from './mscp.js'
import type { WaitingUnits } from './unit-outbox.js'

export interface UnitDeliveryOptions {
  readonly store: ScpStore
  readonly mscp: Mscp
  readonly later: Later
  readonly log: Logger
}

/** What the alarm of a fault of our own is about. */
const WHAT = 'units not handed over'

/** Most units on their way at once: they share the MSCP's commits. */
const BATCH_MAX = 50

/** Longest wait for one acknowledgement, in ms. */
const DEADLINE_MS = 5_000

/** First and longest pause before what was not acknowledged is sent again, in ms. */
const PAUSE_FIRST_MS = 100
const PAUSE_LONGEST_MS = 5_000

/** Rounds that fail before it is an alarm: a switch that starts anew is none. */
const ROUNDS_QUIET = 5

/**
 * Hands units over to the MSCP, oldest first, again and again until each is acknowledged. The MSCP knows a
 * charge id that it has seen, so nothing is added twice; the outbox forgets nothing, so nothing is lost.
 */
export class UnitDelivery {
  readonly #options: UnitDeliveryOptions
  readonly #rounds
  readonly #unreachable
  /** Rounds in a row after which something was left, and of them those in which the MSCP did not answer. */
  #left = 0
  #unanswered = 0
  /** Charge ids under which the MSCP has other units, as this run of the program was told. */
  readonly #differing = new Set<ChargeId>()

  constructor(options: UnitDeliveryOptions) {
    this.#options = options
    const { log } = options
    const about = { peer: 'MSCP' }
    this.#unreachable = new LimitAlarm({ log, code: 'PEER_UNREACHABLE', severity: 'major', about })
    const work = () => this.#round()
    this.#rounds = new Rounds({ ...options, work, what: WHAT, retryMs: PAUSE_LONGEST_MS })
  }

  /** There may be units to hand over. */
  wake(): void {
    void this.#rounds.run()
  }

  /** Hands nothing more over; what is under way ends first. */
  close(): Promise<void> {
    return this.#rounds.close()
  }

  /** Answers the pause before what is left is sent again. */
  async #round(): Promise<number | undefined> {
    const left = await this.#handOver()
    this.#left = left === 'nothing' ? 0 : this.#left + 1
    this.#unanswered = left === 'not_now' ? this.#unanswered + 1 : 0
    const rounds = this.#unanswered
    this.#unreachable.judge(
      rounds === 0 ? 'within' : rounds >= ROUNDS_QUIET ? 'beyond' : 'between',
      { rounds },
    )
    if (this.#left === 0) return undefined
    return Math.min(PAUSE_FIRST_MS * 2 ** (this.#left - 1), PAUSE_LONGEST_MS)
  }

  /** Sends what waits; what is left of it. */
  async #handOver(): Promise<'nothing' | 'differs' | 'not_now'> {
    const { store } = this.#options
    let left: 'nothing' | 'differs' = 'nothing'
    for (let after = 0; !this.#rounds.closing; ) {
      const waiting = await store.ask('waitingUnits', { after, max: BATCH_MAX })
      const last = waiting.at(-1)
      if (!last) return left
      after = last.sequence
      const sent = await Promise.all(waiting.map(one => this.#send(one)))
      if (sent.includes('differs')) left = 'differs'
      if (sent.includes('not_now')) return 'not_now'
    }
    return left
  }

  async #send(bought: WaitingUnits): Promise<'there' | 'differs' | 'not_now'> {
    const { store, mscp, log } = this.#options
    const { chargeId, sequence, units } = bought
    try {
      await mscp.add(bought, DEADLINE_MS)
      await store.ask('settleUnits', sequence)
      log.info({ chargeId, units }, 'units added')
      settleAlarms(['UNITS_DIFFER'], { chargeId })
      this.#differing.delete(chargeId)
      return 'there'
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (error.code !== 'UNITS_DIFFER') {
        log.warn({ code: error.code, why: error.message }, 'units not handed over')
        return 'not_now'
      }
      // Once: an operator ends it, who needs no new one each time that it is tried again.
      if (!this.#differing.has(chargeId)) {
        this.#differing.add(chargeId)
        raiseAlarm(log, 'UNITS_DIFFER', 'critical', { chargeId, sequence, units })
      }
      return 'differs'
    }
  }
}
