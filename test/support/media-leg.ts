import type {
  CallFacts,
  CallLeg,
  DigitSource,
  HangupDisposition,
  LegListener,
} from '../../engines/media/channel/call-leg.js'
import type { HangupCause } from '../../engines/media/channel/hangup-cause.js'
import type { KeyToSend } from '../../engines/media/channel/keys-to-send.js'
import type { FrameSource } from '../../engines/media/playback/frame-source.js'
import type { HeardFrame } from '../../engines/media/recording/heard-audio.js'
import type { SenderWheel, WheelMember } from '../../engines/media/rtp/sender-wheel.js'
import { parseDigit } from '../../platform/rtp/telephone-event.js'

/** What a leg was told to do, and how far the channel had got. */
export type LegDeed = string

/** A call without SIP and RTP: records what the channel does to it, and plays by a wheel. */
export class TestLeg implements CallLeg, WheelMember {
  readonly facts: CallFacts
  readonly deeds: LegDeed[] = []
  /** Every octet that the caller would have heard. */
  readonly heard: Uint8Array[] = []
  readonly #wheel: SenderWheel
  readonly #early: boolean
  #listener: LegListener | undefined
  #source: FrameSource | undefined
  #drained: (() => void) | undefined
  #answered = false
  #hearer: ((frame: HeardFrame) => void) | undefined

  constructor(wheel: SenderWheel, options: { destination?: string; early?: boolean } = {}) {
    const { destination = 'charge', early = true } = options
    this.#wheel = wheel
    this.#early = early
    this.facts = {
      callerNumber: '0312345678',
      callerName: 'caller',
      destination,
      networkAddress: '127.0.0.1',
      channelName: 'sofia/internal/0312345678@127.0.0.1:5170',
      variables: new Map([
        ['sip_from_user', '0312345678'],
        ['sip_call_id', '1-17498@127.0.0.1'],
        ['read_codec', 'PCMU'],
        ['write_codec', 'PCMU'],
      ]),
    }
  }

  listen(listener: LegListener): void {
    this.#listener = listener
  }

  ring(): void {
    this.deeds.push('180')
  }

  async early(): Promise<boolean> {
    this.deeds.push('183')
    return this.#early
  }

  async answer(): Promise<boolean> {
    this.deeds.push('200')
    this.#answered = true
    return true
  }

  refuse(status: number, reason: string): void {
    this.deeds.push(`${status} ${reason}`.trim())
  }

  end(cause: HangupCause): HangupDisposition {
    this.deeds.push(`${this.#answered ? 'BYE' : 'refused'} ${cause}`)
    return this.#answered ? 'send_bye' : 'send_refuse'
  }

  play(source: FrameSource | undefined, drained?: () => void): void {
    this.#source = source
    this.#drained = drained
    if (source) this.#wheel.join(this)
    else this.#wheel.leave(this)
  }

  turn(): void {
    const frame = this.#source?.next('PCMU')
    if (frame) this.heard.push(frame)
    else {
      const drained = this.#drained
      this.play(undefined)
      drained?.()
    }
  }

  sendKeys(keys: readonly KeyToSend[]): void {
    const words = keys.map(({ digit = 'w', units }) => `${digit}${units}`)
    this.deeds.push(`keys ${words.join(' ')}`)
  }

  detectTones(on: boolean): void {
    this.deeds.push(`tones ${on ? 'on' : 'off'}`)
  }

  hear(listener: ((frame: HeardFrame) => void) | undefined): void {
    this.#hearer = listener
  }

  /** The caller speaks; whether anybody listens. */
  speak(frame: HeardFrame): boolean {
    this.#hearer?.(frame)
    return this.#hearer !== undefined
  }

  audioCounts(): ReadonlyMap<string, string> {
    return new Map([['rtp_audio_out_packet_count', String(this.heard.length)]])
  }

  /** The caller presses keys. */
  press(keys: string, source: DigitSource = 'RTP'): void {
    for (const key of keys) {
      const digit = parseDigit(key)
      if (digit) this.#listener?.digit(digit, 1_600, source)
    }
  }

  /** The caller hangs up. */
  hangUp(): void {
    this.#listener?.learned(new Map([['sip_term_status', '200']]))
    this.#listener?.ended('NORMAL_CLEARING', this.#answered ? 'recv_bye' : 'recv_cancel')
  }
}
