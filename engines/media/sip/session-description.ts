import {
  type AudioStream,
  acceptAnswer,
  answerAudio,
  type LocalAudio,
  offerAudio,
} from '../../../platform/audio-offer.js'
import type { G711Law } from '../../../platform/rtp/g711.js'
import { formatSdp, parseSdp } from '../../../platform/sdp.js'

/** What an offer leads to. */
export type OfferTaken =
  /** No description at all, or one that cannot be read: 400. */
  | { readonly outcome: 'malformed' }
  /** Nothing in common: 488. */
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'agreed'; readonly answer: Buffer; readonly stream: AudioStream }

/** Our side of a call's session descriptions, whatever carries the audio. */
export interface Descriptions {
  /** What was described last. */
  readonly sent: string
  /** The answer to an offer. */
  answer(offer: Buffer): OfferTaken
  /** An offer of our own, where the caller leaves it to us. */
  offer(): Buffer
  /** The stream that the answer to our offer agrees. */
  accept(answer: Buffer): AudioStream | undefined
}

/** Both laws, µ-law first: the clips are in it. */
const LAWS: readonly G711Law[] = ['PCMU', 'PCMA']

/**
 * Our side of a call's session descriptions (RFC 3264): one origin for the life of the call, its version
 * one higher whenever what we describe has changed.
 */
export class SessionDescriptions implements Descriptions {
  readonly #address: string
  readonly #port: number
  readonly #sessionId: string
  #version = 0
  #sent = ''

  constructor(address: string, port: number, sessionId: string) {
    this.#address = address
    this.#port = port
    this.#sessionId = sessionId
  }

  answer(offer: Buffer): OfferTaken {
    const description = parseSdp(offer.toString('utf8'))
    if (!description) return { outcome: 'malformed' }
    const answering = answerAudio(description, this.#local())
    if (answering.outcome !== 'agreed') return { outcome: 'refused' }
    return {
      outcome: 'agreed',
      answer: this.#written(version =>
        formatSdp({ ...answering.answer, origin: { ...answering.answer.origin, version } }),
      ),
      stream: answering.stream,
    }
  }

  offer(): Buffer {
    return this.#written(version =>
      formatSdp(offerAudio({ ...this.#local(), version: Number(version) })),
    )
  }

  accept(answer: Buffer): AudioStream | undefined {
    const description = parseSdp(answer.toString('utf8'))
    return description && acceptAnswer(description, this.#local())
  }

  get sent(): string {
    return this.#sent
  }

  #local(): LocalAudio {
    return {
      address: this.#address,
      port: this.#port,
      sessionId: this.#sessionId,
      version: this.#version,
      laws: LAWS,
    }
  }

  /** RFC 3264 §8: the version is incremented by one when the description differs from the last one. */
  #written(write: (version: string) => string): Buffer {
    if (write(String(this.#version)) !== this.#sent) {
      this.#version++
      this.#sent = write(String(this.#version))
    }
    return Buffer.from(this.#sent)
  }
}
