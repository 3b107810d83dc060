import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseRtp, type RtpPacket } from '../../platform/rtp/packet.js'

/** An RTP packet as it passed on loopback. */
export interface Captured {
  readonly fromPort: number
  readonly toPort: number
  readonly packet: RtpPacket
}

/** Octets of loopback's link header, of IPv4's shortest header, and of UDP's. */
const LINK = 14
const UDP = 8

/** How long tcpdump may be behind, in ms. */
const MARK_PATIENCE_MS = 20_000

/** Records the datagrams of loopback with tcpdump, so that what a phone was sent can be compared sample by sample. */
export class RtpCapture {
  readonly #tcpdump: ChildProcess
  readonly #file: string
  readonly #markPort: number

  private constructor(tcpdump: ChildProcess, file: string, markPort: number) {
    this.#tcpdump = tcpdump
    this.#file = file
    this.#markPort = markPort
  }

  /** Starts recording datagrams to any port from `firstPort` to `lastPort`. */
  static async start(file: string, firstPort: number, lastPort: number): Promise<RtpCapture> {
    const tcpdump = spawn(
      'tcpdump',
      [
        '-i',
        'lo',
        '-n',
        '-U',
        '-B',
        '8192',
        '-w',
        file,
        `udp dst portrange ${firstPort}-${lastPort}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const listening = new Promise<void>((resolve, reject) => {
      tcpdump.once('error', reject)
      tcpdump.once('exit', code => reject(new Error(`tcpdump ended with code ${code}`)))
      tcpdump.stderr?.on('data', text => `${text}`.includes('listening on') && resolve())
    })
    await listening
    return new RtpCapture(tcpdump, file, lastPort)
  }

  /** Ends the recording and returns the packets in the order they passed. */
  async stop(): Promise<Captured[]> {
    await this.#marked()
    const ended = once(this.#tcpdump, 'exit')
    this.#tcpdump.kill('SIGINT')
    await ended
    return packetsOf(readFileSync(this.#file))
  }

  /** tcpdump reads behind the network: waits until it has written a datagram that is sent now. */
  async #marked(): Promise<void> {
    const socket = createSocket('udp4')
    const mark = `the end of ${this.#file}`
    const deadline = performance.now() + MARK_PATIENCE_MS
    while (!readFileSync(this.#file).includes(mark)) {
      if (performance.now() > deadline) throw new Error('tcpdump does not keep up')
      socket.send(mark, this.#markPort, '127.0.0.1')
      await wait(50)
    }
    socket.close()
  }
}

/** The audio one port was sent, µ-law or A-law octets in the order of their sequence numbers. */
export function audioTo(
  port: number,
  captured: readonly Captured[],
  payloadTypes = [0, 8],
): Buffer {
  const audio = captured
    .filter(({ toPort, packet }) => toPort === port && payloadTypes.includes(packet.payloadType))
    .map(({ packet }) => packet)
  const first = audio[0]?.sequence ?? 0
  const inOrder = audio.toSorted(
    (a, b) => ((a.sequence - first) & 0xffff) - ((b.sequence - first) & 0xffff),
  )
  return Buffer.concat(inOrder.map(packet => packet.payload))
}

/** Reads a pcap file: a header of 24 octets, then a header of 16 before each frame. */
function packetsOf(pcap: Buffer): Captured[] {
  const captured: Captured[] = []
  for (let at = 24; at + 16 <= pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8)
    const frame = pcap.subarray(at + 16, at + 16 + length)
    at += 16 + length
    const ipHeader = ((frame[LINK] ?? 0) & 0x0f) * 4
    const udp = frame.subarray(LINK + ipHeader)
    const packet = udp.length > UDP ? parseRtp(udp.subarray(UDP)) : undefined
    if (packet) {
      captured.push({ fromPort: udp.readUInt16BE(0), toPort: udp.readUInt16BE(2), packet })
    }
  }
  return captured
}
