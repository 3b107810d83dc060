import {
  type AckReceived,
  Agent,
  type AgentOptions,
  type Answered,
  type CancelReceived,
  type DialogEnded,
  type Dispatched,
  type Notice,
  type ResponseReceived,
  type ServerTransaction,
} from '../../engines/signalling/agent.js'
import { Headers } from '../../engines/signalling/sip/headers.js'
import {
  NO_BODY,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../engines/signalling/sip/message.js'
import type { Endpoint, Protocol } from '../../engines/signalling/transport/address.js'
import { HandScheduler } from './hand-scheduler.js'
import { Queue } from './queue.js'
import type { Owner, SipPeer } from './sip-peer.js'

/** Header fields, as names and values. */
export type Fields = Readonly<Record<string, string>>

/** A session description that begins like one. */
export const SDP = Buffer.from(
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
)

/** An agent on real sockets of loopback, whose timers stand still until they are moved by hand. */
export async function openAgent(owner: Owner, options: Partial<AgentOptions> = {}) {
  const scheduler = new HandScheduler()
  const requests = new Queue<ServerTransaction>()
  const acks = new Queue<AckReceived>()
  const cancels = new Queue<CancelReceived>()
  const ended = new Queue<DialogEnded>()
  const notices: Notice[] = []
  const agent = await Agent.open({
    listen: PROTOCOLS.map(protocol => ({ protocol, host: '127.0.0.1', port: 0 })),
    scheduler,
    handlers: {
      request: transaction => requests.push(transaction),
      ack: ack => acks.push(ack),
      cancel: cancel => cancels.push(cancel),
      dialogEnded: end => ended.push(end),
      noticed: notice => notices.push(notice),
    },
    ...options,
  })
  owner.teardown(() => agent.close())
  const at = (protocol: Protocol): Endpoint => {
    const point = agent.listening.find(each => each.protocol === protocol)
    if (!point) throw new Error(`the agent does not listen on ${protocol}`)
    return point
  }
  return { agent, scheduler, requests, acks, cancels, ended, notices, at }
}

export type Rig = Awaited<ReturnType<typeof openAgent>>

const PROTOCOLS = ['udp', 'tcp', 'ws'] as const

/** A request for the agent to send. */
export const ask = (
  method: string,
  uri: string,
  fields: Fields = {},
  body = NO_BODY,
): SipRequest => ({
  kind: 'request',
  method,
  uri,
  headers: new Headers(Object.entries(fields)),
  body,
})

/** A response for the agent to give. */
export const reply = (status: number, fields: Fields = {}, body = NO_BODY): SipResponse => ({
  kind: 'response',
  status,
  reason: 'As Told',
  headers: new Headers(Object.entries(fields)),
  body,
})

/** What was sent; throws when nothing was. */
export function sentBy(answered: Answered) {
  if (answered.outcome !== 'sent') throw new Error(`not sent: ${answered.outcome}`)
  return answered
}

/** The transaction that was begun; throws when none was. */
export function begun(dispatched: Dispatched) {
  if (dispatched.outcome !== 'sent') throw new Error(`not sent: ${dispatched.outcome}`)
  return dispatched.transaction
}

/** Sends a request and shows the responses as they come. */
export function sending(rig: Rig, request: SipRequest, nextHop?: string) {
  const responses = new Queue<ResponseReceived>()
  const options = nextHop === undefined ? {} : { nextHop }
  const transaction = begun(rig.agent.send(request, each => responses.push(each), options))
  return { transaction, responses }
}

let calls = 0

/** A call that a peer makes by hand, message by message. */
export class PeerCall {
  readonly peer: SipPeer
  readonly callId = `call-${++calls}`
  readonly from = '<sip:alice@example.jp>;tag=alice'
  to = '<sip:1400@example.jp>'
  target = 'sip:1400@127.0.0.1'
  cseq = 1
  #branches = 0

  constructor(peer: SipPeer) {
    this.peer = peer
  }

  /** A request of this call, with a branch of its own. */
  request(method: string, fields: Fields = {}, body = NO_BODY): SipRequest {
    const branch = `z9hG4bK-${this.callId}-${++this.#branches}`
    return ask(
      method,
      this.target,
      {
        Via: `${this.peer.sentBy};branch=${branch};rport`,
        'Max-Forwards': '70',
        From: this.from,
        To: this.to,
        'Call-ID': this.callId,
        CSeq: `${this.cseq} ${method}`,
        Contact: this.peer.contact,
        ...fields,
      },
      body,
    )
  }

  /** The next request of the dialog. */
  later(method: string, fields: Fields = {}, body = NO_BODY): SipRequest {
    this.cseq++
    return this.request(method, fields, body)
  }

  /** The CANCEL, or the ACK of a refusal, of that INVITE. */
  beside(invite: SipRequest, method: 'CANCEL' | 'ACK', to = this.to): SipRequest {
    const headers = invite.headers.clone()
    headers.set('CSeq', `${Number.parseInt(headers.get('CSeq') ?? '', 10)} ${method}`)
    headers.set('To', to)
    headers.remove('Content-Type')
    return { ...invite, method, headers, body: NO_BODY }
  }

  /** Remembers what an answer says of the other side. */
  learn(answer: SipResponse) {
    this.to = answer.headers.get('To') ?? this.to
    this.target = /<([^>]*)>/.exec(answer.headers.get('Contact') ?? '')?.[1] ?? this.target
  }
}

/** A response of the peer's to a request that it received. */
export function answerOf(request: SipMessage, status: number, fields: Fields = {}, body = NO_BODY) {
  const headers = new Headers()
  for (const via of request.headers.all('Via')) headers.add('Via', via)
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    headers.add(name, request.headers.get(name) ?? '')
  }
  for (const [name, value] of Object.entries(fields)) headers.set(name, value)
  return { kind: 'response', status, reason: 'As Told', headers, body } as const
}
