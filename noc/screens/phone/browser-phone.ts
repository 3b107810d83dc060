import { Inviter, type Session, SessionState, UserAgent, Web } from 'sip.js'
import type { Handset, PhoneAnswer } from './answers.js'
import { SwitchDigest, withoutWeakChallenges } from './switch-digest.js'

/** How far a call has come, and how it ended; `call` is its Call-ID at the phone, once it was sent. */
export type CallState = { readonly call?: string } & (
  | { readonly phase: 'dialling' }
  /** Announced to before the answer. */
  | { readonly phase: 'early' }
  | { readonly phase: 'talking'; readonly since: number }
  | { readonly phase: 'over'; readonly why: 'hung_up' | 'refused' | 'unreachable' }
)

/** What a call is made of. */
export interface CallOptions {
  readonly network: PhoneAnswer
  readonly handset: Handset
  readonly dialled: string
  /** What the caller says: a stream of its own. */
  readonly microphone: MediaStream
  /** Where the caller hears it. */
  readonly speaker: HTMLAudioElement
  readonly told: (state: CallState) => void
}

/** Longest search for addresses of ours before dialling, in ms: the other end finds us without them. */
const GATHERING_MS = 500

/** A key in the audio and the pause after it, in ms (RFC 4733; ITU-T Q.24 asks for 40). */
const PRESS_MS = 100
const PAUSE_MS = 70

/** One call from the page: SIP over WebSocket to the switch, audio to whom it connects. */
export class BrowserCall {
  readonly #options: CallOptions
  readonly #userAgent: UserAgent
  #inviter: Inviter | undefined
  #answered = false
  #over = false

  constructor(options: CallOptions) {
    this.#options = options
    const { network, handset, microphone } = options
    const uri = UserAgent.makeURI(`sip:${handset.msisdn}@${network.domain}`)
    if (!uri) throw new RangeError(`no address: ${handset.msisdn}@${network.domain}`)
    this.#userAgent = new UserAgent({
      uri,
      transportOptions: { server: network.server },
      userAgentString: 'mcscp-screens',
      logBuiltinEnabled: false,
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(
        async () => microphone,
      ),
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: GATHERING_MS,
        // Without a list of its own, sip.js asks a public STUN server.
        peerConnectionConfiguration: { iceServers: [], bundlePolicy: 'max-bundle' },
      },
      delegate: { onDisconnect: () => this.#end('unreachable') },
    })
    this.#userAgent.userAgentCore.configuration.authenticationFactory = () =>
      new SwitchDigest(this.#userAgent, handset, network.realm)
    const { transport } = this.#userAgent
    const take = transport.onMessage
    transport.onMessage = message => take?.(withoutWeakChallenges(message))
  }

  /** Dials. What becomes of it is told. */
  async dial(): Promise<void> {
    const { network, dialled } = this.#options
    this.#tell({ phase: 'dialling' })
    try {
      await this.#userAgent.start()
      const target = UserAgent.makeURI(`sip:${dialled}@${network.domain}`)
      if (!target) throw new RangeError(`nothing to dial: ${dialled}`)
      const inviter = new Inviter(this.#userAgent, target, { earlyMedia: true })
      this.#inviter = inviter
      this.#tell({ phase: 'dialling' })
      inviter.stateChange.addListener(state => this.#changed(state))
      await inviter.invite({
        requestDelegate: {
          onProgress: ({ message }) => {
            if (message.statusCode === 183) this.#tell({ phase: 'early' })
          },
        },
      })
      this.#hear(inviter)
    } catch {
      this.#end('unreachable')
    }
  }

  #tell(state: CallState): void {
    const call = this.#inviter?.request.callId
    this.#options.told(call === undefined ? state : { ...state, call })
  }

  #changed(state: SessionState): void {
    if (state === SessionState.Established) {
      this.#answered = true
      this.#tell({ phase: 'talking', since: Date.now() })
    } else if (state === SessionState.Terminated) this.#end(this.#answered ? 'hung_up' : 'refused')
  }

  #hear(session: Session): void {
    const { speaker } = this.#options
    const stream = audioOf(session)?.remoteMediaStream
    if (!stream) return
    speaker.srcObject = stream
    // Refused only where nobody has pressed anything; the call goes on unheard.
    speaker.play().catch(() => {})
  }

  /** Presses keys, one after the other, after those that still sound. */
  press(keys: string): void {
    if (this.#inviter?.state !== SessionState.Established) return
    const senders = audioOf(this.#inviter)?.peerConnection?.getSenders() ?? []
    const dtmf = senders.find(sender => sender.dtmf)?.dtmf
    if (dtmf?.canInsertDTMF) dtmf.insertDTMF(dtmf.toneBuffer + keys, PRESS_MS, PAUSE_MS)
  }

  /** Hangs up, or gives up dialling. */
  hangUp(): void {
    const inviter = this.#inviter
    if (inviter?.state === SessionState.Established) void inviter.bye().catch(() => {})
    else if (inviter?.state === SessionState.Establishing) void inviter.cancel().catch(() => {})
    this.#end('hung_up')
  }

  #end(why: 'hung_up' | 'refused' | 'unreachable'): void {
    if (this.#over) return
    this.#over = true
    const { microphone, speaker } = this.#options
    for (const track of microphone.getTracks()) track.stop()
    speaker.srcObject = null
    this.#tell({ phase: 'over', why })
    // Whoever is told of our BYE answers it before the connection closes.
    setTimeout(() => void this.#userAgent.stop().catch(() => {}), CLOSING_MS)
  }
}

/** Time for the answer to a BYE, ms. */
const CLOSING_MS = 1_000

const audioOf = ({
  sessionDescriptionHandler,
}: Session): Web.SessionDescriptionHandler | undefined =>
  sessionDescriptionHandler instanceof Web.SessionDescriptionHandler
    ? sessionDescriptionHandler
    : undefined
