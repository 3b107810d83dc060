import { Clip, PromptSource } from '../../engines/media/playback/clip.js'
import { PacketGate } from '../../engines/media/rtp/packet-gate.js'
import { PortRange } from '../../engines/media/rtp/port-range.js'
import { SenderWheel } from '../../engines/media/rtp/sender-wheel.js'
import { RtpSession } from '../../engines/media/rtp/session.js'
import { packetOf } from './audio-phone.js'
import { HandScheduler } from './hand-scheduler.js'

/**
 * Tells by how many bytes the heap grows for one packet of a call in its steady state, each way. To be started with
 * --expose-gc and a young generation that holds all of it, so that nothing is collected meanwhile.
 */

const PACKETS = 100_000
const { gc } = globalThis
if (!gc) throw new Error('started without --expose-gc')

const scheduler = new HandScheduler()
const time = { now: () => scheduler.nowMs, scheduler }
const around = {
  ...{ address: '127.0.0.1', ports: new PortRange(2, 2), trusted: () => false },
  ...{ wheel: new SenderWheel(time), time, random32: () => 1, mediaTimeoutMs: 0, keyTones: false },
}
const peer = { address: '127.0.0.1', port: 6_000 }
const gate = new PacketGate(() => false)
let left = 0
const carrier = {
  ...{ port: 2, open: true, agree: gate.agree.bind(gate), close() {} },
  listen: (listener: RtpSession) => {
    gate.listener = listener
  },
  send: (packet: Buffer) => {
    left += packet.length
    return true
  },
  reports: { send() {}, listen() {} },
}
const listener = { keyPressed() {}, digit() {}, toneHeard() {}, mediaTimeout() {} }
const session = new RtpSession(around, listener, carrier)
session.agree({
  ...{ law: 'PCMU', audioType: 0, keyType: 96, keyTypesReceived: [96], ptimeMs: 20 },
  ...{ remote: peer, direction: 'sendrecv' },
})
const clip = new Clip('PCMU', Buffer.alloc(8_000, 1))
session.play(new PromptSource({ clip, times: Infinity }))
const datagrams = Array.from({ length: 0x10000 / 64 }, (_, at) =>
  packetOf({ sequence: at, timestamp: at * 160 }),
)
const from = { ...peer, family: 'IPv4', size: 172 } as const

/** Receives so many packets. */
function receive(count: number): void {
  for (let at = 0; at < count; at++) {
    const datagram = datagrams[at % datagrams.length]
    if (datagram) gate.take(datagram, from)
  }
}

/** Sends so many packets. */
function send(count: number): void {
  for (let at = 0; at < count; at++) session.turn(at)
}

/** Bytes of heap for one packet. */
function growthOf(run: (count: number) => void): number {
  run(PACKETS)
  gc?.()
  const before = process.memoryUsage().heapUsed
  run(PACKETS)
  return (process.memoryUsage().heapUsed - before) / PACKETS
}

const received = growthOf(receive)
const sent = growthOf(send)
const counted = session.counts.received === 2 * PACKETS && session.counts.sent === 2 * PACKETS
console.log(JSON.stringify({ received, sent, counted: counted && left > 0 }))
