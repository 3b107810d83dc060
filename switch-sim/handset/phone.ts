import {
  Core,
  Inviter,
  Registerer,
  type Session,
  SessionState,
  UserAgent,
  type UserAgentOptions,
} from 'sip.js'
import { WebSocket } from 'ws'
import type { RtpPacket } from '../../platform/rtp/packet.js'
import type { Digit } from '../../platform/rtp/telephone-event.js'
import { AudioNegotiation } from './audio-negotiation.js'
import { digestAnswer, type PhoneCredentials } from './digest-answer.js'
import type { Heard } from './heard.js'
import type { Pacer } from './pacer.js'
import { RtpPort } from './rtp-port.js'

// sip.js asks the browser's global for WebSockets (RFC 7118); Node 20 has none of its own.
Object.assign(globalThis, { WebSocket })

export interface PhoneOptions {
  /** WebSocket of the switch, `ws://127.0.0.1:5066`. */
  readonly server: string
  /** Domain of the switch's numbers. */
  readonly domain: string
  readonly credentials: PhoneCredentials
  /** Address it receives audio on. */
  readonly address: string
  readonly pacer: Pacer
  /** A whole number from 0 up to the bound. */
  readonly random: (bound: number) => number
  /** Asked for each packet of audio, in either direction, whether the road loses it; absent: it loses none. */
  readonly loses?: () => boolean
}

/** What a caller learns of a call while it lasts. */
export type CallProgress =
  | { readonly type: 'provisional'; readonly status: number }
  | { readonly type: 'answered' }
  /** The switch confirmed our hang-up. */
  | { readonly type: 'released' }

/** How a call ended. */
export type CallEnding =
  | { readonly how: 'refused'; readonly status: number }
  | { readonly how: 'cancelled' }
  | { readonly how: 'hung_up'; readonly by: 'caller' | 'network' }
  /** The handset lost the switch, and with it every way to hear of the call's end. */
  | { readonly how: 'cut_off' }

/** How keys are sent: in the audio (RFC 4733), or as SIP INFO. */
export type KeyWay = 'rtp' | 'info'

/** How long a key is down, and the pause after it, in ms: a quick thumb (ITU-T Q.24: 40 ms are enough). */
const PRESS_MS = 60
const PAUSE_MS = 60

/** A handset: registers with the switch over a WebSocket, and calls with real audio. */
export class Phone {
  readonly #options: PhoneOptions
  readonly #userAgent: UserAgent
  readonly #audio = new Map<Session, AudioNegotiation>()
  readonly #calls = new Set<PhoneCall>()
  #registerer: Registerer | undefined

