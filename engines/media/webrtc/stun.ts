import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Endpoint } from '../../signalling/transport/address.js'

/** What a browser's connectivity check asks (RFC 8445 §7.1), its sender proven. */
export interface BindingRequest {
  readonly transactionId: Buffer
  /** USE-CANDIDATE: the browser sends its audio by this way from now on. */
  readonly nominates: boolean
  /** ICE-CONTROLLED: the sender believes that we decide, which a lite agent never does. */
  readonly leavesItToUs: boolean
}

/** Names and secrets by which checks of one call are known (RFC 8445 §5.3). */
export interface IceCredentials {
  readonly ufrag: string
  readonly password: string
}

/** RFC 8489 §5, §18.2: message types, attributes. */
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const BINDING_ERROR = 0x0111
const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
const ERROR_CODE = 0x0009
const XOR_MAPPED_ADDRESS = 0x0020
const USE_CANDIDATE = 0x0025
const FINGERPRINT = 0x8028
const ICE_CONTROLLED = 0x8029

const MAGIC_COOKIE = 0x2112a442
const HEADER_BYTES = 20
const ATTRIBUTE_HEAD_BYTES = 4
const INTEGRITY_BYTES = 20
const FINGERPRINT_MASK = 0x5354554e

interface Attribute {
  readonly type: number
  readonly value: Buffer
  /** Where it begins in the message. */
  readonly at: number
}

/**
 * Reads a check addressed to us; `undefined` for all else: another message, a fingerprint that does not fit,
 * another call's name, or a sender that does not know our password. None of these is answered, so that a port
 * open to the network tells nothing to whom the session description was not given.
 */
export function readBindingRequest(
  datagram: Buffer,
  { ufrag, password }: IceCredentials,
): BindingRequest | undefined {
  if (datagram.length < HEADER_BYTES || datagram.readUInt16BE(0) !== BINDING_REQUEST) {
    return undefined
  }
  if (datagram.readUInt32BE(4) !== MAGIC_COOKIE) return undefined
  const attributes = attributesOf(datagram)
  const find = (type: number) => attributes?.find(one => one.type === type)
  const integrity = find(MESSAGE_INTEGRITY)
  const fingerprint = find(FINGERPRINT)
  // RFC 8445 §7.1.1: a check carries FINGERPRINT; §7.2.2: USERNAME is our name, a colon, and theirs.
  if (!integrity || !fingerprint || !isFingerprint(datagram, fingerprint)) return undefined
  if (!find(USERNAME)?.value.toString('utf8').startsWith(`${ufrag}:`)) return undefined
  if (!isIntegrity(datagram, integrity, password)) return undefined
  return {
    transactionId: datagram.subarray(8, HEADER_BYTES),
    // RFC 8489 §14.5: what follows MESSAGE-INTEGRITY is not proven, and ignored.
    nominates: (find(USE_CANDIDATE)?.at ?? Number.POSITIVE_INFINITY) < integrity.at,
    leavesItToUs: (find(ICE_CONTROLLED)?.at ?? Number.POSITIVE_INFINITY) < integrity.at,
  }
}

