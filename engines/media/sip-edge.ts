import type { Logger } from '../../platform/log.js'
import {
  type AckReceived,
  Agent,
  type CancelReceived,
  type DialogEnded,
  type ListenPoint,
  type ServerTransaction,
} from '../signalling/agent.js'
import { dialogId } from '../signalling/dialog/dialog.js'
import type { Scheduler } from '../signalling/scheduler.js'
import type { SipRequest, SipResponse } from '../signalling/sip/message.js'
import { tagOf } from '../signalling/sip/name-addr.js'
import type { TimerValues } from '../signalling/transaction/timers.js'
import { type AudioOpening, type CallAudioListener, openCallAudio } from './call-audio.js'
import { reasonHeaderOf } from './channel/hangup-cause.js'
import type { Dialplan } from './dialplan.js'
import type { RtpSurroundings } from './rtp/session.js'
import { userOf } from './sip/call-facts.js'
import { ALLOWED, answerOf } from './sip/compose.js'
import { SipLeg } from './sip/sip-leg.js'
import type { Switchboard } from './switchboard.js'

/** Everything the edge is made of. */
export interface SipEdgeOptions {
  readonly listen: readonly ListenPoint[]
  readonly rtp: RtpSurroundings
  readonly dialplan: Dialplan
  readonly switchboard: Switchboard
  /** Most calls at once; beyond, a call is refused before it costs anything. */
  readonly mostCalls: number
  readonly log: Logger
  /** Default: RFC 3261's; tests shorten them. */
  readonly timers?: TimerValues
  /** Of SIP alone. Default: Node's timers. */
  readonly scheduler?: Scheduler
}

/** Option tags that a request may require of us (RFC 3261 §20.32). */
const SUPPORTED = ['100rel', 'timer']

/** Time for callers to confirm at close that their calls have ended, ms. */
const ENDING_MS = 2_000

/** Seconds after which a refused caller may try again: spread, so that they do not come back at once. */
const RETRY_FROM_S = 5
const RETRY_SPREAD_S = 25

/** The side of the engine that callers reach: SIP in, channels out. */
export class SipEdge {
  readonly #options: SipEdgeOptions
  readonly #agent: Agent
  /** Legs by the id of their dialog, from the INVITE on. */
  readonly #legs = new Map<string, SipLeg>()
  #closing = false
  #empty: () => void = () => {}

  /** Listens. Rejects with the system's error, everything closed again. */
  static async open(options: SipEdgeOptions): Promise<SipEdge> {
    let edge: SipEdge | undefined
    const agent = await Agent.open({
      listen: options.listen,
      ...(options.scheduler ? { scheduler: options.scheduler } : {}),
      ...(options.timers ? { timers: options.timers } : {}),
      handlers: {
        request: transaction => edge?.request(transaction),
        ack: ack => edge?.ack(ack),
        cancel: cancel => edge?.cancel(cancel),
        dialogEnded: end => edge?.dialogEnded(end),
        prackTimedOut: invite => edge?.prackTimedOut(invite),
        noticed: ({ event, ...facts }) => options.log.warn({ event, ...facts }, 'signalling coped'),
      },
    })
    edge = new SipEdge(options, agent)
    return edge
  }

  private constructor(options: SipEdgeOptions, agent: Agent) {
    this.#options = options
    this.#agent = agent
  }

  /** The addresses in use. */
  get listening(): readonly ListenPoint[] {
    return this.#agent.listening
  }

  /** Legs whose end is not yet told or confirmed. */
  get legs(): number {
    return this.#legs.size
  }

  /** A request of a caller's. */
  request(transaction: ServerTransaction): void {
    const { method } = transaction.request
    const leg = this.#legs.get(transaction.dialog?.id ?? '')
    if (method === 'INVITE' && !transaction.dialog) void this.#accept(transaction)
    else if (method === 'OPTIONS') {
      transaction.respond(
        answerOf(200, [
          ['Allow', ALLOWED],
          ['Accept', 'application/sdp'],
        ]),
      )
    } else if (method === 'BYE' && leg) leg.bye(transaction)
    else if ((method === 'INVITE' || method === 'UPDATE') && leg) leg.renegotiate(transaction)
    else if (method === 'INFO' && leg) leg.inform(transaction)
    else if (method === 'PRACK' || method === 'BYE') transaction.respond(answerOf(200))
    else transaction.respond(answerOf(405, [['Allow', ALLOWED]]))
  }

  ack(ack: AckReceived): void {
    this.#legs.get(ack.dialog.id)?.ack(ack)
  }

  cancel({ invite }: CancelReceived): void {
    this.#legs.get(dialogIdOf(invite))?.cancelled()
  }

