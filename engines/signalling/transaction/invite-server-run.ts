import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import { type Action, begin, type Event, next, type State } from './invite-server.js'
import type { Received } from './received.js'

/** Runs the machine of `invite-server.ts` for one INVITE. */
export class InviteServerRun {
  readonly kind = 'invite'
  readonly received: Received
  readonly #environment: Environment
  readonly #clockwork: Clockwork
  readonly #ended: () => void
  #state: State = begin[0]
  #answer: Buffer | undefined
  #due: Event | undefined

  constructor(received: Received, environment: Environment, ended: () => void) {
    this.received = received
    this.#environment = environment
    this.#clockwork = new Clockwork(environment.scheduler)
    this.#ended = ended
  }

  get state(): State {
    return this.#state
  }

  /** Whether a final answer can still be given. */
  get open(): boolean {
    return this.#state === 'proceeding'
  }

  /** The INVITE again, or the ACK of its refusal. */
  take(event: 'request' | 'ack') {
    this.#feed(event)
  }

  /** Sends an answer; a 2xx may be given again and again. */
  answer(status: number, bytes: Buffer) {
    this.#answer = bytes
    if (status < 200) this.#feed('answer_provisional')
    else this.#feed(status < 300 ? 'answer_success' : 'answer_failure')
  }

  /** Ends it with nothing said, when nobody answers it or all is closed. */
  drop() {
    this.#state = 'terminated'
    this.#clockwork.stop()
    this.#ended()
  }

  #feed(event: Event) {
    const [state, ...actions] = next(this.#state, event)
    const ends = state === 'terminated' && this.#state !== 'terminated'
    this.#state = state
    for (const action of actions) this.#perform(action)
    if (ends) this.drop()
    const due = this.#due
    this.#due = undefined
    if (due) this.#feed(due)
  }

  #perform(action: Action) {
    const { timers } = this.#environment
    switch (action) {
      case 'send_answer':
      case 'resend':
        if (this.#answer) this.received.path.send(this.#answer)
        break
      case 'start_timer_g':
        if (!this.received.path.reliable) {
          this.#clockwork.repeatAfter(timers.t1Ms, () => this.#feed('timer_g'))
        }
        break
      case 'double_timer_g':
        this.#clockwork.repeatDoubled(() => this.#feed('timer_g'), timers.t2Ms)
        break
      case 'stop_timer_g':
        this.#clockwork.stopRepeating()
        break
      case 'start_timer_h':
        this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#feed('timer_h'))
        break
      case 'stop_timer_h':
        this.#clockwork.stopEnding()
        break
      case 'start_timer_i':
        if (this.received.path.reliable) this.#due = 'timer_i'
        else this.#clockwork.endAfter(timers.t4Ms, () => this.#feed('timer_i'))
        break
      case 'start_timer_l':
        this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#feed('timer_l'))
        break
    }
  }
}
