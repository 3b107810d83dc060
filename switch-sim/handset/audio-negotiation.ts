import {
  acceptAnswer,
  answerAudio,
  type LocalAudio,
  offerAudio,
} from '../../platform/audio-offer.js'
import { formatSdp, parseSdp } from '../../platform/sdp.js'
import type { RtpPort } from './rtp-port.js'

/** The only body a handset speaks of sound in. */
const CONTENT_TYPE = 'application/sdp'

/** µ-law alone: clips are compared octet by octet, and the way through A-law loses some. */
const LAWS = ['PCMU'] as const

/**
 * Offer and answer (RFC 3264) of one call over a real RTP port. Has the shape that sip.js asks of a
 * session description handler; no browser is needed.
 */
export class AudioNegotiation {
  readonly #port: RtpPort
  readonly #address: string
  readonly #sessionId: string
  #version = 0
  #offered = false
  #answer: string | undefined

  constructor(port: RtpPort, address: string, sessionId: string) {
    this.#port = port
    this.#address = address
    this.#sessionId = sessionId
  }

  /** The answer to an offer that was set, or else an offer of our own. */
  getDescription(): Promise<{ body: string; contentType: string }> {
    const answer = this.#answer
    this.#answer = undefined
    this.#offered = answer === undefined
    const body = answer ?? formatSdp(offerAudio(this.#local()))
    return Promise.resolve({ body, contentType: CONTENT_TYPE })
  }

  /** Takes the answer to our offer, or an offer. Rejects when there is no audio in it for us. */
  setDescription(sdp: string): Promise<void> {
    const theirs = parseSdp(sdp)
    if (!theirs) return Promise.reject(new Error('no session description'))
    if (this.#offered) {
      const stream = acceptAnswer(theirs, this.#local())
      if (!stream) return Promise.reject(new Error('the answer agrees no µ-law audio'))
      this.#offered = false
      this.#port.agree(stream)
      return Promise.resolve()
    }
    const answering = answerAudio(theirs, this.#local())
    if (answering.outcome !== 'agreed') return Promise.reject(new Error(answering.outcome))
    this.#answer = formatSdp(answering.answer)
    this.#port.agree(answering.stream)
    return Promise.resolve()
  }

  hasDescription(contentType: string): boolean {
    return contentType === CONTENT_TYPE
  }

  /** An offer of ours was refused: what was agreed before stands. */
  rollbackDescription(): Promise<void> {
    this.#offered = false
    return Promise.resolve()
  }

  /** Keys go by the call, which knows what was agreed. */
  sendDtmf(): boolean {
    return false
  }

  /** The port is the call's to close: what was heard is read after it. */
  close(): void {}

  #local(): LocalAudio {
    return {
      address: this.#address,
      port: this.#port.port,
      sessionId: this.#sessionId,
      version: ++this.#version,
      laws: LAWS,
    }
  }
}