  dialogEnded({ dialog, reason }: DialogEnded): void {
    this.#legs.get(dialog.id)?.dialogEnded(reason)
  }

  /** The caller never acknowledged what it was told of its call, which the agent has refused. */
  prackTimedOut(invite: ServerTransaction): void {
    this.#legs.get(dialogIdOf(invite))?.unacknowledged()
  }

  /** A new call: refused, or handed to a channel. */
  async #accept(invite: ServerTransaction): Promise<void> {
    const actions = this.#options.dialplan(userOf(invite.request.uri))
    const refusal = actions ? refusalOf(invite.request) : noRoute()
    if (!actions || refusal) {
      invite.respond(refusal ?? noRoute())
      return
    }
    let leg: SipLeg | undefined
    const audio = await this.#openAudio(invite, {
      keyPressed: digit => leg?.keyPressed(digit),
      digit: (digit, durationUnits) => leg?.digit(digit, durationUnits),
      toneHeard: (digit, durationUnits) => leg?.toneHeard(digit, durationUnits),
      mediaTimeout: () => leg?.mediaTimeout(),
      audioLost: () => leg?.audioLost(),
    })
    if (audio.outcome === 'no_room') this.#refuseForNow(invite)
    else if (audio.outcome !== 'opened') {
      invite.respond(answerOf(audio.outcome === 'malformed' ? 400 : 488))
    } else {
      leg = this.#legFor(invite, audio)
      if (leg) this.#options.switchboard.connect(leg, actions)
    }
  }

  #forget(id: string): void {
    this.#legs.delete(id)
    if (this.#legs.size === 0) this.#empty()
  }

  /** Audio before any answer: a call is never answered whose audio has nowhere to go. */
  async #openAudio(
    { request }: ServerTransaction,
    listener: CallAudioListener,
  ): Promise<AudioOpening> {
    const { switchboard, mostCalls, rtp, log } = this.#options
    if (this.#closing || switchboard.counts.now >= mostCalls) return { outcome: 'no_room' }
    return openCallAudio(request.body, rtp, listener, log).catch((error: unknown) => {
      // No file descriptor left, or an address that is not this machine's: no reason to end other calls.
      log.error({ err: error }, 'the system gave no port for audio')
      return { outcome: 'no_room' }
    })
  }

  /** The leg of a call; `undefined` when it was withdrawn meanwhile. */
  #legFor(
    invite: ServerTransaction,
    { session, descriptions, stream }: AudioOpening & { outcome: 'opened' },
  ): SipLeg | undefined {
    if (!invite.open) {
      session.close()
      return undefined
    }
    const id = dialogIdOf(invite)
    const leg = new SipLeg({
      invite,
      rtp: session,
      descriptions,
      ...(stream ? { stream } : {}),
      time: this.#options.rtp.time,
      gone: () => this.#forget(id),
    })
    this.#legs.set(id, leg)
    return leg
  }

  #refuseForNow(invite: ServerTransaction): void {
    this.#options.log.warn(
      { calls: this.#options.switchboard.counts.now },
      'a call was refused: no room',
    )
    const seconds = RETRY_FROM_S + (this.#options.rtp.random32() % RETRY_SPREAD_S)
    const reason = reasonHeaderOf('NORMAL_CIRCUIT_CONGESTION')
    invite.respond(
      answerOf(503, [
        ['Retry-After', String(seconds)],
        ['Reason', reason],
      ]),
    )
  }

  /** Refuses new calls; those there are go on. */
  refuseCalls(): void {
    this.#closing = true
  }

  /** Closes the ports when callers have confirmed the end of their calls, or have had the time to. */
  async close(): Promise<void> {
    if (this.#legs.size > 0) {
      const { scheduler } = this.#options.rtp.time
      await new Promise<void>(resolve => {
        this.#empty = resolve
        scheduler.after(ENDING_MS, resolve)
      })
    }
    for (const leg of this.#legs.values()) leg.abandon()
    await this.#agent.close()
  }
}

const dialogIdOf = ({ request }: ServerTransaction): string =>
  dialogId(request.headers.get('Call-ID') ?? '', tagOf(request.headers.get('From') ?? '') ?? '')

const noRoute = (): SipResponse =>
  answerOf(404, [['Reason', reasonHeaderOf('NO_ROUTE_DESTINATION')]])

/** Why an INVITE is refused whatever it is for, in the order it is checked. */
function refusalOf({ headers, body }: SipRequest): SipResponse | undefined {
  const unknown = headers.all('Require').filter(tag => !SUPPORTED.includes(tag))
  if (unknown.length > 0) return answerOf(420, [['Unsupported', unknown.join(', ')]])
  const type = headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (body.length > 0 && type !== 'application/sdp') {
    return answerOf(415, [['Accept', 'application/sdp']])
  }
  return undefined
}
