import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import { type Action, begin, type Event, next, type State } from './non-invite-server.js'
import type { Received } from './received.js'

/** Runs the machine of `non-invite-server.ts` for one request. */
export class NonInviteServerRun {
  readonly kind = 'non_invite'
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
    return this.#state === 'trying' || this.#state === 'proceeding'
  }

  /** The request again. */
  take(event: 'request') {
    this.#feed(event)
  }

  /** Sends an answer. */
  answer(status: number, bytes: Buffer) {
    if (!this.open) return
    this.#answer = bytes
    this.#feed(status < 200 ? 'answer_provisional' : 'answer_final')
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
    switch (action) {
      case 'send_answer':
      case 'resend':
        if (this.#answer) this.received.path.send(this.#answer)
        break
      case 'start_timer_j':
        if (this.received.path.reliable) this.#due = 'timer_j'
        else this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#feed('timer_j'))
        break
    }
  }
}
