import type { SipRequest, SipResponse } from '../sip/message.js'
import { serialise } from '../sip/serialise.js'
import type { Arrival } from '../transport/address.js'
import type { Flow, FlowWatcher } from '../transport/flow.js'
import { ackOfRefusal } from './beside-invite.js'
import type { ClientUser } from './client-user.js'
import { Clockwork } from './clockwork.js'
import { type Environment, giveUpMs } from './environment.js'
import type { Facts } from './facts.js'
import { type Action, begin, type Event, next, type State } from './invite-client.js'
import { MachineRun } from './machine-run.js'

/** RFC 5626 §3.5.1: a keep-alive, which RFC 3261 §7.5 has everyone pass over. */
const KEEP_ALIVE = Buffer.from('\r\n\r\n')

/** Runs the machine of `invite-client.ts` for one INVITE. */
export class InviteClientRun implements FlowWatcher {
  readonly request: SipRequest
  readonly #environment: Environment
  readonly #clockwork: Clockwork
  readonly #machine: MachineRun<State, Event, Action>
  readonly #user: ClientUser
  #bytes: Buffer
  #flow: Flow | undefined
  #reopened: (() => Flow | undefined) | undefined
  #ack: Buffer | undefined
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

  /** Sends the INVITE for the first time; `reopened` gives another flow to the same server. */
  start(flow: Flow, reopened: () => Flow | undefined) {
    if (this.#machine.state === 'terminated') return
    this.#reopened = reopened
    this.#use(flow)
    this.#machine.begin(begin)
  }

  take(response: SipResponse, facts: Facts, arrival: Arrival) {
    this.#taken = { response, facts, arrival }
    const { status } = response
    if (status < 200) this.#machine.feed('provisional')
    else this.#machine.feed(status < 300 ? 'success' : 'failure')
    this.#taken = undefined
  }

  unreachable() {
    this.#machine.feed('unreachable')
  }

  /** RFC 3261 §9.1: from its CANCEL on, it is waited for no longer than 64·T1. */
  abandonLater() {
    this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed('abandoned'))
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
      case 'send_ack':
        this.#sendAck()
        break
      case 'reopen':
        this.#reopen()
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
      case 'tell_abandoned':
        this.#user.failed('abandoned')
        break
      case 'start_timer_a':
        if (!this.#flow?.reliable) {
          this.#clockwork.repeatAfter(timers.t1Ms, () => this.#machine.feed('timer_a'))
        }
        break
      case 'double_timer_a':
        this.#clockwork.repeatDoubled(() => this.#machine.feed('timer_a'))
        break
      case 'stop_timer_a':
        this.#clockwork.stopRepeating()
        break
      case 'start_timer_b':
        this.#endLater('timer_b')
        break
      case 'stop_timer_b':
        this.#clockwork.stopEnding()
        break
      case 'start_timer_d':
        if (this.#flow?.reliable) this.#machine.feedNext('timer_d')
        else this.#endLater('timer_d')
        break
      case 'start_timer_m':
        this.#endLater('timer_m')
        break
    }
  }

  #use(flow: Flow) {
    this.#flow?.unwatch(this)
    this.#flow = flow
    flow.watch(this)
  }

  #reopen() {
    const flow = this.#reopened?.()
    if (!flow || flow.closed) return this.unreachable()
    this.#use(flow)
    // Opens it, and keeps the peer from closing it as one over which nothing comes.
    if (flow.reliable) flow.send(KEEP_ALIVE)
  }

  #endLater(event: Event) {
    this.#clockwork.endAfter(giveUpMs(this.#environment), () => this.#machine.feed(event))
  }

  #sendAck() {
    if (!this.#ack && this.#taken) {
      this.#ack = serialise(ackOfRefusal(this.request, this.#taken.response))
    }
    if (this.#ack) this.#flow?.send(this.#ack)
  }
}
