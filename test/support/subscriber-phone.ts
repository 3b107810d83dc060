import type { SipMessage, SipRequest, SipResponse } from '../../engines/signalling/sip/message.js'
import { digestCredentials } from '../../switch-sim/digest/credentials.js'
import { digestAnswer } from '../../switch-sim/handset/digest-answer.js'
import { DIGEST_REALM } from '../../switch-sim/mls/subscribers/subscriber.js'
import { type RawPhone, sdp } from './raw-phone.js'

type HeaderTexts = Readonly<Record<string, string>>

/** One request as it is said. */
interface Said {
  readonly method: string
  readonly uri: string
  readonly callId: string
  readonly cseq: number
  readonly branch: string
  readonly headers: HeaderTexts
  readonly body: string
}

let phones = 0

/**
 * A bare phone of a subscriber: it proves its number by digest, and does nothing else by itself. One
 * call at a time.
 */
export class SubscriberPhone {
  readonly raw: RawPhone
  readonly #server: number
  readonly #number: string
  readonly #password: string
  readonly #name = `phone-${++phones}`
  #count = 0
  #last: Said | undefined

  constructor(
    raw: RawPhone,
    server: number,
    { number, password }: { readonly number: string; readonly password: string },
  ) {
    this.raw = raw
    this.#server = server
    this.#number = number
    this.#password = password
  }

  /** Registers; the final answer. `headers` take the place of what it would say. */
  async register(headers: HeaderTexts = {}): Promise<SipResponse> {
    this.#begin('REGISTER', '', headers)
    await this.#prove('WWW-Authenticate', 'Authorization')
    return this.raw.answer()
  }

  /** Dials; the challenge is answered, the next answer is the caller's to await. */
  async dial(dialled: string, headers: HeaderTexts = {}): Promise<void> {
    this.#begin('INVITE', dialled, headers, sdp(this.raw.port))
    await this.#prove('Proxy-Authenticate', 'Proxy-Authorization')
  }

  /** Sends an INVITE without proof. */
  begin(dialled: string, headers: HeaderTexts = {}, body = sdp(this.raw.port)): void {
    this.#begin('INVITE', dialled, headers, body)
  }

  /** The next final answer, acknowledged if it must be; with the provisional ones before it. */
  async final(): Promise<{ final: SipResponse; before: SipResponse[] }> {
    const before: SipResponse[] = []
    for (;;) {
      const answer = await this.raw.answer()
      if (answer.status < 200) before.push(answer)
      else {
        this.#acknowledge(answer)
        return { final: answer, before }
      }
    }
  }

  cancel(): void {
    this.#again('CANCEL')
  }

  /** Sends a request in the call that was answered. */
  ask(call: SipResponse, method: string, headers: HeaderTexts = {}, body = ''): void {
    const last = this.#said()
    const uri = /<([^>]+)>/.exec(call.headers.get('Contact') ?? '')?.[1] ?? last.uri
    const cseq = last.cseq + 1
    const branch = `${this.#name}-${++this.#count}`
    const to = { ...from(last), To: call.headers.get('To') ?? '' }
    this.#say({ ...last, method, uri, cseq, branch, headers: { ...to, ...headers }, body })
  }

  /** Acknowledges the 2xx of a re-INVITE. */
  acknowledge(answer: SipResponse): void {
    this.#acknowledge(answer)
  }

  /** Answers a request of the switch's. */
  reply(request: SipRequest, status: string): void {
    this.raw.reply(request, status)
  }

  next(): Promise<SipMessage> {
    return this.raw.next()
  }

  #begin(method: string, dialled: string, headers: HeaderTexts, body = ''): void {
    const user = dialled === '' ? '' : `${dialled}@`
    const n = ++this.#count
    this.#say({
      method,
      uri: `sip:${user}127.0.0.1:${this.#server}`,
      callId: `${this.#name}-${n}`,
      cseq: 1,
      branch: `${this.#name}-${n}`,
      headers,
      body,
    })
  }

  async #prove(challengeName: string, proofName: string): Promise<void> {
    const challenge = await this.raw.answer()
    this.#acknowledge(challenge)
    const said = this.#said()
    const [offered] = digestCredentials(challenge.headers.all(challengeName)[0])
    const proof = digestAnswer(
      {
        realm: offered?.get('realm') ?? '',
        nonce: offered?.get('nonce') ?? '',
        algorithm: offered?.get('algorithm'),
        qop: ['auth'],
      },
      { username: this.#number, password: this.#password, realm: DIGEST_REALM },
      { method: said.method, uri: said.uri, count: 1, clientNonce: 'c' },
    )
    if (!proof) throw new Error(`no challenge of ours: ${challenge.status}`)
    const branch = `${this.#name}-${++this.#count}`
    const headers = { ...said.headers, [proofName]: proof }
    this.#say({ ...said, cseq: said.cseq + 1, branch, headers })
  }

  /** RFC 3261 §17.1.1.3 for a refusal, §13.2.2.4 for a 2xx. */
  #acknowledge(answer: SipResponse): void {
    if (!answer.headers.get('CSeq')?.endsWith('INVITE')) return
    const said = this.#said()
    const To = answer.headers.get('To') ?? ''
    const target = /<([^>]+)>/.exec(answer.headers.get('Contact') ?? '')?.[1]
    const branch = answer.status < 300 ? `${said.branch}-ack` : said.branch
    const uri = answer.status < 300 ? (target ?? said.uri) : said.uri
    this.#write({ ...said, method: 'ACK', uri, branch, headers: { ...from(said), To }, body: '' })
  }

  #again(method: string): void {
    const said = this.#said()
    this.#write({ ...said, method, headers: from(said), body: '' })
  }

  #said(): Said {
    if (!this.#last) throw new Error('nothing was said yet')
    return this.#last
  }

  #say(said: Said): void {
    this.#last = said
    this.#write(said)
  }

  #write({ method, uri, callId, cseq, branch, headers, body }: Said): void {
    const own = `<sip:${this.#number}@mls.mcscp>`
    const all: HeaderTexts = {
      Via: `SIP/2.0/UDP 127.0.0.1:${this.raw.port};branch=z9hG4bK-${branch};rport`,
      'Max-Forwards': '70',
      From: `${own};tag=${this.#name}`,
      To: method === 'REGISTER' ? own : `<${uri}>`,
      'Call-ID': callId,
      CSeq: `${cseq} ${method}`,
      Contact: `<sip:${this.#number}@127.0.0.1:${this.raw.port}>`,
      ...headers,
      ...(body === '' || headers['Content-Type'] ? {} : { 'Content-Type': 'application/sdp' }),
      'Content-Length': `${Buffer.byteLength(body)}`,
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    this.raw.say([`${method} ${uri} SIP/2.0`, ...lines, '', body].join('\r\n'))
  }
}

/** From stays the same through a call. */
const from = ({ headers: { From } }: Said): HeaderTexts => (From === undefined ? {} : { From })
