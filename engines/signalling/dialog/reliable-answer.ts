import { Clockwork } from '../transaction/clockwork.js'
import { type Environment, giveUpMs } from '../transaction/environment.js'

/** What a PRACK says it acknowledges: the value of RAck (RFC 3262 §7.2). */
export const rackOf = (rseq: number, cseqNumber: number): string => `${rseq} ${cseqNumber} INVITE`

/**
 * A provisional response with an RSeq, repeated until its PRACK comes (RFC 3262 §3): first after T1, then
 * after twice the gap each time, without a ceiling; given up after 64·T1.
 */
export class ReliableAnswer {
  readonly rack: string
  /** Whether it has a session description. */
  readonly describes: boolean
  readonly #clockwork: Clockwork
  readonly #repeat: () => void

  constructor(
    rack: string,
    describes: boolean,
    environment: Environment,
    repeat: () => void,
    gaveUp: () => void,
  ) {
    this.rack = rack
    this.describes = describes
    this.#clockwork = new Clockwork(environment.scheduler)
    this.#repeat = repeat
    this.#clockwork.repeatAfter(environment.timers.t1Ms, () => this.#again())
    this.#clockwork.endAfter(giveUpMs(environment), () => {
      this.stop()
      gaveUp()
    })
  }

  /** The PRACK came, or the INVITE has its final answer. */
  stop() {
    this.#clockwork.stop()
  }

  #again() {
    this.#repeat()
    this.#clockwork.repeatDoubled(() => this.#again())
  }
}
