import { type AudioStream, maySend } from '../../../platform/audio-offer.js'
import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { AckReceived, Dialog, EndReason, ServerTransaction } from '../../signalling/agent.js'
import type { SipRequest } from '../../signalling/sip/message.js'
import type {
  CallFacts,
  CallLeg,
  DigitSource,
  HangupDisposition,
  LegListener,
} from '../channel/call-leg.js'
import {
  type HangupCause,
  parseHangupCause,
  reasonHeaderOf,
  statusOf,
} from '../channel/hangup-cause.js'
import type { KeyToSend } from '../channel/keys-to-send.js'
import type { MonotonicTime } from '../monotonic-time.js'
import type { FrameSource } from '../playback/frame-source.js'
import type { HeardFrame } from '../recording/heard-audio.js'
import type { RtpSession } from '../rtp/session.js'
import { callFacts } from './call-facts.js'
import { answerOf, requestOf } from './compose.js'
import { DigitPaths } from './digit-paths.js'
import { readInfo } from './info-digit.js'
import { mediaVariables } from './media-variables.js'
import type { Descriptions } from './session-description.js'

/** What a leg is made of. */
export interface LegParts {
  readonly invite: ServerTransaction
  readonly rtp: RtpSession
  readonly descriptions: Descriptions
  /** Agreed by the offer of the INVITE; absent when the offer is left to us. */
  readonly stream?: AudioStream
  readonly time: MonotonicTime
  /** The leg is over, and the caller has been told or has told it. */
  readonly gone: () => void
}

/**
 * A caller by SIP and RTP. Until the ACK a BYE must wait (RFC 3261 §15), and with a delayed offer so must
 * the audio.
 *
 *   calling ──183──► early ──200──► answered ──ACK──► confirmed
 *      └───────┴─ refusal, CANCEL ──► over ◄── BYE ──┴─────┘
 */
export class SipLeg implements CallLeg {
  readonly facts: CallFacts
  readonly #parts: LegParts
  readonly #digits: DigitPaths
  #listener: LegListener | undefined
  #stream: AudioStream | undefined
  #phase: 'calling' | 'early' | 'answered' | 'confirmed' | 'over' = 'calling'
  /** A BYE that waits for the ACK. */
  #byeWaits: HangupCause | undefined
  /** Whether audio flows after our own offer: decided by the ACK. */
  #acked: ((flows: boolean) => void) | undefined
  /** Our offer in a re-INVITE, whose answer comes with the ACK. */
  #offeredAgain = false

