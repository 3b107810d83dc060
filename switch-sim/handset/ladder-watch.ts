import { CHARGE_LADDER, LADDER_LOG_MESSAGE, type LadderStep } from '../../domain/charge-ladder.js'
import type { LogLine } from './log-follower.js'

/** A step of Figure 3 that a call took. */
export interface StepTaken {
  readonly step: LadderStep
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/**
 * Follows one call through the logs of all programs, and with what the handset itself sees. Each step is
 * told once, by whoever saw it first; ⑬ to ⑰ again for each further card.
 */
export class LadderWatch {
  readonly #names = new Set<string>()
  readonly #taken: StepTaken[] = []
  readonly #told = new Set<StepTaken>()
  /** Lines that belong to no name we know yet: a log may be read before the one that links it. */
  #unknown: LogLine[] = []

  /** The call has this name, its Call-ID. */
  follow(callId: string): void {
    this.#names.add(callId)
  }

  /** Somebody saw the call take a step. */
  took(number: number, atMs: number): void {
    const step = CHARGE_LADDER[number - 1]
    const known = this.#taken.findIndex(
      taken => taken.step === step && Math.abs(taken.atMs - atMs) < SAME_STEP_MS,
    )
    const earlier = this.#taken[known]
    if (!step || (earlier && (this.#told.has(earlier) || earlier.atMs <= atMs))) return
    this.#taken.splice(known < 0 ? this.#taken.length : known, known < 0 ? 0 : 1, { step, atMs })
  }

  /** Takes in what the programs logged. */
  read(lines: readonly LogLine[]): void {
    let left = [...this.#unknown, ...lines.filter(isLadderLine)]
    for (let before = -1; left.length !== before; ) {
      before = left.length
      left = left.filter(line => !this.#isOurs(line))
    }
    this.#unknown = left.slice(-UNKNOWN_MAX)
  }

  /** The steps taken up to a moment that were not told before, in order. */
  through(atMs: number): StepTaken[] {
    const steps = this.#taken
      .filter(taken => taken.atMs <= atMs && !this.#told.has(taken))
      .sort((one, other) => one.atMs - other.atMs || one.step.number - other.step.number)
    for (const taken of steps) this.#told.add(taken)
    return steps
  }

  #isOurs({ callId, legCallId, step, time }: LogLine): boolean {
    if (!this.#knows(callId) && !this.#knows(legCallId)) return false
    for (const name of [callId, legCallId]) if (typeof name === 'string') this.#names.add(name)
    if (typeof step === 'number' && typeof time === 'number') this.took(step, time)
    return true
  }

  #knows(name: unknown): boolean {
    return typeof name === 'string' && this.#names.has(name)
  }
}

/** Two programs that note a step within this time note the same one, in ms; the next card takes longer. */
const SAME_STEP_MS = 3_000

/** Most lines of other calls that are kept in case they turn out to be ours. */
const UNKNOWN_MAX = 1_000

const isLadderLine = ({ msg }: LogLine): boolean => msg === LADDER_LOG_MESSAGE