  private constructor(options: PhoneOptions) {
    this.#options = options
    const { server, domain, credentials } = options
    const uri = UserAgent.makeURI(`sip:${credentials.username}@${domain}`)
    if (!uri) throw new RangeError(`no address: ${credentials.username}@${domain}`)
    const userAgentOptions: UserAgentOptions = {
      uri,
      transportOptions: { server },
      userAgentString: 'mcscp-handset',
      logBuiltinEnabled: false,
      reconnectionAttempts: 0,
      gracefulShutdown: true,
      sessionDescriptionHandlerFactory: session => this.#audioOf(session),
      delegate: { onDisconnect: () => this.#cutOff() },
    }
    this.#userAgent = new UserAgent(userAgentOptions)
    // sip.js speaks MD5 alone; the switch offers SHA-256 first (RFC 8760).
    this.#userAgent.userAgentCore.configuration.authenticationFactory = () =>
      new SwitchDigest(this.#userAgent, credentials, options.random)
  }

  /** Switches the handset on: connects to the switch. Rejects when it is not there. */
  static async on(options: PhoneOptions): Promise<Phone> {
    const phone = new Phone(options)
    await phone.#userAgent.start()
    return phone
  }

  /** Registers for a while; the final status, 200 when all is well. */
  register(expiresSeconds = 600): Promise<number> {
    const registerer = new Registerer(this.#userAgent, { expires: expiresSeconds })
    this.#registerer = registerer
    return new Promise((resolve, reject) => {
      const status = ({ message }: { message: { statusCode?: number | undefined } }) =>
        resolve(message.statusCode ?? 0)
      const requestDelegate = { onAccept: status, onReject: status }
      registerer.register({ requestDelegate }).catch(reject)
    })
  }

  /**
   * Dials. `extraHeaders` are whole header lines, for callers who claim things. Rejects when the call
   * could not even be sent.
   */
  async call(
    dialled: string,
    told: (progress: CallProgress) => void,
    extraHeaders: readonly string[] = [],
  ): Promise<PhoneCall> {
    const { address, domain, random } = this.#options
    const target = UserAgent.makeURI(`sip:${dialled}@${domain}`)
    if (!target) throw new RangeError(`nothing to dial: ${dialled}`)
    const port = await RtpPort.open(this.#options)
    const inviter = new Inviter(this.#userAgent, target, {
      earlyMedia: true,
      extraHeaders: [...extraHeaders],
    })
    this.#audio.set(inviter, new AudioNegotiation(port, address, `${random(0xffff_ffff)}`))
    const call = new PhoneCall(inviter, port, told)
    this.#calls.add(call)
    call.ended.then(() => {
      this.#calls.delete(call)
      this.#audio.delete(inviter)
    })
    await call.dial()
    return call
  }

  /** Switches the handset off: unregisters and closes the connection. */
  async off(): Promise<void> {
    if (this.#registerer) await this.#registerer.unregister().catch(() => {})
    await this.#userAgent.stop()
  }

  /** Without its connection a handset can neither hear of the end of a call nor tell it. */
  #cutOff(): void {
    for (const call of this.#calls) call.cutOff()
  }

  #audioOf(session: Session): AudioNegotiation {
    const audio = this.#audio.get(session)
    // Nobody calls a handset: the switch carries calls to its services alone.
    if (!audio) throw new Error('a call that this handset did not begin')
    return audio
  }
}

/** One call that a handset made. */
export class PhoneCall {
  /** How it ended; its audio is closed by then, and what was heard stays. */
  readonly ended: Promise<CallEnding>
  readonly #inviter: Inviter
  readonly #port: RtpPort
  readonly #told: (progress: CallProgress) => void
  #ending: CallEnding | undefined
  #over: () => void = () => {}

  constructor(inviter: Inviter, port: RtpPort, told: (progress: CallProgress) => void) {
    this.#inviter = inviter
    this.#port = port
    this.#told = told
    this.ended = new Promise(resolve => {
      this.#over = () => {
        this.#over = () => {}
        port.close()
        // sip.js tells of a refusal a step after it tells of the end.
        queueMicrotask(() => resolve(this.#ending ?? { how: 'hung_up', by: 'network' }))
      }
    })
    inviter.stateChange.addListener(state => {
      if (state === SessionState.Established) told({ type: 'answered' })
      if (state === SessionState.Terminated) this.#over()
    })
  }

  /** Everything heard so far. */
  get heard(): Heard {
    return this.#port.heard
  }

  /** Call-ID, by which the switch's log knows the call. */
  get callId(): string {
    return this.#inviter.request.callId
  }

  /** UDP port that it receives audio on until it has ended. */
  get audioPort(): number {
    return this.#port.port
  }

  /** The handset lost the switch: the call is over, unless it was being ended anyway. */
  cutOff(): void {
    this.#ending ??= { how: 'cut_off' }
    this.#over()
  }

  /** Told of each packet of audio as soon as it was heard. */
  onHeard(told: (packet: RtpPacket) => void): void {
    this.#port.onHeard(told)
  }

  /** Sends the INVITE. */
  async dial(): Promise<void> {
    await this.#inviter.invite({
      requestDelegate: {
        onProgress: ({ message }) =>
          this.#told({ type: 'provisional', status: message.statusCode ?? 0 }),
        onReject: ({ message }) => {
          if (this.#ending?.how === 'cancelled') return
          this.#ending = { how: 'refused', status: message.statusCode ?? 0 }
        },
      },
    })
  }

  /** Presses a key, as INFO where the other side takes none in the audio; resolves when it was sent. */
  async press(digit: Digit, way: KeyWay = 'rtp'): Promise<void> {
    if (way === 'rtp' && this.#port.takesKeys) return this.#port.press(digit, PRESS_MS, PAUSE_MS)
    if (this.#inviter.state !== SessionState.Established) return
    const body = {
      contentDisposition: 'render',
      contentType: 'application/dtmf-relay',
      content: `Signal=${digit}\r\nDuration=${PRESS_MS}\r\n`,
    }
    await new Promise<void>(resolve => {
      const done = () => resolve()
      const requestDelegate = { onAccept: done, onReject: done }
      this.#inviter.info({ requestOptions: { body }, requestDelegate }).catch(done)
    })
  }

  /** Hangs up, or gives up dialling; nothing when the call has ended. */
  async hangUp(): Promise<void> {
    const { state } = this.#inviter
    if (state === SessionState.Established) {
      this.#ending = { how: 'hung_up', by: 'caller' }
      const requestDelegate = { onAccept: () => this.#told({ type: 'released' }) }
      await this.#inviter.bye({ requestDelegate })
    } else if (state === SessionState.Initial || state === SessionState.Establishing) {
      this.#ending = { how: 'cancelled' }
      await this.#inviter.cancel()
    }
  }
}

/** sip.js's authentication, with the algorithms of RFC 8760 and for our switch alone. */
class SwitchDigest extends Core.DigestAuthentication {
  readonly #credentials: PhoneCredentials
  readonly #random: (bound: number) => number
  readonly #counts = new Map<string, number>()
  #value = ''

  constructor(
    userAgent: UserAgent,
    credentials: PhoneCredentials,
    random: (bound: number) => number,
  ) {
    super(userAgent.getLoggerFactory(), undefined, credentials.username, undefined)
    this.#credentials = credentials
    this.#random = random
  }

  override authenticate(
    request: { readonly method: string; readonly ruri: { toString(): string } },
    challenge: ParsedChallenge,
  ): boolean {
    const { realm = '', nonce = '', algorithm, opaque, qop } = challenge
    const count = (this.#counts.get(nonce) ?? 0) + 1
    this.#counts.set(nonce, count)
    const value = digestAnswer(
      { realm, nonce, algorithm, opaque, qop: [qop ?? []].flat() },
      this.#credentials,
      {
        method: request.method,
        uri: request.ruri.toString(),
        count,
        clientNonce: this.#random(0xffff_ffff).toString(36),
      },
    )
    this.#value = value ?? ''
    return value !== undefined
  }

  override toString(): string {
    return this.#value
  }
}

/** A challenge as sip.js's grammar reads it. */
interface ParsedChallenge {
  readonly realm?: string
  readonly nonce?: string
  readonly algorithm?: string
  readonly opaque?: string
  readonly qop?: string | readonly string[]
}
