import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { SipMessage, SipRequest, SipResponse } from '../../engines/signalling/sip/message.js'
import { parseMessage } from '../../engines/signalling/sip/parse.js'

/** A session description of one audio stream. */
export const sdp = (port: number, direction = 'sendrecv'): string =>
  [
    'v=0',
    `o=- ${port} 1 IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    `a=${direction}`,
    '',
  ].join('\r\n')

/** What a message may say beyond the headers every message has. */
export interface Extra {
  /** Whom a request outside any dialog is for; 1400 unless said. */
  readonly user?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * A SIP phone that does exactly what a test tells it, over UDP: no transactions, no dialogs, nothing
 * automatic. A datagram that came before, byte for byte, is a retransmission and not told again.
 */
export class RawPhone {
  readonly #socket: Socket
  readonly #server: number
  readonly #received: SipMessage[] = []
  readonly #seen = new Set<string>()
  #wake: () => void = () => undefined

  private constructor(socket: Socket, server: number) {
    this.#socket = socket
    this.#server = server
    socket.on('message', datagram => {
      const text = datagram.toString('utf8')
      if (this.#seen.has(text)) return
      this.#seen.add(text)
      this.#received.push(parseMessage(datagram))
      this.#wake()
    })
  }

  /** A phone that speaks to the SIP port given. */
  static async open(server: number): Promise<RawPhone> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new RawPhone(socket, server)
  }

  get port(): number {
    return this.#socket.address().port
  }

  get uri(): string {
    return `sip:phone@127.0.0.1:${this.port}`
  }

  close(): void {
    this.#socket.close()
  }

  /** The next message, retransmissions left out. */
  async next(): Promise<SipMessage> {
    for (;;) {
      const message = this.#received.shift()
      if (message) return message
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** The next response; fails on a request. */
  async response(): Promise<SipResponse> {
    const message = await this.next()
    if (message.kind === 'request') throw new Error(`a response was due, ${message.method} came`)
    return message
  }

  /** The next response above 100; fails on a request. */
  async answer(): Promise<SipResponse> {
    for (;;) {
      const response = await this.response()
      if (response.status > 100) return response
    }
  }

  /** The next request; fails on a response. */
  async request(): Promise<SipRequest> {
    const message = await this.next()
    if (message.kind === 'response') throw new Error(`a request was due, ${message.status} came`)
    return message
  }

  /** Sends a request outside any dialog. */
  ask(method: string, callId: string, extra: Extra = {}): void {
    const server = `sip:${extra.user ?? '1400'}@127.0.0.1:${this.#server}`
    this.#write(
      `${method} ${server} SIP/2.0`,
      {
        Via: this.#via(`${callId}-${method}`),
        'Max-Forwards': '70',
        From: `<${this.uri}>;tag=from-${callId}`,
        To: `<${server}>`,
        'Call-ID': callId,
        CSeq: `1 ${method}`,
        Contact: `<${this.uri}>`,
        ...extra.headers,
      },
      extra.body,
    )
  }

  /** CANCEL of the INVITE that `ask` sent. */
  cancel(callId: string, extra: Extra = {}): void {
    this.ask('CANCEL', callId, { ...extra, headers: { Via: this.#via(`${callId}-INVITE`) } })
  }

  /** A request inside a call that this phone began, by the 2xx or 1xx it got; ACK among them. */
  askIn(call: SipResponse, method: string, cseq: number, extra: Extra = {}): void {
    const of = (name: string) => call.headers.get(name) ?? ''
    const target = /<([^>]+)>/.exec(of('Contact'))?.[1] ?? `sip:127.0.0.1:${this.#server}`
    this.#write(
      `${method} ${target} SIP/2.0`,
      {
        Via: this.#via(`${of('Call-ID')}-${method}-${cseq}`),
        'Max-Forwards': '70',
        From: of('From'),
        To: of('To'),
        'Call-ID': of('Call-ID'),
        CSeq: `${cseq} ${method}`,
        Contact: `<${this.uri}>`,
        ...extra.headers,
      },
      extra.body,
    )
  }

  /** A request inside a call that this phone answered, by the INVITE it got and the tag it gave. */
  askBack(invite: SipRequest, method: string, cseq: number, extra: Extra = {}): void {
    const of = (name: string) => invite.headers.get(name) ?? ''
    const target = /<([^>]+)>/.exec(of('Contact'))?.[1] ?? of('Contact')
    this.#write(
      `${method} ${target} SIP/2.0`,
      {
        Via: this.#via(`${of('Call-ID')}-${method}-${cseq}`),
        'Max-Forwards': '70',
        From: `${of('To')};tag=${TAG}`,
        To: of('From'),
        'Call-ID': of('Call-ID'),
        CSeq: `${cseq} ${method}`,
        Contact: `<${this.uri}>`,
        ...extra.headers,
      },
      extra.body,
    )
  }

  /** Answers a request. */
  reply(request: SipRequest, status: string, extra: Extra = {}): void {
    const of = (name: string) => request.headers.get(name) ?? ''
    const to = of('To')
    this.#write(
      `SIP/2.0 ${status}`,
      {
        Via: request.headers.all('Via').join(', '),
        From: of('From'),
        To: /;tag=/.test(to) ? to : `${to};tag=${TAG}`,
        'Call-ID': of('Call-ID'),
        CSeq: of('CSeq'),
        Contact: `<${this.uri}>`,
        ...extra.headers,
      },
      extra.body,
    )
  }

  #via(branch: string): string {
    return `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-${branch};rport`
  }

  #write(startLine: string, headers: Readonly<Record<string, string>>, body = ''): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    if (body !== '' && !('Content-Type' in headers)) lines.push('Content-Type: application/sdp')
    const length = `Content-Length: ${Buffer.byteLength(body)}`
    this.say([startLine, ...lines, length, '', body].join('\r\n'))
  }

  /** Sends a message as it stands. */
  say(message: string): void {
    this.#socket.send(message, this.#server, '127.0.0.1')
  }
}

/** The tag this phone gives in every To it answers. */
const TAG = 'raw-phone'
