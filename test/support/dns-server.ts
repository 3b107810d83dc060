import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Dns, Naptr, Srv } from '../../engines/signalling/transport/dns.js'
import type { Owner } from './sip-peer.js'

/** What stands under a name; a kind that is not there is no record of it. */
export interface DnsRecords {
  readonly a?: readonly string[]
  /** In full, eight groups. */
  readonly aaaa?: readonly string[]
  readonly srv?: readonly Srv[]
  readonly naptr?: readonly Naptr[]
}

/** Hosts and their addresses, with no DNS behind them. */
export const dnsOf = (hosts: Readonly<Record<string, readonly string[]>>): Dns => ({
  naptr: async () => [],
  srv: async () => [],
  addresses: async (name, family) =>
    (hosts[name] ?? []).filter(address => address.includes(':') === (family === 6)),
})

const TYPES = { a: 1, aaaa: 28, srv: 33, naptr: 35 } as const

type Kind = keyof typeof TYPES

/**
 * A DNS server (RFC 1035 §4) on loopback that answers questions by a table, and notes them: `SRV name`. What is not
 * in the table is no name at all.
 */
export async function dnsServer(owner: Owner, zone: Readonly<Record<string, DnsRecords>>) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const { name, kind, end } = questionOf(bytes)
    asked.push(`${kind?.toUpperCase()} ${name}`)
    socket.send(answerTo(bytes, end, zone[name], kind), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  owner.teardown(() => socket.close())
  return { asked, address: `127.0.0.1:${socket.address().port}` }
}

function questionOf(bytes: Buffer): { name: string; kind: Kind | undefined; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  const type = bytes.readUInt16BE(at + 1)
  const kind = (Object.keys(TYPES) as Kind[]).find(each => TYPES[each] === type)
  return { name: labels.join('.').toLowerCase(), kind, end: at + 5 }
}

function answerTo(
  question: Buffer,
  end: number,
  records: DnsRecords | undefined,
  kind: Kind | undefined,
): Buffer {
  const answers = kind === undefined ? [] : bodiesOf(records ?? {}, kind)
  const head = Buffer.alloc(12)
  question.copy(head, 0, 0, 2)
  // §4.1.1: a response with authority; 3 says that there is no such name.
  head.writeUInt16BE(0x8400 | (records ? 0 : 3), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(answers.length, 6)
  const rows = answers.map(body => {
    const row = Buffer.alloc(12)
    // §4.1.4: the name of the question, which stands at 12.
    row.writeUInt16BE(0xc00c, 0)
    row.writeUInt16BE(kind === undefined ? 0 : TYPES[kind], 2)
    row.writeUInt16BE(1, 4)
    row.writeUInt32BE(60, 6)
    row.writeUInt16BE(body.length, 10)
    return Buffer.concat([row, body])
  })
  return Buffer.concat([head, question.subarray(12, end), ...rows])
}

function bodiesOf({ a = [], aaaa = [], srv = [], naptr = [] }: DnsRecords, kind: Kind): Buffer[] {
  switch (kind) {
    case 'a':
      return a.map(address => Buffer.from(address.split('.').map(Number)))
    case 'aaaa':
      return aaaa.map(address =>
        uint16s(...address.split(':').map(group => Number.parseInt(group, 16))),
      )
    case 'srv':
      return srv.map(({ priority, weight, port, name }) =>
        Buffer.concat([uint16s(priority, weight, port), nameOf(name)]),
      )
    case 'naptr':
      return naptr.map(({ order, preference, flags, service, replacement }) =>
        Buffer.concat([
          uint16s(order, preference),
          ...[flags, service, ''].map(text => label(text)),
          nameOf(replacement),
        ]),
      )
  }
}

const label = (text: string): Buffer =>
  Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])

const nameOf = (name: string): Buffer =>
  Buffer.concat([...name.split('.').filter(Boolean).map(label), Buffer.of(0)])

function uint16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2)
  return bytes
}