/** Attributes in their order; `undefined` when lengths do not fit. */
function attributesOf(datagram: Buffer): Attribute[] | undefined {
  if (datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return undefined
  const attributes: Attribute[] = []
  let at = HEADER_BYTES
  while (at + ATTRIBUTE_HEAD_BYTES <= datagram.length) {
    const length = datagram.readUInt16BE(at + 2)
    const begin = at + ATTRIBUTE_HEAD_BYTES
    if (begin + length > datagram.length) return undefined
    const value = datagram.subarray(begin, begin + length)
    attributes.push({ type: datagram.readUInt16BE(at), value, at })
    // RFC 8489 §14: values are padded to 4 octets.
    at = begin + Math.ceil(length / 4) * 4
  }
  return at === datagram.length ? attributes : undefined
}

/** RFC 8489 §14.5, §14.7: sums are over what stands before, under a length that counts the sum itself in. */
function summed(datagram: Buffer, at: number, sumBytes: number): Buffer {
  const before = Buffer.from(datagram.subarray(0, at))
  before.writeUInt16BE(at - HEADER_BYTES + ATTRIBUTE_HEAD_BYTES + sumBytes, 2)
  return before
}

function isFingerprint(datagram: Buffer, { at, value }: Attribute): boolean {
  if (value.length !== 4 || at + 8 !== datagram.length) return false
  return value.readUInt32BE(0) === fingerprintOf(summed(datagram, at, 4))
}

const fingerprintOf = (before: Buffer): number => (crc32(before) ^ FINGERPRINT_MASK) >>> 0

function isIntegrity(datagram: Buffer, { at, value }: Attribute, password: string): boolean {
  if (value.length !== INTEGRITY_BYTES) return false
  return timingSafeEqual(value, integrityOf(summed(datagram, at, INTEGRITY_BYTES), password))
}

const integrityOf = (before: Buffer, password: string): Buffer =>
  createHmac('sha1', password).update(before).digest()

/** The answer to a check: where it was seen to come from. */
export const bindingSuccess = (
  request: BindingRequest,
  from: Endpoint,
  credentials: IceCredentials,
): Buffer =>
  message(BINDING_SUCCESS, request, credentials, [
    [XOR_MAPPED_ADDRESS, xorMapped(from, request.transactionId)],
  ])

/** RFC 8445 §7.3.1.1: role conflict, so that the other side takes the decision. */
export function roleConflict(request: BindingRequest, credentials: IceCredentials): Buffer {
  const value = Buffer.concat([Buffer.from([0, 0, 4, 87]), Buffer.from('Role Conflict')])
  return message(BINDING_ERROR, request, credentials, [[ERROR_CODE, value]])
}

function message(
  type: number,
  { transactionId }: BindingRequest,
  { password }: IceCredentials,
  attributes: readonly (readonly [type: number, value: Buffer])[],
): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(type, 0)
  head.writeUInt32BE(MAGIC_COOKIE, 4)
  const plain = Buffer.concat([head, transactionId, ...attributes.map(one => written(...one))])
  const integrity = integrityOf(summed(plain, plain.length, INTEGRITY_BYTES), password)
  const proven = Buffer.concat([plain, written(MESSAGE_INTEGRITY, integrity)])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(fingerprintOf(summed(proven, proven.length, 4)))
  const whole = Buffer.concat([proven, written(FINGERPRINT, sum)])
  whole.writeUInt16BE(whole.length - HEADER_BYTES, 2)
  return whole
}

function written(type: number, value: Buffer): Buffer {
  const padded = Math.ceil(value.length / 4) * 4
  const attribute = Buffer.alloc(ATTRIBUTE_HEAD_BYTES + padded)
  attribute.writeUInt16BE(type, 0)
  attribute.writeUInt16BE(value.length, 2)
  value.copy(attribute, ATTRIBUTE_HEAD_BYTES)
  return attribute
}

/** RFC 8489 §14.2: the address under the magic cookie and the transaction's id. */
function xorMapped({ host, port }: Endpoint, transactionId: Buffer): Buffer {
  const mask = Buffer.alloc(4 + transactionId.length)
  mask.writeUInt32BE(MAGIC_COOKIE)
  transactionId.copy(mask, 4)
  const address = isIPv6(host) ? ipv6Octets(host) : Buffer.from(host.split('.').map(Number))
  const value = Buffer.alloc(4 + address.length)
  value.writeUInt8(isIPv6(host) ? 2 : 1, 1)
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2)
  for (const [at, octet] of address.entries()) value[4 + at] = octet ^ (mask[at] ?? 0)
  return value
}

/** The sixteen octets of an address in whichever spelling. */
function ipv6Octets(address: string): Buffer {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address.split('%')[0] ?? '')
  const hex = (high?: string, low?: string) => (Number(high) * 256 + Number(low)).toString(16)
  const plain = dotted
    ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
    : (address.split('%')[0] ?? '')
  const [before = '', after] = plain.split('::')
  const groups = (text: string) => text.split(':').filter(one => one !== '')
  const missing = after === undefined ? 0 : 8 - groups(before).length - groups(after).length
  const all = [...groups(before), ...Array<string>(Math.max(0, missing)).fill('0')]
  const octets = Buffer.alloc(16)
  for (const [at, group] of [...all, ...groups(after ?? '')].slice(0, 8).entries()) {
    octets.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, at * 2)
  }
  return octets
}