  constructor(parts: LegParts) {
    const { request, arrival } = parts.invite
    this.#parts = parts
    const facts = callFacts(request, arrival)
    const offer = request.body.toString('utf8')
    const variables = new Map([
      ...facts.variables,
      ...(offer === '' ? [] : [['switch_r_sdp', offer] as const]),
    ])
    this.facts = { ...facts, variables }
    this.#digits = new DigitPaths(parts.time, (digit, durationUnits, source) =>
      this.#listener?.digit(digit, durationUnits, source),
    )
    if (parts.stream) this.#agree(parts.stream)
  }

  get dialog(): Dialog | undefined {
    return this.#parts.invite.dialog
  }

  listen(listener: LegListener): void {
    this.#listener = listener
    if (this.#stream) this.#learn()
  }

  ring(): void {
    if (this.#phase === 'calling') this.#provisional(180)
  }

  async early(): Promise<boolean> {
    if (this.#phase !== 'calling') return this.#phase !== 'over'
    // Our own offer can travel only where its answer can: in the 200 and its ACK.
    if (!this.#stream || !this.#provisional(183)) return false
    this.#phase = 'early'
    return true
  }

  #provisional(status: 180 | 183): boolean {
    const { invite, descriptions } = this.#parts
    const required = invite.request.headers.all('Require').includes('100rel')
    const fields = required ? ([['Require', '100rel']] as const) : []
    const body = status === 183 ? Buffer.from(descriptions.sent) : undefined
    return invite.respond(answerOf(status, fields, body)).outcome === 'sent'
  }

  async answer(): Promise<boolean> {
    if (this.#phase !== 'calling' && this.#phase !== 'early') return this.#phase !== 'over'
    const { invite, descriptions } = this.#parts
    const body = this.#stream ? Buffer.from(descriptions.sent) : descriptions.offer()
    this.#phase = 'answered'
    if (invite.respond(answerOf(200, [], body)).outcome !== 'sent') {
      this.#finish()
      return false
    }
    if (!this.#stream) {
      return new Promise(resolve => {
        this.#acked = resolve
      })
    }
    this.#learn()
    this.#parts.rtp.watch()
    return true
  }

  refuse(status: number, reason: string): void {
    if (this.#phase === 'over') return
    const answer = answerOf(status)
    this.#parts.invite.respond(reason === '' ? answer : { ...answer, reason })
    this.#finish()
  }

  end(cause: HangupCause): HangupDisposition {
    const { invite } = this.#parts
    if (this.#phase === 'calling' || this.#phase === 'early') {
      invite.respond(answerOf(statusOf(cause), [['Reason', reasonHeaderOf(cause)]]))
      this.#finish()
      return 'send_refuse'
    }
    // RFC 3261 §15: the callee MUST NOT send a BYE until it has received an ACK for its 2xx response.
    if (this.#phase === 'answered') {
      this.#byeWaits = cause
      this.#parts.rtp.play(undefined)
      this.#acked?.(false)
      this.#acked = undefined
    } else if (this.#phase === 'confirmed') this.#bye(cause)
    return 'send_bye'
  }

  #bye(cause: HangupCause): void {
    const bye = requestOf('BYE', [['Reason', reasonHeaderOf(cause)]])
    const sent = this.dialog?.send(bye, ({ response }) => {
      if (response.status >= 200) this.#parts.gone()
    })
    this.#silence()
    if (sent?.outcome !== 'sent') this.#parts.gone()
  }

  /** Over without a further word to the caller. */
  #finish(): void {
    this.#silence()
    this.#parts.gone()
  }

  #silence(): void {
    this.#phase = 'over'
    this.#digits.close()
    this.#parts.rtp.close()
    this.#acked?.(false)
  }

  /** Gives up a call that could not be ended in order, when the engine closes. */
  abandon(): void {
    this.#finish()
  }

  play(source: FrameSource | undefined, drained?: () => void): void {
    if (this.#phase !== 'over') this.#parts.rtp.play(source, drained)
  }

  sendKeys(keys: readonly KeyToSend[]): void {
    if (this.#phase !== 'over') this.#parts.rtp.sendKeys(keys)
  }

  detectTones(on: boolean): void {
    this.#parts.rtp.detectTones(on)
  }

  hear(listener: ((frame: HeardFrame) => void) | undefined): void {
    this.#parts.rtp.hear(listener)
  }

  audioCounts(): ReadonlyMap<string, string> {
    const { sent, keyPacketsSent, received, keyPackets } = this.#parts.rtp.counts
    const reports = this.#parts.rtp.reporter?.received
    return new Map([
      ['rtp_audio_in_packet_count', String(received)],
      ['rtp_audio_in_media_packet_count', String(received - keyPackets)],
      ['rtp_audio_in_dtmf_packet_count', String(keyPackets)],
      ['rtp_audio_out_packet_count', String(sent)],
      ['rtp_audio_out_media_packet_count', String(sent - keyPacketsSent)],
      ['rtp_audio_out_dtmf_packet_count', String(keyPacketsSent)],
      ['rtp_audio_rtcp_packet_count', String(reports?.packets ?? 0)],
      ['rtp_audio_rtcp_octet_count', String(reports?.octets ?? 0)],
    ])
  }

  /** A key in the audio. */
  keyPressed(digit: Digit): void {
    this.#digits.keyPressed(digit)
  }

  /** A key in the audio was released. */
  digit(digit: Digit, durationUnits: number): void {
    this.#digits.inAudio(digit, durationUnits)
  }

  /** A key in the sound was released. */
  toneHeard(digit: Digit, durationUnits: number): void {
    this.#digits.inTones(digit, durationUnits)
  }

  /** Nothing was received for too long. */
  mediaTimeout(): void {
    this.#over('MEDIA_TIMEOUT', 'send_bye', () => this.#bye('MEDIA_TIMEOUT'))
  }

  /** The road of the audio is gone, or never came to be: no word of this call can be heard. */
  audioLost(): void {
    if (this.#phase === 'over' || this.#byeWaits) return
    this.#listener?.ended('MEDIA_TIMEOUT', this.end('MEDIA_TIMEOUT'))
  }

  /** The ACK of the 200, or of a re-INVITE's. */
  ack({ initial, request }: AckReceived): void {
    if (initial && this.#phase === 'answered') this.#confirm(request)
    else if (this.#offeredAgain) {
      this.#offeredAgain = false
      const stream = this.#parts.descriptions.accept(request.body)
      if (stream) this.#renew(stream)
    }
  }

  #confirm({ body }: SipRequest): void {
    this.#phase = 'confirmed'
    const acked = this.#acked
    this.#acked = undefined
    if (this.#byeWaits) this.#bye(this.#byeWaits)
    else if (acked) {
      const stream = this.#parts.descriptions.accept(body)
      if (stream) {
        this.#agree(stream)
        this.#learn()
        this.#parts.rtp.watch()
      }
      acked(stream !== undefined)
    }
  }

  /** The caller gave up before the answer. */
  cancelled(): void {
    this.#over('ORIGINATOR_CANCEL', 'recv_cancel', () => this.#finish())
  }

  /** The caller hung up; the cause that its Reason tells, if any. */
  bye(transaction: ServerTransaction): void {
    transaction.respond(answerOf(200))
    const [, stated = ''] =
      /^Q\.850\s*;.*?cause=(\d+)/i.exec(transaction.request.headers.get('Reason') ?? '') ?? []
    const cause = parseHangupCause(stated) ?? 'NORMAL_CLEARING'
    this.#listener?.learned(new Map([['sip_term_status', '200']]))
    this.#over(cause, 'recv_bye', () => this.#finish())
  }

  /** The caller acknowledged no reliable answer (RFC 3262 §3): it was refused already. */
  unacknowledged(): void {
    this.#over('RECOVERY_ON_TIMER_EXPIRE', 'send_refuse', () => this.#finish())
  }

  /** The agent ended the dialog by itself. */
  dialogEnded(reason: EndReason): void {
    const cancelled = reason === 'CANCEL after 200 OK'
    this.#over(
      cancelled ? 'ORIGINATOR_CANCEL' : 'RECOVERY_ON_TIMER_EXPIRE',
      cancelled ? 'recv_cancel' : 'send_bye',
      () => this.#finish(),
    )
  }

  #over(cause: HangupCause, disposition: HangupDisposition, finish: () => void): void {
    if (this.#phase === 'over') return
    finish()
    this.#listener?.ended(cause, disposition)
  }

  /** A re-INVITE, or an UPDATE: hold, another port or codec, or nothing but a refreshed session. */
  renegotiate(transaction: ServerTransaction): void {
    const { descriptions } = this.#parts
    const { body, method } = transaction.request
    if (body.length === 0) {
      this.#offeredAgain = method === 'INVITE'
      const offer = method === 'INVITE' ? descriptions.offer() : undefined
      transaction.respond(answerOf(200, [], offer))
      return
    }
    const taken = descriptions.answer(body)
    if (taken.outcome === 'agreed') {
      this.#renew(taken.stream)
      transaction.respond(answerOf(200, [], taken.answer))
    } else transaction.respond(answerOf(taken.outcome === 'refused' ? 488 : 400))
  }

  /** An INFO, which may tell a key. */
  inform(transaction: ServerTransaction): void {
    const { headers, body } = transaction.request
    const reading = readInfo(headers.get('Content-Type'), body)
    if (reading.outcome === 'unsupported') {
      transaction.respond(answerOf(415, [['Accept', 'application/dtmf-relay, application/dtmf']]))
      return
    }
    transaction.respond(answerOf(200))
    if (reading.outcome === 'digit') this.#digits.byInfo(reading.digit, reading.durationUnits)
  }

  #renew(stream: AudioStream): void {
    const heldBefore = this.#stream && !maySend(this.#stream)
    this.#agree(stream)
    this.#learn()
    const held = !maySend(stream)
    if (held !== heldBefore) this.#listener?.held(held)
  }

  #agree(stream: AudioStream): void {
    this.#stream = stream
    this.#parts.rtp.agree(stream)
    this.#digits.agree(stream.keyType !== undefined)
  }

  #learn(): void {
    const { rtp, descriptions } = this.#parts
    if (this.#stream) this.#listener?.learned(mediaVariables(this.#stream, rtp, descriptions))
  }
}

/** How a digit is told onwards. */
export type TellDigit = (digit: Digit, durationUnits: number, source: DigitSource) => void
