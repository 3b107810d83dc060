import { Clockwork } from '../transaction/clockwork.js'
import { type Environment, giveUpMs } from '../transaction/environment.js'

/**
 * A 2xx to an INVITE on its way to the caller: repeated until the ACK comes, over any transport, since one
 * hop that is reliable says nothing of the others (RFC 3261 §13.3.1.4).
 *
 *   waiting ──ACK──► acknowledged
 *      │ └─ gap (repeat; T1, doubling up to T2)
 *      └──64·T1──► given up
 */
export class AcceptedAnswer {
  readonly #environment: Environment
  readonly #clockwork: Clockwork
  readonly #repeat: () => void
  readonly #gaveUp: () => void

  constructor(environment: Environment, repeat: () => void, gaveUp: () => void) {
    this.#environment = environment
    this.#clockwork = new Clockwork(environment.scheduler)
    this.#repeat = repeat
    this.#gaveUp = gaveUp
    this.#clockwork.repeatAfter(environment.timers.t1Ms, () => this.#again())
    this.#clockwork.endAfter(giveUpMs(environment), () => {
      this.stop()
      this.#gaveUp()
    })
  }

  /** The ACK came, or the dialog has ended. */
  stop() {
    this.#clockwork.stop()
  }

  #again() {
    this.#repeat()
    this.#clockwork.repeatDoubled(() => this.#again(), this.#environment.timers.t2Ms)
  }
}
