import { isIPv6 } from 'node:net'
import type { EpochMs } from '../../../domain/clock.js'
import type { Endpoint } from '../transport/address.js'
import type { WirePassage } from './wire-watch.js'

/** Chunk types of the generic vendor, 0x0000 (HEP3 / EEP, revision 12, §3.2). */
const CHUNK = {
  family: 1,
  ipProtocol: 2,
  source4: 3,
  destination4: 4,
  source6: 5,
  destination6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  type: 11,
  agent: 12,
  payload: 15,
  correlation: 17,
} as const

/** Protocol type: SIP. */
const SIP = 1

/** IP protocol numbers: all but UDP runs over TCP. */
const IP_PROTOCOL = { udp: 17, tcp: 6, tls: 6, ws: 6, wss: 6 } as const

/** A message as HOMER takes it: one HEP version 3 packet. `payload` is what is shown of it. */
export function hepPacket(
  { direction, protocol, local, remote }: WirePassage,
  payload: Buffer,
  at: EpochMs,
  agentId: number,
): Buffer {
  const ends = [withoutPrefix(remote), withoutPrefix(local)] as const
  const [from, to] = direction === 'in' ? ends : [ends[1], ends[0]]
  const six = isIPv6(from.host)
  const chunks = [
    chunk(CHUNK.family, uint8(six ? 10 : 2)),
    chunk(CHUNK.ipProtocol, uint8(IP_PROTOCOL[protocol])),
    chunk(six ? CHUNK.source6 : CHUNK.source4, addressOf(from.host, six)),
    chunk(six ? CHUNK.destination6 : CHUNK.destination4, addressOf(to.host, six)),
    chunk(CHUNK.sourcePort, uint16(from.port)),
    chunk(CHUNK.destinationPort, uint16(to.port)),
    chunk(CHUNK.seconds, uint32(Math.floor(at / 1_000))),
    chunk(CHUNK.microseconds, uint32((at % 1_000) * 1_000)),
    chunk(CHUNK.type, uint8(SIP)),
    chunk(CHUNK.agent, uint32(agentId)),
    chunk(CHUNK.correlation, Buffer.from(callIdOf(payload))),
    chunk(CHUNK.payload, payload),
  ]
  const body = Buffer.concat(chunks)
  const head = Buffer.alloc(6)
  head.write('HEP3', 'latin1')
  head.writeUInt16BE(body.length + head.length, 4)
  return Buffer.concat([head, body])
}

/** Longest message that fits into one packet, its chunks and the datagram's own headers beside it. */
export const HEP_PAYLOAD_MAX = 60_000

function chunk(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(value.length + head.length, 4)
  return Buffer.concat([head, value])
}

const uint8 = (value: number): Buffer => Buffer.of(value)

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A socket for both families shows an IPv4 peer as IPv6 (RFC 4291 §2.5.5.2). */
const withoutPrefix = ({ host, port }: Endpoint): Endpoint => ({
  host: host.replace(/^::ffff:(?=[\d.]+$)/i, ''),
  port,
})

/** The octets of an address; of a name, which a peer that was never looked up has, those of none. */
function addressOf(host: string, six: boolean): Buffer {
  if (!six) {
    const octets = host.split('.').map(Number)
    return octets.length === 4 && !octets.some(Number.isNaN) ? Buffer.from(octets) : Buffer.alloc(4)
  }
  const [front = '', back] = host.split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === undefined || back === '' ? [] : back.split(':')
  const gap = Math.max(0, 8 - groups.length - behind.length)
  const all = [...groups, ...Array<string>(gap).fill('0'), ...behind].slice(0, 8)
  return Buffer.concat(all.map(group => uint16(Number.parseInt(group, 16) || 0)))
}

const callIdOf = (payload: Buffer): string =>
  /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(payload.toString('latin1', 0, 4_096))?.[1] ?? ''
