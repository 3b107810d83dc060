import { isIP } from 'node:net'
import type { AudioStream } from '../../../platform/audio-offer.js'
import type { MediaDescription, SessionDescription } from '../../../platform/sdp.js'
import type { Candidate } from './ice-lite.js'
import type { IceCredentials } from './stun.js'

/** `a=fingerprint` (RFC 8122 §5), in an algorithm that is not broken. */
export interface Fingerprint {
  /** As Node names it. */
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  /** Hexadecimal, lower case, without colons. */
  readonly value: string
}

/** What a browser's description says of the road for its audio (RFC 8829). */
export interface SecureOffer {
  readonly fingerprints: readonly Fingerprint[]
  /** Name and password of its side of the checks, and the fingerprints, as one text: who changes it begins anew. */
  readonly identity: string
  /** `a=mid`, where it has one. */
  readonly mid: string | undefined
  /** Whether it offers that section as part of a bundle, if only of itself. */
  readonly bundled: boolean
  /** Payload types of keys, whatever their clock: browsers list two. */
  readonly keyTypes: readonly number[]
  /** The same description as plain RTP, which the rest of the engine understands. */
  readonly plain: SessionDescription
}

/** RFC 5764 §8, RFC 4585: DTLS-SRTP over UDP, with or without feedback. */
const SECURE = /^UDP\/TLS\/RTP\/SAVPF?$/i

const isSecureAudio = (media: MediaDescription): boolean =>
  media.kind === 'audio' && media.port !== 0 && SECURE.test(media.protocol)

/** Whether a description comes from a browser: its audio is DTLS-SRTP. */
export const isSecure = ({ media }: SessionDescription): boolean => media.some(isSecureAudio)

/**
 * Reads a browser's description; `undefined` when it lacks what makes the road safe and possible: checks by name
 * and password, a fingerprint, RTCP on the same port, and a side of the handshake that leaves its beginning to us.
 */
export function readSecure(offer: SessionDescription, ourAddress: string): SecureOffer | undefined {
  const media = offer.media.find(isSecureAudio)
  if (!media) return undefined
  // RFC 8839 §5.4, RFC 8122 §5: stated for the session, in force where a section states none.
  const valuesOf = (name: string): string[] => {
    const stated = valuesIn(media, name)
    return stated.length > 0 ? stated : valuesIn(offer, name)
  }
  const [ufrag] = valuesOf('ice-ufrag')
  const [password] = valuesOf('ice-pwd')
  const [setup = 'actpass'] = valuesOf('setup')
  const [mid] = valuesIn(media, 'mid')
  const prints = valuesOf('fingerprint').flatMap(readFingerprint)
  if (!ufrag || !password || prints.length === 0) return undefined
  if (!['actpass', 'passive'].includes(setup) || !media.attributes?.includes('rtcp-mux')) {
    return undefined
  }
  return {
    fingerprints: prints,
    identity: [ufrag, password, ...prints.map(one => one.value)].join(' '),
    mid,
    bundled: valuesIn(offer, 'group').some(
      group => group.startsWith('BUNDLE ') && group.split(' ').includes(mid ?? ''),
    ),
    keyTypes: [...media.encodings]
      .filter(([, encoding]) => /^telephone-event\//i.test(encoding))
      .map(([type]) => type),
    plain: asPlain(offer, media, ourAddress),
  }
}

const valuesIn = ({ attributes = [] }: { attributes?: readonly string[] }, name: string) =>
  attributes.filter(one => one.startsWith(`${name}:`)).map(one => one.slice(name.length + 1).trim())

function readFingerprint(text: string): Fingerprint[] {
  const [, bits, value] = /^sha-(256|384|512) +((?:[0-9a-f]{2}:)+[0-9a-f]{2})$/i.exec(text) ?? []
  const hash = bits === '256' ? 'sha256' : bits === '384' ? 'sha384' : 'sha512'
  return value ? [{ hash, value: value.replaceAll(':', '').toLowerCase() }] : []
}

/**
 * A browser that has not looked yet writes 0.0.0.0 and port 9 (RFC 8839 §4.3.3), which is no hold: the checks tell
 * where it is. Other sections are none of ours.
 */
function asPlain(
  { origin, direction, media }: SessionDescription,
  chosen: MediaDescription,
  ourAddress: string,
): SessionDescription {
  const own = chosen.address ?? ''
  const fits = isIP(own) === isIP(ourAddress) && own !== '0.0.0.0' && own !== '::'
  return {
    origin,
    ...(direction && { direction }),
    media: media.map(({ attributes: _, ...one }) => ({
      ...one,
      ...(isSecureAudio(one)
        ? { protocol: 'RTP/AVP', address: fits ? own : ourAddress, port: one.port }
        : { port: 0 }),
    })),
  }
}

/** Our end of the road. */
export interface SecureEnd {
  readonly credentials: IceCredentials
  readonly candidates: readonly Candidate[]
  readonly fingerprint: string
  readonly mid: string | undefined
  readonly bundled: boolean
}

/** A description of ours as a browser wants it. `actpass` in offers, `active` in answers (RFC 5763 §5). */
export function asSecure(
  plain: SessionDescription,
  end: SecureEnd,
  setup: 'actpass' | 'active',
): SessionDescription {
  return {
    ...plain,
    // RFC 8839 §5.3: a lite agent says so. RFC 9143 §7.3: a bundle is answered, or there is none.
    attributes: ['ice-lite', ...(end.bundled ? [`group:BUNDLE ${end.mid}`] : [])],
    media: plain.media.map(one =>
      one.kind !== 'audio' || one.port === 0
        ? one
        : { ...one, protocol: 'UDP/TLS/RTP/SAVPF', attributes: secureAttributes(end, setup) },
    ),
  }
}

const secureAttributes = (
  { credentials, candidates, fingerprint, mid }: SecureEnd,
  setup: string,
): string[] => [
  ...(mid === undefined ? [] : [`mid:${mid}`]),
  'rtcp-mux',
  `ice-ufrag:${credentials.ufrag}`,
  `ice-pwd:${credentials.password}`,
  `fingerprint:sha-256 ${fingerprint}`,
  `setup:${setup}`,
  // RFC 8839 §5.1: one foundation for each address.
  ...candidates.map(
    ({ host, port, priority }, at) =>
      `candidate:${at + 1} 1 udp ${priority} ${host} ${port} typ host`,
  ),
  'end-of-candidates',
]

/** A stream whose keys are heard under every payload type that the browser may send them as. */
export const withKeyTypes = (stream: AudioStream, types: readonly number[]): AudioStream => ({
  ...stream,
  keyTypesReceived: [...new Set([...stream.keyTypesReceived, ...types])],
})
