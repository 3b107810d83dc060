import type { AudioStream } from '../../../platform/audio-offer.js'
import { formatSdp, parseSdp } from '../../../platform/sdp.js'
import type { Descriptions, OfferTaken } from '../sip/session-description.js'
import { asSecure, readSecure, type SecureEnd, withKeyTypes } from './secure-offer.js'

/**
 * The descriptions of a call from a browser: those of plain RTP, in the clothes of DTLS-SRTP. The road that its
 * first offer described stays for the life of the call: one that describes another (an ICE restart) is refused.
 */
export class SecureDescriptions implements Descriptions {
  readonly #plain: Descriptions
  readonly #end: SecureEnd
  readonly #ourAddress: string
  readonly #identity: string
  #sent = ''

  constructor(plain: Descriptions, end: SecureEnd, ourAddress: string, identity: string) {
    this.#plain = plain
    this.#end = end
    this.#ourAddress = ourAddress
    this.#identity = identity
  }

  get sent(): string {
    return this.#sent
  }

  answer(offer: Buffer): OfferTaken {
    const description = parseSdp(offer.toString('utf8'))
    if (!description) return { outcome: 'malformed' }
    const secure = readSecure(description, this.#ourAddress)
    if (secure?.identity !== this.#identity) return { outcome: 'refused' }
    const taken = this.#plain.answer(Buffer.from(formatSdp(secure.plain)))
    if (taken.outcome !== 'agreed') return taken
    return {
      outcome: 'agreed',
      answer: this.#written(taken.answer, 'active'),
      stream: withKeyTypes(taken.stream, secure.keyTypes),
    }
  }

  offer(): Buffer {
    return this.#written(this.#plain.offer(), 'actpass')
  }

  accept(answer: Buffer): AudioStream | undefined {
    const description = parseSdp(answer.toString('utf8'))
    const secure = description && readSecure(description, this.#ourAddress)
    if (secure?.identity !== this.#identity) return undefined
    const stream = this.#plain.accept(Buffer.from(formatSdp(secure.plain)))
    return stream && withKeyTypes(stream, secure.keyTypes)
  }

  #written(plain: Buffer, setup: 'actpass' | 'active'): Buffer {
    const description = parseSdp(plain.toString('utf8'))
    this.#sent = description ? formatSdp(asSecure(description, this.#end, setup)) : ''
    return Buffer.from(this.#sent)
  }
}
