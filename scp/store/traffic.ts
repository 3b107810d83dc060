import type { CallRefusal } from '../../domain/call-refusal.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { TrafficKind, TrafficMeasure } from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { QUARTER_HOUR_MS, startOfQuarterHour } from '../../domain/jst.js'
import type { Database } from '../../platform/store.js'
import { type CallEnding, resultOfCall } from '../rules/call-result.js'
import { CallPeaks } from './call-peaks.js'
import {
  type CallSession,
  CallSessions,
  isChargeCall,
  type NewCallSession,
} from './call-sessions.js'
import { Entries } from './entries.js'
import { trafficKinds, trafficMeasures } from './keys.js'
import type { Locks } from './locks.js'

/** The end of a call session. */
export interface EndedCall {
  readonly token: CallSessionToken
  readonly ending: CallEnding
}

/** Calls that were refused before they had a session, of one kind and for one reason. */
export interface RefusedCalls {
  readonly kind: TrafficKind
  readonly refusal: CallRefusal
  readonly calls: number
}

// biome-ignore format: table
const MEASURE_OF_REFUSAL: Readonly<Record<CallRefusal, TrafficMeasure>> = {
  'no-identity':     'no_identity',
  'not-in-service':  'not_in_service',
  'not-served':      'not_in_service',
  'service-stopped': 'service_stopped',
  congestion:        'congestion',
}

/**
 * チャージトラヒック (seed 004 Table 5, requirement M-13): counts each call in the work that ends its session,
 * so that an ended call is counted once, whatever is killed when, and one that was left open is counted
 * when it is closed. Calls to 157 are no charge traffic. No charge waits for any of this.
 */
export class TrafficLog {
  readonly #sessions: CallSessions
  readonly #entries: Entries
  readonly #locks: Locks
  readonly #peaks: CallPeaks
  readonly #add
  readonly #addHolding
  readonly #unclosed
  readonly #close

  constructor(store: Database, locks: Locks) {
    this.#sessions = new CallSessions(store)
    this.#entries = new Entries(store)
    this.#locks = locks
    this.#peaks = new CallPeaks(store)
    this.#add = store.prepare<[number, number, number, number]>(
      `INSERT INTO traffic_count (began_at, charge_kind, measure, amount) VALUES (?, ?, ?, ?)
       ON CONFLICT (began_at, charge_kind, measure) DO UPDATE
         SET amount = amount + excluded.amount`,
    )
    this.#addHolding = store.prepare<[number, number, number]>(
      `INSERT INTO traffic_holding (began_at, charge_kind, seconds, calls) VALUES (?, ?, ?, 1)
       ON CONFLICT (began_at, charge_kind, seconds) DO UPDATE SET calls = calls + 1`,
    )
    this.#unclosed = store
      .prepare<[number], number>(
        `SELECT began_at FROM quarter_hour_file
         WHERE began_at > coalesce((SELECT max(began_at) FROM traffic_quarter_hour), -1)
         ORDER BY began_at LIMIT ?`,
      )
      .pluck()
    this.#close = store.prepare<[number, number]>(
      'INSERT INTO traffic_quarter_hour (began_at, now_locked) VALUES (?, ?)',
    )
  }

  /** Opens a call session; `false` when this very INVITE opened one before. */
  open(session: NewCallSession, at: EpochMs): boolean {
    this.#peaks.reach(at)
    const opened = this.#sessions.open(session, at)
    if (opened && isChargeCall(session)) this.#peaks.change(session.kind, 1)
    return opened
  }

  /**
   * Ends a call session and counts its call; `false` when it had ended, or never was, and is left alone.
   */
  end({ token, ending }: EndedCall, at: EpochMs): boolean {
    const session = this.#sessions.find(token)
    if (!session || session.ended) return false
    this.#peaks.reach(at)
    this.#sessions.end(token, at)
    if (isChargeCall(session)) this.#countEnded(session, ending, at)
    return true
  }

  #countEnded(session: CallSession, ending: CallEnding, at: EpochMs): void {
    this.#peaks.change(session.kind, -1)
    const { kind, told, token } = session
    if (ending.how !== 'answered') {
      this.#count(at, kind, ending.how, 1)
      return
    }
    const { last, entries, locking } = this.#entries.ofCall(token)
    this.#count(at, kind, resultOfCall({ lastEntry: last, told }), 1)
    this.#count(at, kind, 'entries', entries)
    this.#count(at, kind, 'newly_locked', locking)
    if (ending.heldMs !== undefined) this.#countHeld(at, kind, ending.heldMs)
  }

  /** Counts calls that were refused before they had a session. */
  countRefused(refused: readonly RefusedCalls[], at: EpochMs): void {
    for (const { kind, refusal, calls } of refused) {
      this.#count(at, kind, MEASURE_OF_REFUSAL[refusal], calls)
    }
  }

  /** Closes the traffic of quarter-hours that are closed: no call can be counted in them any more. */
  closeEnded(max: number): void {
    for (const beganAt of this.#unclosed.all(max)) {
      this.#close.run(beganAt, this.#locks.countLocked(epochMs(beganAt + QUARTER_HOUR_MS)))
    }
  }

  #count(at: EpochMs, kind: TrafficKind, measure: TrafficMeasure, amount: number): void {
    if (amount === 0) return
    const beganAt = startOfQuarterHour(at)
    this.#add.run(beganAt, trafficKinds.code(kind), trafficMeasures.code(measure), amount)
  }

  #countHeld(at: EpochMs, kind: TrafficKind, heldMs: number): void {
    this.#count(at, kind, 'held_calls', 1)
    this.#count(at, kind, 'held_ms', Math.round(heldMs))
    const seconds = Math.ceil(heldMs / 1000)
    this.#addHolding.run(startOfQuarterHour(at), trafficKinds.code(kind), seconds)
  }
}
