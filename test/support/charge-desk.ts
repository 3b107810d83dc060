import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { SipRequest } from '../../engines/signalling/sip/message.js'
import { next, type ReceiverState, silent } from '../../platform/rtp/key-receiver.js'
import { formatRtp, parseRtp } from '../../platform/rtp/packet.js'
import { parseTelephoneEvent } from '../../platform/rtp/telephone-event.js'
import { parseSdp } from '../../platform/sdp.js'
import { Pacer } from '../../switch-sim/handset/pacer.js'
import type { RawPhone } from './raw-phone.js'

/** One clock for the desk's calls; a busy machine delays packets, and loses none. */
const pacer = new Pacer(() => performance.now())

const KEY_TYPE = 101
const FRAME = 160

/** Guidance by the ids of its clips, µ-law octets. */
export type DeskClips = Readonly<
  Record<
    'ja/enter-number-1' | 'ja/charge-succeeded-1' | 'ja/card-refused' | 'ja/too-few-digits',
    Buffer
  >
>

/**
 * What stands behind the switch when only the callers are under test: answers every call, asks for a
 * card number in real audio, reads real keys, and keeps which cards were charged.
 */
export class ChargeDesk {
  /** Cards that were charged, in order. */
  readonly charged: string[] = []
  /** Calls that ended, whoever ended them. */
  ended = 0
  readonly #phone: RawPhone
  readonly #cards: ReadonlySet<string>
  readonly #clips: DeskClips
  readonly #calls = new Map<string, DeskCall>()
  #closed = false

  constructor(phone: RawPhone, cards: Iterable<string>, clips: DeskClips) {
    this.#phone = phone
    this.#cards = new Set(cards)
    this.#clips = clips
    this.#serve()
  }

  close(): void {
    this.#closed = true
    for (const call of this.#calls.values()) call.close()
    // A BYE on its way finds its call ended.
    this.#calls.clear()
  }

  async #serve(): Promise<void> {
    while (!this.#closed) {
      const message = await this.#phone.next()
      if (message.kind !== 'request') continue
      const callId = message.headers.get('Call-ID') ?? ''
      if (message.method === 'INVITE') await this.#answer(message, callId)
      if (message.method === 'BYE') {
        this.#phone.reply(message, '200 OK')
        this.#end(callId)
      }
    }
  }

  async #answer(invite: SipRequest, callId: string): Promise<void> {
    this.#phone.reply(invite, '180 Ringing')
    const call = await DeskCall.open(invite, this.#clips, {
      entered: pin => this.#charge(pin),
      silent: () => {
        this.#phone.askBack(invite, 'BYE', 1)
        this.#end(callId)
      },
    })
    this.#calls.set(callId, call)
    this.#phone.reply(invite, '200 OK', { body: call.sdp })
    call.ask()
  }

  #charge(pin: string): boolean {
    if (!this.#cards.has(pin) || this.charged.includes(pin)) return false
    this.charged.push(pin)
    return true
  }

  #end(callId: string): void {
    if (!this.#calls.has(callId)) return
    this.ended++
    this.#calls.get(callId)?.close()
    this.#calls.delete(callId)
  }
}

interface DeskEvents {
  /** A whole number was keyed; whether its card was charged. */
  readonly entered: (pin: string) => boolean
  /** Nothing was keyed for long. */
  readonly silent: () => void
}

/** How long the desk waits for keys, and for `#` behind a whole number, in ms. */
const SILENT_AFTER_MS = 8_000
const END_MARK_MS = 400

class DeskCall {
  readonly sdp: string
  readonly #socket: Socket
  readonly #remotePort: number
  readonly #clips: DeskClips
  readonly #events: DeskEvents
  readonly #stopSending: () => void
  #keys: ReceiverState = silent
  #keyed = ''
  #waiting: NodeJS.Timeout | undefined
  #playing: Buffer = Buffer.alloc(0)
  #sent = 0

  private constructor(socket: Socket, remotePort: number, clips: DeskClips, events: DeskEvents) {
    this.#socket = socket
    this.#remotePort = remotePort
    this.#clips = clips
    this.#events = events
    const { port } = socket.address()
    const lines = [
      'v=0',
      `o=- ${port} 1 IN IP4 127.0.0.1`,
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${port} RTP/AVP 0 ${KEY_TYPE}`,
      `a=rtpmap:${KEY_TYPE} telephone-event/8000`,
      '',
    ]
    this.sdp = lines.join('\r\n')
    socket.on('message', datagram => this.#read(datagram))
    this.#stopSending = pacer.every20Ms(() => this.#send())
  }

  static async open(invite: SipRequest, clips: DeskClips, events: DeskEvents): Promise<DeskCall> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const remote = parseSdp(invite.body.toString())?.media[0]?.port ?? 0
    return new DeskCall(socket, remote, clips, events)
  }

  ask(...before: (keyof DeskClips)[]): void {
    this.#playing = Buffer.concat(
      [...before, 'ja/enter-number-1' as const].map(id => this.#clips[id]),
    )
    this.#wait(SILENT_AFTER_MS, () => this.#events.silent())
  }

  close(): void {
    this.#stopSending()
    clearTimeout(this.#waiting)
    this.#socket.close()
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(then, ms)
  }

  #send(): void {
    const payload = Buffer.alloc(FRAME, 0xff)
    this.#playing.copy(payload, 0, 0, FRAME)
    this.#playing = this.#playing.subarray(FRAME)
    const at = this.#sent++
    const packet = { payloadType: 0, marker: at === 0, ssrc: 9, payload }
    this.#socket.send(
      formatRtp({ ...packet, sequence: at & 0xffff, timestamp: at * FRAME }),
      this.#remotePort,
      '127.0.0.1',
    )
  }

  #read(datagram: Buffer): void {
    const packet = parseRtp(datagram)
    const event = packet?.payloadType === KEY_TYPE && parseTelephoneEvent(packet.payload)
    if (!packet || !event) return
    const [after, ...actions] = next(this.#keys, {
      type: 'packet',
      timestamp: packet.timestamp,
      event,
    })
    this.#keys = after
    for (const action of actions) if (action.type === 'digit') this.#key(action.digit)
  }

  #key(digit: string): void {
    this.#playing = Buffer.alloc(0)
    if (digit === '*') this.#keyed = ''
    else if (digit !== '#') this.#keyed += digit
    if (digit === '#') {
      this.#enter()
      return
    }
    const whole = this.#keyed.length === 14
    this.#wait(whole ? END_MARK_MS : SILENT_AFTER_MS, () =>
      whole ? this.#enter() : this.#events.silent(),
    )
  }

  #enter(): void {
    const pin = this.#keyed
    this.#keyed = ''
    // `#` behind a number that was taken without it.
    if (pin === '') return
    if (pin.length < 14) this.ask('ja/too-few-digits')
    else this.ask(this.#events.entered(pin) ? 'ja/charge-succeeded-1' : 'ja/card-refused')
  }
}
