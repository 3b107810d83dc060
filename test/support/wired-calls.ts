import { Headers } from '../../engines/signalling/sip/headers.js'
import type { SipMessage, SipRequest, SipResponse } from '../../engines/signalling/sip/message.js'
import { sdp } from './raw-phone.js'
import { type Owner, type SipPeer, tcpPeer, tcpPlace } from './sip-peer.js'

/** How a call comes to its end, as one end of it sees. */
export type WiredEnd = 'refused' | 'hung up by the other' | 'hung up here'

/**
 * One end of many calls over TCP connections, told apart by Call-ID. TCP loses nothing and an engine that
 * stays alive answers all, so nothing is ever sent again.
 */
abstract class WiredLeg {
  readonly peer: SipPeer
  readonly callId: string
  /** Resolves when the leg is over. */
  readonly over: Promise<WiredEnd>
  #end: WiredEnd | undefined
  #tellEnd: (end: WiredEnd) => void = () => {}
  #hangingUp = false

  constructor(peer: SipPeer, callId: string) {
    this.peer = peer
    this.callId = callId
    this.over = new Promise(resolve => {
      this.#tellEnd = resolve
    })
  }

  get ended(): boolean {
    return this.#end !== undefined
  }

  /** What the engine sent for this leg. */
  abstract take(message: SipMessage): void

