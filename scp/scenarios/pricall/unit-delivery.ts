import { clearAlarm, raiseAlarm, settleAlarms } from '../../../platform/alarm.js'
import type { Later } from '../../../platform/deadline.js'
import { Fault } from '../../../platform/fault.js'
import type { Logger } from '../../../platform/log.js'
import type { ScpStore } from '../../store/questions.js'
import type { Mscp } from './mscp.js'
import type { WaitingUnits } from './unit-outbox.js'

export interface UnitDeliveryOptions {
  readonly store: ScpStore
  readonly mscp: Mscp
  readonly later: Later
  readonly log: Logger
}

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
  #round: Promise<void> | undefined
  #again = false
  #closing = false
  #failed = 0
  #callOff = () => {}

  constructor(options: UnitDeliveryOptions) {
    this.#options = options
  }

  /** There may be units to hand over. */
  wake(): void {
    this.#again = true
    if (this.#closing) return
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined
    })
  }

  /** Hands nothing more over; what is under way ends first. */
  async close(): Promise<void> {
    this.#closing = true
    this.#callOff()
    await this.#round
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#closing) {
      this.#again = false
      this.#callOff()
      const allThere = await this.#handOver().catch(error => this.#notice(error))
      this.#count(allThere)
    }
  }

  /** Sends what waits; whether all of it was acknowledged. */
  async #handOver(): Promise<boolean> {
    const { store } = this.#options
    let all = true
    for (let after = 0; !this.#closing; ) {
      const waiting = await store.ask('waitingUnits', { after, max: BATCH_MAX })
      const last = waiting.at(-1)
      if (!last) return all
      after = last.sequence
      const sent = await Promise.all(waiting.map(one => this.#send(one)))
      if (sent.includes('differs')) all = false
      if (sent.includes('not_now')) return false
    }
    return all
  }

  async #send(bought: WaitingUnits): Promise<'there' | 'differs' | 'not_now'> {
    const { store, mscp, log } = this.#options
    const { chargeId, sequence, units } = bought
    try {
      await mscp.add(bought, DEADLINE_MS)
      await store.ask('settleUnits', sequence)
      log.info({ chargeId, units }, 'units added')
      settleAlarms(['UNITS_DIFFER'], { chargeId })
      return 'there'
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'UNITS_DIFFER') {
        this.#notice(error)
        return 'not_now'
      }
      raiseAlarm(log, 'UNITS_DIFFER', 'critical', { chargeId, sequence, units })
      return 'differs'
    }
  }

  /** What keeps units from being handed over passes, or ends the program by itself. */
  #notice(error: unknown): false {
    if (!(error instanceof Fault)) throw error
    this.#options.log.warn({ code: error.code, why: error.message }, 'units not handed over')
    return false
  }

  #count(allThere: boolean): void {
    const { log, later } = this.#options
    if (allThere) {
      if (this.#failed >= ROUNDS_QUIET) clearAlarm(log, 'PEER_UNREACHABLE', { peer: 'MSCP' })
      settleAlarms(['PEER_UNREACHABLE'], { peer: 'MSCP' })
      this.#failed = 0
      return
    }
    this.#failed += 1
    if (this.#failed === ROUNDS_QUIET) {
      raiseAlarm(log, 'PEER_UNREACHABLE', 'major', { peer: 'MSCP', rounds: this.#failed })
    }
    const pauseMs = Math.min(PAUSE_FIRST_MS * 2 ** (this.#failed - 1), PAUSE_LONGEST_MS)
    this.#callOff = later(() => this.wake(), pauseMs)
  }
}
