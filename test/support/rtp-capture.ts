import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseRtp, type RtpPacket } from '../../platform/rtp/packet.js'

/** An RTP packet as it passed on loopback. */
export interface Captured {
  readonly fromPort: number
  readonly toPort: number
  readonly packet: RtpPacket
}

/** Octets of loopback's link header and of UDP's. */
const LINK = 14
const UDP = 8

/** Octets of a pcap file's header, and of the header before each frame. */
const FILE_HEADER = 24
const FRAME_HEADER = 16

/** How long tcpdump may be behind, in ms. */
const MARK_PATIENCE_MS = 20_000

/** Records the datagrams of loopback with tcpdump, so that what a phone was sent can be compared sample by sample. */
export class RtpCapture {
  readonly #tcpdump: ChildProcess
  readonly #file: string
  readonly #markPort: number
  readonly #captured: Captured[] = []
  #marks = 0
  /** What was read of the file and is no whole frame yet. */
  #rest: Buffer = Buffer.alloc(0)
  #read = FILE_HEADER

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
  async stop(): Promise<readonly Captured[]> {
    const captured = await this.untilNow()
    const ended = once(this.#tcpdump, 'exit')
    this.#tcpdump.kill('SIGINT')
    await ended
    return captured
  }

  /** Every packet that has passed by now, in order. */
  async untilNow(): Promise<readonly Captured[]> {
    await this.#marked()
    return this.written()
  }

  /** The packets that tcpdump has written; it is a little behind the network. */
  written(): readonly Captured[] {
    this.#rest = Buffer.concat([this.#rest, this.#more()])
    for (;;) {
      const length =
        FRAME_HEADER + (this.#rest.length < FRAME_HEADER ? 0 : this.#rest.readUInt32LE(8))
      if (length === FRAME_HEADER || this.#rest.length < length) return this.#captured
      const captured = capturedIn(this.#rest.subarray(FRAME_HEADER, length))
      if (captured) this.#captured.push(captured)
      this.#rest = this.#rest.subarray(length)
    }
  }

  /** Octets that were written since the last time. */
  #more(): Buffer {
    const file = openSync(this.#file, 'r')
    try {
      const more = Buffer.alloc(Math.max(0, fstatSync(file).size - this.#read))
      const read = readSync(file, more, 0, more.length, this.#read)
      this.#read += read
      return more.subarray(0, read)
    } finally {
      closeSync(file)
    }
  }

  /** tcpdump reads behind the network: waits until it has written a datagram that is sent now. */
  async #marked(): Promise<void> {
    const socket = createSocket('udp4')
    const mark = `mark ${++this.#marks} of ${this.#file}.`
    const deadline = performance.now() + MARK_PATIENCE_MS
    while (!readFileSync(this.#file).includes(mark)) {
      if (performance.now() > deadline) throw new Error('tcpdump does not keep up')
      socket.send(mark, this.#markPort, '127.0.0.1')
      await wait(50)
    }
    socket.close()
  }
}

/** The RTP packet in an Ethernet frame with IPv4 and UDP; `undefined` when there is none. */
function capturedIn(frame: Buffer): Captured | undefined {
  const ipHeader = ((frame[LINK] ?? 0) & 0x0f) * 4
  const udp = frame.subarray(LINK + ipHeader)
  const packet = udp.length > UDP ? parseRtp(udp.subarray(UDP)) : undefined
  return packet && { fromPort: udp.readUInt16BE(0), toPort: udp.readUInt16BE(2), packet }
}
