import { createSocket, type Socket } from 'node:dgram'
import { raisePriority } from '../platform/priority.js'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../platform/rtp/packet.js'

/**
 * The least that a sender of audio in Node can be: sockets, packets made once, and a timer. It runs as a
 * process of its own, told by messages; what it receives it throws away.
 */

/** What it is told. */
export type ToRawSender =
  | { readonly kind: 'open'; readonly streams: number; readonly niceness: number }
  | { readonly kind: 'send'; readonly ports: readonly number[] }
  | { readonly kind: 'stop' }

/** What it tells: the ports that its streams come from, or that it has stopped. */
export type FromRawSender =
  | { readonly kind: 'opened'; readonly ports: readonly number[] }
  | { readonly kind: 'stopped' }

const PERIOD_MS = 20
/** Like the engine, it spreads its streams over a period. */
const SLOTS = 4
const TICK_MS = PERIOD_MS / SLOTS
const FRAME_BYTES = 160
const LOOPBACK = '127.0.0.1'

const sockets: Socket[] = []
let timer: NodeJS.Timeout | undefined

process.on('message', async (message: ToRawSender) => {
  if (message.kind === 'open') await open(message.streams, message.niceness)
  else if (message.kind === 'send') send(message.ports)
  else {
    clearTimeout(timer)
    tell({ kind: 'stopped' })
  }
})
process.on('disconnect', () => process.exit(0))

const tell = (message: FromRawSender) => process.send?.(message)

async function open(streams: number, niceness: number): Promise<void> {
  try {
    raisePriority(niceness)
  } catch {
    // The engine was refused the same.
  }
  for (let n = 0; n < streams; n++) {
    const socket = createSocket({
      type: 'udp4',
      lookup: (host, _options, found) => found(null, host, 4),
    })
    socket.on('message', () => {})
    socket.on('error', () => {})
    await new Promise<void>(resolve => socket.bind(0, LOOPBACK, resolve))
    sockets.push(socket)
  }
  tell({ kind: 'opened', ports: sockets.map(socket => socket.address().port) })
}

function send(ports: readonly number[]): void {
  const packets = ports.map(() => Buffer.alloc(RTP_HEADER_BYTES + FRAME_BYTES, 0x55))
  const began = performance.now()
  let done = 0
  const wake = () => {
    const due = Math.floor((performance.now() - began) / TICK_MS)
    while (done < due) {
      done++
      const round = Math.floor(done / SLOTS)
      for (let n = done % SLOTS; n < ports.length; n += SLOTS) {
        const packet = packets[n]
        if (!packet) continue
        writeRtpHeader(packet, {
          payloadType: 0,
          marker: false,
          sequence: round & 0xffff,
          timestamp: round * FRAME_BYTES,
          ssrc: n + 1,
        })
        sockets[n]?.send(packet, ports[n], LOOPBACK)
      }
    }
    timer = setTimeout(
      wake,
      Math.max(1, Math.floor(began + (done + 1) * TICK_MS - performance.now())),
    )
  }
  wake()
}
