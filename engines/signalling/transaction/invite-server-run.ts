import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import { type Action, begin, type Event, next, type State } from './invite-server.js'
import { MachineRun } from './machine-run.js'
import type { Received } from './received.js'

/** Runs the machine of `invite-server.ts` for one INVITE. */
export class InviteServerRun {
  readonly kind = 'invite'
  readonly received: Received
  readonly #environment: Environment
  readonly #clockwork: Clockwork
  readonly #machine: MachineRun<State, Event, Action>
  #answer: Buffer | undefined

  constructor(received: Received, environment: Environment, ended: () => void) {
    this.received = received
    this.#environment = environment
    this.#clockwork = new Clockwork(environment.scheduler)
    this.#machine = new MachineRun(begin[0], {
      next,
      perform: action => this.#perform(action),
      ended: () => {
        this.#clockwork.stop()
        ended()
      },
    })
  }

  get state(): State {
    return this.#machine.state
  }

  /** Whether a final answer can still be given. */
  get open(): boolean {
    return this.#machine.state === 'proceeding'
  }

  /** The INVITE again, or the ACK of its refusal. */
  take(event: 'request' | 'ack') {
    this.#machine.feed(event)
  }

  /** Sends an answer; a 2xx may be given again and again. */
  answer(status: number, bytes: Buffer) {
    this.#answer = bytes
    if (status < 200) this.#machine.feed('answer_provisional')
    else this.#machine.feed(status < 300 ? 'answer_success' : 'answer_failure')
  }

  /** Ends it with nothing said, when nobody answers it or all is closed. */
  drop() {
    this.#machine.drop('terminated')
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
          this.#clockwork.repeatAfter(timers.t1Ms, () => this.#machine.feed('timer_g'))
        }
        break
      case 'double_timer_g':
        this.#clockwork.repeatDoubled(() => this.#machine.feed('timer_g'), timers.t2Ms)
        break
      case 'stop_timer_g':
        this.#clockwork.stopRepeating()
        break
      case 'start_timer_h':
        this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed('timer_h'))
        break
      case 'stop_timer_h':
        this.#clockwork.stopEnding()
        break
      case 'start_timer_i':
        if (this.received.path.reliable) this.#machine.feedNext('timer_i')
        else this.#clockwork.endAfter(timers.t4Ms, () => this.#machine.feed('timer_i'))
        break
      case 'start_timer_l':
        this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed('timer_l'))
        break
    }
  }
}
