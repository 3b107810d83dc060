import type { SipRequest, SipResponse } from '../sip/message.js'
import type { Arrival } from '../transport/address.js'
import type { Flow, FlowWatcher } from '../transport/flow.js'
import type { ClientUser } from './client-user.js'
import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import type { Facts } from './facts.js'
import { MachineRun } from './machine-run.js'
import { type Action, begin, type Event, next, type State } from './non-invite-client.js'

/** Runs the machine of `non-invite-client.ts` for one request. */
export class NonInviteClientRun implements FlowWatcher {
  readonly request: SipRequest
  readonly #environment: Environment
  readonly #clockwork: Clockwork
  readonly #machine: MachineRun<State, Event, Action>
  readonly #user: ClientUser
  #bytes: Buffer
  #flow: Flow | undefined
  #taken: { response: SipResponse; facts: Facts; arrival: Arrival } | undefined

  constructor(
    request: SipRequest,
    bytes: Buffer,
    user: ClientUser,
    environment: Environment,
    ended: () => void,
  ) {
    this.request = request
    this.#bytes = bytes
    this.#user = user
    this.#environment = environment
    this.#clockwork = new Clockwork(environment.scheduler)
    this.#machine = new MachineRun(begin[0], {
      next,
      perform: action => this.#perform(action),
      ended: () => {
        this.#clockwork.stop()
        this.#flow?.unwatch(this)
        ended()
      },
    })
  }

  get state(): State {
    return this.#machine.state
  }

  /** The flow it runs over, once that is known. */
  get flow(): Flow | undefined {
    return this.#flow
  }

  /** Sends the request for the first time. */
  start(flow: Flow) {
    if (this.#machine.state === 'terminated') return
    this.#flow = flow
    flow.watch(this)
    this.#machine.begin(begin)
  }

  take(response: SipResponse, facts: Facts, arrival: Arrival) {
    this.#taken = { response, facts, arrival }
    this.#machine.feed(response.status < 200 ? 'provisional' : 'final')
    this.#taken = undefined
  }

  unreachable() {
    this.#machine.feed('unreachable')
  }

  /** Ends it with nothing told. */
  drop() {
    this.#machine.drop('terminated')
  }

  #perform(action: Action) {
    const { timers } = this.#environment
    switch (action) {
      case 'send_request':
        this.#flow?.send(this.#bytes)
        break
      case 'tell_response':
        if (this.#taken) {
          const { response, facts, arrival } = this.#taken
          this.#user.response(response, facts, arrival)
        }
        break
      case 'tell_timeout':
        this.#user.failed('timeout')
        break
      case 'tell_unreachable':
        this.#user.failed('unreachable')
        break
      case 'start_timer_e':
        if (!this.#flow?.reliable) this.#repeatFrom(timers.t1Ms)
        break
      case 'double_timer_e':
        this.#clockwork.repeatDoubled(() => this.#machine.feed('timer_e'), timers.t2Ms)
        break
      case 'slow_timer_e':
        this.#repeatFrom(timers.t2Ms)
        break
      case 'stop_timer_e':
        this.#clockwork.stopRepeating()
        break
      case 'start_timer_f':
        this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed('timer_f'))
        break
      case 'stop_timer_f':
        this.#clockwork.stopEnding()
        break
      case 'start_timer_k':
        if (this.#flow?.reliable) this.#machine.feedNext('timer_k')
        else this.#clockwork.endAfter(timers.t4Ms, () => this.#machine.feed('timer_k'))
        break
    }
  }

  #repeatFrom(gapMs: number) {
    this.#clockwork.repeatAfter(gapMs, () => this.#machine.feed('timer_e'))
  }
}
