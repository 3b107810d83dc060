import { isIP } from 'node:net'
import type { G711Law } from './rtp/g711.js'
import type { Direction, MediaDescription, SessionDescription } from './sdp.js'

/**
 * Offer and answer (RFC 3264) for one audio stream: G.711 in either law, and keys as telephone-event
 * with whatever payload type the offer gives it. Other streams of an offer are refused with port 0.
 */
export interface LocalAudio {
  /** IPv4 or IPv6 address that the other side sends to. */
  readonly address: string
  /** UDP port, even. */
  readonly port: number
  /** Decimal; one number for the life of the call. */
  readonly sessionId: string
  /** One more for each description sent in the call, from 1. */
  readonly version: number
  /** Codecs that may be used, the preferred first. */
  readonly laws: readonly G711Law[]
}

/** What of our side decides whether a description of the other fits. */
export type LocalSide = Pick<LocalAudio, 'address' | 'laws'>

/** What both sides agreed. */
export interface AudioStream {
  readonly law: G711Law
  /** Payload type of the audio. */
  readonly audioType: number
  /** Payload type of keys sent, where they were agreed as RFC 4733. */
  readonly keyType?: number
  /** Payload types that keys may arrive under: ours, and the other side's, which some senders use. */
  readonly keyTypesReceived: readonly number[]
  /** Where the other side receives. */
  readonly remote: { readonly address: string; readonly port: number }
  /** What this side does: `sendonly` sends and expects nothing. */
  readonly direction: Direction
  /** Milliseconds of audio the other side would like in a packet. */
  readonly ptimeMs: number
}

/** An answer to an offer, in the order the reasons are checked. */
export type Answering =
  | { readonly outcome: 'no_audio' }
  | { readonly outcome: 'no_address' }
  | { readonly outcome: 'no_common_codec' }
  | {
      readonly outcome: 'agreed'
      readonly answer: SessionDescription
      readonly stream: AudioStream
    }

/** RFC 3551 §6, Table 4: payload types that need no `a=rtpmap`. */
const STATIC_TYPES: Readonly<Record<number, G711Law>> = { 0: 'PCMU', 8: 'PCMA' }

/** Audio in a packet unless the other side asks otherwise (RFC 3551 §4.2), ms. */
export const PACKET_MS = 20

/** Payload type offered for keys; an answer or an offer from elsewhere may use any other. */
const OFFERED_KEY_TYPE = 101

/** RFC 4733 §2.4.1: events 0 to 15 are the keys of a telephone. */
const KEY_EVENTS = '0-15'

/** An answer to an offer, and the stream it agrees; or why there can be none (SIP 488). */
export function answerAudio(offer: SessionDescription, local: LocalAudio): Answering {
  const usable = offer.media.filter(isUsable)
  if (usable.length === 0) return { outcome: 'no_audio' }
  const addressed = usable.filter(media => addressOf(offer, media, local) !== undefined)
  if (addressed.length === 0) return { outcome: 'no_address' }
  for (const media of addressed) {
    const stream = agree(offer, media, local)
    if (!stream) continue
    const answer = describe(
      local,
      // RFC 3264 §6: for each m= line of the offer there MUST be one in the answer.
      offer.media.map(one => (one === media ? audioSection(local, stream, one) : refused(one))),
    )
    return { outcome: 'agreed', answer, stream }
  }
  return { outcome: 'no_common_codec' }
}

/** A description to offer, for an INVITE without one or a call of our own. */
export function offerAudio(local: LocalAudio, direction: Direction = 'sendrecv') {
  const types = local.laws.map(law => (law === 'PCMU' ? 0 : 8))
  const encodings = new Map<number, string>([
    ...local.laws.map((law, at) => [types[at] ?? 0, `${law}/8000`] as const),
    [OFFERED_KEY_TYPE, 'telephone-event/8000'],
  ])
  const section: MediaDescription = {
    kind: 'audio',
    port: local.port,
    protocol: 'RTP/AVP',
    formats: [...types, OFFERED_KEY_TYPE].map(String),
    direction,
    ptimeMs: PACKET_MS,
    encodings,
    parameters: new Map([[OFFERED_KEY_TYPE, KEY_EVENTS]]),
  }
  return describe(local, [section])
}

/** The stream that an answer to our offer agrees; `undefined` when it agrees none. */
export function acceptAnswer(
  answer: SessionDescription,
  local: LocalSide,
): AudioStream | undefined {
  const media = answer.media.find(isUsable)
  const stream = media && agree(answer, media, local)
  if (stream?.keyType === undefined) return stream
  return { ...stream, keyTypesReceived: [OFFERED_KEY_TYPE, stream.keyType] }
}

