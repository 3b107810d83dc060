import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Database } from '../../platform/store.js'
import {
  afterGuess,
  type Brake,
  type BrakePolicy,
  brakes,
  guessLimit,
  minuteOf,
  USUAL_FROM_MINUTES,
  USUAL_TO_MINUTES,
} from '../rules/guess-brake.js'

interface Row {
  readonly sequence: number
  readonly began_at: number
  readonly until: number
  readonly wrong: number
  readonly rate_limit: number
  readonly ended_at: number | null
}

/** The whole service's brake on guessing (requirement §5.4, fault test XP3): its counts and its times. */
export class GuessBrake {
  readonly #policy: BrakePolicy
  readonly #last
  readonly #count
  readonly #begin
  readonly #goOn
  readonly #end
  readonly #past
  readonly #forgetOld
  /** The limit of a minute, which what came before it decides. */
  #limit = { minute: -1, limit: 0 }

  constructor(store: Database, policy: BrakePolicy) {
    this.#policy = policy
    this.#last = lastBrake(store)
    this.#count = store
      .prepare<[number], number>(
        `INSERT INTO wrong_entry_minute (minute, wrong) VALUES (?, 1)
         ON CONFLICT (minute) DO UPDATE SET wrong = wrong + 1 RETURNING wrong`,
      )
      .pluck()
    this.#begin = store.prepare<Omit<Row, 'sequence' | 'ended_at'>>(
      `INSERT INTO guess_brake (began_at, until, wrong, rate_limit)
       VALUES (@began_at, @until, @wrong, @rate_limit)`,
    )
    this.#goOn = store.prepare<{ until: number; wrong: number }>(
      `UPDATE guess_brake SET until = @until, wrong = @wrong
       WHERE sequence = (SELECT max(sequence) FROM guess_brake)`,
    )
    this.#end = store.prepare<[number, string, string]>(
      `UPDATE guess_brake SET ended_at = ?, ended_by = ?, end_reason = ?
       WHERE sequence = (SELECT max(sequence) FROM guess_brake)`,
    )
    this.#past = store.prepare<
      [number, number, number],
      { first: number | null; wrong: number | null }
    >(
      `SELECT (SELECT min(minute) FROM wrong_entry_minute WHERE minute >= ?) AS first,
         (SELECT sum(wrong) FROM wrong_entry_minute WHERE minute >= ? AND minute < ?) AS wrong`,
    )
    this.#forgetOld = store.prepare<[number]>('DELETE FROM wrong_entry_minute WHERE minute < ?')
  }

  /** The last time of braking, whether over or not. */
  last(): Brake | undefined {
    return this.#last()
  }

  /** The time of braking that a moment lies in. */
  standing(at: EpochMs): Brake | undefined {
    const last = this.last()
    return brakes(last, at) ? last : undefined
  }

  /** Counts a wrong number, whoever keyed it; the service brakes where it was one too many. */
  countWrong(at: EpochMs): void {
    const minute = minuteOf(at)
    const wrong = this.#count.get(minute) ?? 0
    const before = this.last()
    const after = afterGuess(before, { wrong, limit: this.#limitOf(minute), at }, this.#policy)
    if (!after) return
    const { beganAt, until, limit } = after
    if (brakes(before, at)) this.#goOn.run({ until, wrong: after.wrong })
    else this.#begin.run({ began_at: beganAt, until, wrong: after.wrong, rate_limit: limit })
  }

  /** Ends the time of braking that stands. One wrong number more that is over the limit begins another. */
  end(at: EpochMs, by: { readonly person: string; readonly reason: string }): void {
    this.#end.run(at, by.person, by.reason)
  }

  #limitOf(minute: number): number {
    if (this.#limit.minute === minute) return this.#limit.limit
    const from = minute - USUAL_FROM_MINUTES
    const to = minute - USUAL_TO_MINUTES
    this.#forgetOld.run(from)
    const { first = null, wrong = null } = this.#past.get(from, from, to) ?? {}
    const past = { wrong: wrong ?? 0, minutes: first === null ? 0 : Math.max(0, to - first) }
    this.#limit = { minute, limit: guessLimit(past, this.#policy) }
    return this.#limit.limit
  }
}

/** Reads the last time of braking, also where nothing is counted. */
export function lastBrake(store: Database): () => Brake | undefined {
  const last = store.prepare<[], Row>('SELECT * FROM guess_brake ORDER BY sequence DESC LIMIT 1')
  return () => {
    const row = last.get()
    if (!row) return undefined
    const beganAt = epochMs(row.began_at)
    const until = epochMs(Math.min(row.until, row.ended_at ?? row.until))
    return { beganAt, until, wrong: row.wrong, limit: row.rate_limit }
  }
}