  /** Sends BYE, unless the call is over; `over` follows its answer. */
  hangUp(): void {
    if (this.ended || this.#hangingUp) return
    this.#hangingUp = true
    this.sendBye()
  }

  protected abstract sendBye(): void

  protected finish(end: WiredEnd): void {
    if (this.#end !== undefined) return
    this.#end = this.#hangingUp ? 'hung up here' : end
    this.#tellEnd(this.#end)
  }

  protected takeBye(bye: SipRequest): void {
    this.reply(bye, 200, 'OK')
    this.finish('hung up by the other')
  }

  protected reply(request: SipRequest, status: number, reason: string, body = ''): void {
    const { headers } = request
    const to = headers.get('To') ?? ''
    const answer = new Headers()
    for (const via of headers.all('Via')) answer.add('Via', via)
    answer.set('From', headers.get('From') ?? '')
    answer.set('To', to.includes(';tag=') ? to : `${to};tag=t-${this.callId}`)
    answer.set('Call-ID', this.callId)
    answer.set('CSeq', headers.get('CSeq') ?? '')
    answer.set('Contact', this.peer.contact)
    this.peer.send({
      kind: 'response',
      status,
      reason,
      headers: answer,
      body: bodyOf(answer, body),
    })
  }

  protected send(method: string, uri: string, fields: Record<string, string>, body = ''): void {
    const headers = new Headers(Object.entries({ 'Max-Forwards': '70', ...fields }))
    headers.set('Call-ID', this.callId)
    headers.set('Contact', this.peer.contact)
    this.peer.send({ kind: 'request', method, uri, headers, body: bodyOf(headers, body) })
  }

  protected via(branch: string): string {
    return `${this.peer.sentBy};branch=z9hG4bK-${this.callId}-${branch}`
  }
}

function bodyOf(headers: Headers, body: string): Buffer {
  if (body !== '') headers.set('Content-Type', 'application/sdp')
  return Buffer.from(body)
}

const targetOf = (contact: string | undefined): string =>
  /<([^>]+)>/.exec(contact ?? '')?.[1] ?? contact ?? ''

/** The switch's leg of a call to the MCSCP. */
export class SwitchLeg extends WiredLeg {
  readonly #uri: string
  readonly #from: string
  #final: SipResponse | undefined
  #tellFinal: (status: number) => void = () => {}
  /** The status of the final response to the INVITE. */
  readonly answer = new Promise<number>(resolve => {
    this.#tellFinal = resolve
  })

  constructor(peer: SipPeer, callId: string, scpPort: number, fields: Record<string, string>) {
    super(peer, callId)
    this.#uri = `sip:1400@127.0.0.1:${scpPort};transport=tcp`
    this.#from = `${fields.From ?? '<sip:nobody@mls.mcscp>'};tag=f-${callId}`
  }

  /** What the INVITE was answered in the end, once it was. */
  get final(): SipResponse | undefined {
    return this.#final
  }

  /** Sends the INVITE. `mark` comes out at the other end of the call, by the session description. */
  invite(mark: number, fields: Record<string, string>): void {
    this.send('INVITE', this.#uri, { ...fields, ...this.#begin('INVITE') }, sdp(mark))
  }

  /** Gives up waiting for an answer. */
  cancel(): void {
    if (this.#final) return
    this.send('CANCEL', this.#uri, this.#begin('CANCEL'))
  }

  override take(message: SipMessage): void {
    if (message.kind === 'request') {
      if (message.method === 'BYE') this.takeBye(message)
      return
    }
    const [, method] = (message.headers.get('CSeq') ?? '').split(' ')
    if (method === 'BYE') this.finish('hung up here')
    if (method !== 'INVITE' || message.status < 200 || this.#final) return
    this.#final = message
    this.#acknowledge(message)
    if (message.status >= 300) this.finish('refused')
    this.#tellFinal(message.status)
  }

  protected override sendBye(): void {
    const contact = this.#final?.headers.get('Contact')
    if (contact === undefined) this.cancel()
    else this.send('BYE', targetOf(contact), this.#within('BYE', 2))
  }

  #acknowledge(final: SipResponse): void {
    // RFC 3261 §17.1.1.3: the ACK of a refusal is of the INVITE's own transaction; §13.2.2.4: that of a 2xx is not.
    const accepted = final.status < 300
    const uri = accepted ? targetOf(final.headers.get('Contact')) : this.#uri
    const via = { Via: this.via(accepted ? 'ACK' : 'INVITE') }
    this.send('ACK', uri, { ...this.#within('ACK', 1), ...via })
  }

  #begin(method: string): Record<string, string> {
    // RFC 3261 §9.1: a CANCEL has the branch of the request that it cancels.
    const fields = { Via: this.via('INVITE'), From: this.#from, To: `<${this.#uri}>` }
    return { ...fields, CSeq: `1 ${method}` }
  }

  #within(method: string, cseq: number): Record<string, string> {
    const to = this.#final?.headers.get('To') ?? ''
    return { Via: this.via(method), From: this.#from, To: to, CSeq: `${cseq} ${method}` }
  }
}

/** The media engine's leg of a call from scp. */
export class MediaLeg extends WiredLeg {
  readonly invite: SipRequest

  constructor(peer: SipPeer, invite: SipRequest) {
    super(peer, invite.headers.get('Call-ID') ?? '')
    this.invite = invite
  }

  /** Rings, as the media engine does until ivr answers (step ⑨). */
  ring(): void {
    this.reply(this.invite, 180, 'Ringing')
  }

  /** Step ⑩. */
  accept(): void {
    if (!this.ended) this.reply(this.invite, 200, 'OK', sdp(9))
  }

  override take(message: SipMessage): void {
    if (message.kind === 'response') this.finish('hung up here')
    else if (message.method === 'BYE') this.takeBye(message)
    else if (message.method === 'CANCEL') this.#takeCancel(message)
  }

  #takeCancel(message: SipRequest): void {
    this.reply(message, 200, 'OK')
    this.reply(this.invite, 487, 'Request Terminated')
    this.finish('hung up by the other')
  }

  protected override sendBye(): void {
    const { headers } = this.invite
    this.send('BYE', targetOf(headers.get('Contact')), {
      Via: this.via('BYE'),
      From: `${headers.get('To') ?? ''};tag=t-${this.callId}`,
      To: headers.get('From') ?? '',
      CSeq: '1 BYE',
    })
  }
}

/** Where the switch and the media engine stand: both ends of every call to scp. */
export class WiredCalls {
  /** Address at which scp finds the media engine. */
  readonly media: string
  readonly #owner: Owner
  readonly #switchLegs = new Map<string, SwitchLeg>()
  readonly #mediaLegs = new Map<string, MediaLeg>()
  readonly #expected = new Map<number, (leg: MediaLeg) => void>()
  readonly #offered: (leg: MediaLeg) => void
  #switch: { readonly peer: SipPeer; readonly scpPort: number } | undefined

  private constructor(owner: Owner, media: string, offered: (leg: MediaLeg) => void) {
    this.#owner = owner
    this.media = media
    this.#offered = offered
  }

  /** Waits for the calls of scp's signalling engine, as the media engine does; `offered` takes each. */
  static async open(
    owner: Owner,
    offered: (leg: MediaLeg) => void = () => {},
  ): Promise<WiredCalls> {
    const place = await tcpPlace(owner)
    const calls = new WiredCalls(owner, `127.0.0.1:${place.at.port};transport=tcp`, offered)
    void calls.#acceptAll(place.peers)
    return calls
  }

  /** Connects to scp's signalling engine, as the switch does. */
  async connect(scpPort: number): Promise<void> {
    const peer = await tcpPeer(this.#owner, { host: '127.0.0.1', port: scpPort })
    this.#switch = { peer, scpPort }
    void forEach(peer, message => {
      this.#switchLegs.get(message.headers.get('Call-ID') ?? '')?.take(message)
    })
  }

  /** Legs of either kind that are not over. */
  get legs(): number {
    return this.#switchLegs.size + this.#mediaLegs.size
  }

  /** Calls 1400. `reached` resolves when the call is offered to the media engine. */
  call(
    callId: string,
    mark: number,
    fields: Record<string, string>,
  ): { readonly leg: SwitchLeg; readonly reached: Promise<MediaLeg> } {
    if (!this.#switch) throw new Error('the switch is not connected')
    const leg = new SwitchLeg(this.#switch.peer, callId, this.#switch.scpPort, fields)
    this.#switchLegs.set(callId, leg)
    const reached = new Promise<MediaLeg>(resolve => this.#expected.set(mark, resolve))
    void leg.over.then(() => {
      this.#switchLegs.delete(callId)
      this.#expected.delete(mark)
    })
    leg.invite(mark, fields)
    return { leg, reached }
  }

  async #acceptAll(peers: { next(): Promise<SipPeer> }): Promise<void> {
    for (;;) {
      const peer = await peers.next()
      void forEach(peer, message => this.#takeAtMedia(peer, message))
    }
  }

  #takeAtMedia(peer: SipPeer, message: SipMessage): void {
    const known = this.#mediaLegs.get(message.headers.get('Call-ID') ?? '')
    if (known) known.take(message)
    else if (message.kind === 'request' && message.method === 'INVITE') this.#offer(peer, message)
  }

  #offer(peer: SipPeer, invite: SipRequest): void {
    const leg = new MediaLeg(peer, invite)
    this.#mediaLegs.set(leg.callId, leg)
    void leg.over.then(() => this.#mediaLegs.delete(leg.callId))
    leg.ring()
    const [, mark] = /^o=- (\d+) /m.exec(invite.body.toString()) ?? []
    this.#expected.get(Number(mark))?.(leg)
    this.#offered(leg)
  }
}

async function forEach(peer: SipPeer, take: (message: SipMessage) => void): Promise<void> {
  for (;;) take(await peer.received.next())
}
