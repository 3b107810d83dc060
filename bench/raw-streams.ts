import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Pacer } from '../switch-sim/handset/pacer.js'
import { RtpPort } from '../switch-sim/handset/rtp-port.js'
import { StreamJitter } from './jitter.js'
import { cpuMsOf } from './process-cost.js'
import type { FromRawSender, ToRawSender } from './raw-sender.js'

const LOOPBACK = '127.0.0.1'

/** What one turn of the raw sender came to. */
export interface RawRound {
  readonly streams: readonly StreamJitter[]
  readonly lost: number
  /** Processor time of the sender. */
  readonly cpuMs: number
  readonly measuredSeconds: number
}

/** The raw sender as a process of its own, and what hears it: the same handset's ends of audio as in calls. */
export class RawStreams {
  readonly #sender: ChildProcess
  readonly #from: readonly number[]

  private constructor(sender: ChildProcess, from: readonly number[]) {
    this.#sender = sender
    this.#from = from
  }

  /** Starts the sender, at a nice value. */
  static async open(streams: number, niceness: number): Promise<RawStreams> {
    const entry = fileURLToPath(new URL('./raw-sender.js', import.meta.url))
    // A session of its own, as the media engine has.
    const sender = fork(entry, { detached: true })
    const opened = once(sender, 'message')
    tell(sender, { kind: 'open', streams, niceness })
    const [message]: FromRawSender[] = await opened
    return new RawStreams(sender, message?.kind === 'opened' ? message.ports : [])
  }

  get pid(): number {
    return this.#sender.pid ?? 0
  }

  /** Hears every stream for a while; quiet goes back to each, as from a phone. */
  async round(pacer: Pacer, seconds: number): Promise<RawRound> {
    const random = (bound: number) => randomInt(bound)
    const ends = await Promise.all(
      this.#from.map(() => RtpPort.open({ address: LOOPBACK, pacer, random })),
    )
    const streams = ends.map((end, n) => {
      const stream = new StreamJitter()
      end.onHeard(packet => stream.accept(packet, performance.now()))
      end.agree({
        law: 'PCMU',
        audioType: 0,
        keyTypesReceived: [],
        remote: { address: LOOPBACK, port: this.#from[n] ?? 0 },
        direction: 'sendrecv',
        ptimeMs: 20,
      })
      return stream
    })
    const [cpuMs, beganMs] = [cpuMsOf(this.pid), performance.now()]
    tell(this.#sender, { kind: 'send', ports: ends.map(end => end.port) })
    await after(seconds * 1_000)
    const stopped = once(this.#sender, 'message')
    tell(this.#sender, { kind: 'stop' })
    await stopped
    const measuredSeconds = (performance.now() - beganMs) / 1_000
    const lost = ends.reduce((sum, end) => sum + end.heard.lostPackets, 0)
    for (const end of ends) end.close()
    return { streams, lost, cpuMs: cpuMsOf(this.pid) - cpuMs, measuredSeconds }
  }

  async close(): Promise<void> {
    const ended = once(this.#sender, 'exit')
    this.#sender.disconnect()
    await ended
  }
}

const tell = (sender: ChildProcess, message: ToRawSender) => sender.send(message)
