import {
  next,
  QUIET_MS,
  type ReceiverEvent,
  type ReceiverState,
  silent,
} from '../../../platform/rtp/key-receiver.js'
import { type Digit, parseTelephoneEvent } from '../../../platform/rtp/telephone-event.js'
import type { Scheduler, Timer } from '../../signalling/scheduler.js'

/** Told what a caller keys. */
export interface KeyListener {
  /** A key has gone down; its digit follows when it is released. */
  keyPressed(digit: Digit): void
  /** A key was pressed and released. `durationUnits` are 1/8,000 s. */
  digit(digit: Digit, durationUnits: number): void
}

/** The key receiver of one call with its timer: telephone-event payloads in, digits out. */
export class KeyInput {
  readonly #scheduler: Scheduler
  readonly #listener: KeyListener
  #state: ReceiverState = silent
  #quiet: Timer | undefined

  constructor(scheduler: Scheduler, listener: KeyListener) {
    this.#scheduler = scheduler
    this.#listener = listener
  }

  /** A payload of the stream. What is no key is left alone. */
  receive(payload: Buffer, timestamp: number): void {
    const event = parseTelephoneEvent(payload)
    if (event) this.#step({ type: 'packet', timestamp, event })
  }

  /** Another stream begins: a press that the former one left open is over, and timestamps begin anew. */
  beginStream(): void {
    this.#step({ type: 'quiet' })
    this.#state = silent
  }

  /** Reports nothing more. */
  close(): void {
    this.#quiet?.stop()
    this.#state = silent
  }

  #step(event: ReceiverEvent): void {
    const [after, ...actions] = next(this.#state, event)
    this.#state = after
    for (const action of actions) {
      if (action.type === 'pressed') this.#listener.keyPressed(action.digit)
      else if (action.type === 'digit') this.#listener.digit(action.digit, action.duration)
      else this.#quiet?.stop()
      if (action.type === 'start_quiet_timer') {
        this.#quiet = this.#scheduler.after(QUIET_MS, () => this.#step({ type: 'quiet' }))
      }
    }
  }
}