/** Encrypted profiles (RTP/SAVP) are other protocols; a stream with port 0 is off. */
const isUsable = (media: MediaDescription): boolean =>
  media.kind === 'audio' && media.port !== 0 && /^RTP\/AVPF?$/i.test(media.protocol)

/** An address of our own family, since one socket speaks one of the two. */
const addressOf = (
  description: SessionDescription,
  media: MediaDescription,
  local: LocalSide,
): string | undefined => {
  const address = media.address ?? description.address
  return address !== undefined && isIP(address) === isIP(local.address) ? address : undefined
}

function agree(
  theirs: SessionDescription,
  media: MediaDescription,
  local: LocalSide,
): AudioStream | undefined {
  const types = media.formats.filter(format => /^\d{1,3}$/.test(format)).map(Number)
  const audioType = types.find(type => local.laws.some(law => law === lawOf(media, type)))
  const law = audioType === undefined ? undefined : lawOf(media, audioType)
  const address = addressOf(theirs, media, local)
  if (audioType === undefined || law === undefined || address === undefined) return undefined
  const keyType = types.find(type => isKeyType(media, type))
  return {
    law,
    audioType,
    ...(keyType === undefined ? {} : { keyType }),
    keyTypesReceived: keyType === undefined ? [] : [keyType],
    remote: { address, port: media.port },
    direction: ourDirection(media.direction ?? theirs.direction ?? 'sendrecv', address),
    ptimeMs: media.ptimeMs ?? PACKET_MS,
  }
}

/** RFC 3551 §3: a dynamic payload type takes its meaning from `a=rtpmap`, which wins. */
function lawOf(media: MediaDescription, type: number): G711Law | undefined {
  const encoding = media.encodings.get(type)
  if (encoding === undefined) return STATIC_TYPES[type]
  const [, name] = /^(PCMU|PCMA)\/8000(?:\/1)?$/i.exec(encoding) ?? []
  return name === undefined ? undefined : name.toUpperCase() === 'PCMU' ? 'PCMU' : 'PCMA'
}

const isKeyType = (media: MediaDescription, type: number): boolean =>
  /^telephone-event\/8000(?:\/1)?$/i.test(media.encodings.get(type) ?? '')

/** RFC 3264 §6.1: what may be answered to each direction that is offered. */
const MIRRORED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

/** RFC 3264 §8.4: the old way to hold is the address 0.0.0.0: nothing can be sent there. */
const isNowhere = (address: string): boolean => address === '0.0.0.0' || address === '::'

function ourDirection(theirs: Direction, address: string): Direction {
  const mirrored = MIRRORED[theirs]
  if (!isNowhere(address)) return mirrored
  return mirrored === 'sendrecv' || mirrored === 'recvonly' ? 'recvonly' : 'inactive'
}

/** Whether this side may send. */
export const maySend = ({ direction }: AudioStream): boolean =>
  direction === 'sendrecv' || direction === 'sendonly'

/** Whether the other side will send. */
export const willReceive = ({ direction }: AudioStream): boolean =>
  direction === 'sendrecv' || direction === 'recvonly'

const audioSection = (
  local: LocalAudio,
  stream: AudioStream,
  { protocol }: MediaDescription,
): MediaDescription => {
  const { law, audioType, keyType } = stream
  const keyed = keyType === undefined ? [] : [keyType]
  return {
    kind: 'audio',
    port: local.port,
    protocol,
    formats: [audioType, ...keyed].map(String),
    direction: stream.direction,
    ptimeMs: PACKET_MS,
    encodings: new Map([
      [audioType, `${law}/8000`],
      ...keyed.map(type => [type, 'telephone-event/8000'] as const),
    ]),
    parameters: new Map(keyed.map(type => [type, KEY_EVENTS])),
  }
}

/** RFC 3264 §6: to reject an offered stream, the port number in the answer MUST be set to zero. */
const refused = ({ kind, protocol, formats }: MediaDescription): MediaDescription => ({
  kind,
  port: 0,
  protocol,
  formats,
  encodings: new Map(),
  parameters: new Map(),
})

const describe = (
  { address, sessionId, version }: LocalAudio,
  media: readonly MediaDescription[],
): SessionDescription => ({
  origin: { username: 'mcscp', sessionId, version: String(version), address },
  address,
  media,
})
