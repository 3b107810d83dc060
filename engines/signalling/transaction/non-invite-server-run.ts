import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import { MachineRun } from './machine-run.js'
import { type Action, begin, type Event, next, type State } from './non-invite-server.js'
import type { Received } from './received.js'

/** Runs the machine of `non-invite-server.ts` for one request. */
export class NonInviteServerRun {
  readonly kind = 'non_invite'
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
    return this.#machine.state === 'trying' || this.#machine.state === 'proceeding'
  }

  /** The request again. */
  take(event: 'request') {
    this.#machine.feed(event)
  }

  /** Sends an answer. */
  answer(status: number, bytes: Buffer) {
    if (!this.open) return
    this.#answer = bytes
    this.#machine.feed(status < 200 ? 'answer_provisional' : 'answer_final')
  }

  /** Ends it with nothing said, when nobody answers it or all is closed. */
  drop() {
    this.#machine.drop('terminated')
  }

  #perform(action: Action) {
    switch (action) {
      case 'send_answer':
      case 'resend':
        if (this.#answer) this.received.path.send(this.#answer)
        break
      case 'start_timer_j':
        if (this.received.path.reliable) this.#machine.feedNext('timer_j')
        else
          this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed('timer_j'))
        break
    }
  }
}
