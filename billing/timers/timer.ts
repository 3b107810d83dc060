import type { EpochMs } from '../../domain/clock.js'

/**
 * One supervision by time (seed 004 §4.3(2); requirements F-05, F-06): after the set time a message goes
 * to the program that asked for it or to another one, or a job is started.
 */
export interface Timer {
  /** Names it: starting one again under its name restarts it. */
  readonly name: string
  /** Deadline on the network's clock. */
  readonly dueAt: EpochMs
  /**
   * What it is about, for whoever is told: a message may come twice when a program is killed between
   * telling and forgetting, so that the receiver must be able to see that it is an old one.
   */
  readonly about: string
  readonly effect: TimerEffect
}

export type TimerEffect =
  /** Tells a program by its name; `billing` is the requester itself. */
  | { readonly does: 'notify'; readonly program: string }
  /** Starts a job of billing by its name. */
  | { readonly does: 'start_job'; readonly job: string }

/** What a program is told: `POST /timer-notices` on its socket. */
export interface TimerNotice {
  readonly timer: string
  readonly about: string
}
