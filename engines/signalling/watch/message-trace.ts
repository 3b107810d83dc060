import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '../../../domain/clock.js'
import type { Logger } from '../../../platform/log.js'
import type { Endpoint } from '../transport/address.js'
import { HEP_PAYLOAD_MAX, hepPacket } from './hep.js'
import { masked } from './masked.js'
import type { WirePassage, WireWatch } from './wire-watch.js'

/** The packets' number for this capture agent, by which HOMER tells it from others. */
const AGENT_ID = 2_001

/** What a trace is made of. */
export interface MessageTraceOptions {
  readonly log: Logger
  readonly clock: Clock
  /** Where HOMER takes HEP over UDP. */
  readonly collector?: Endpoint | undefined
}

/**
 * Shows every message with its keys masked: to the log at level `debug`, and to HOMER. What HOMER does
 * not get is lost, as datagrams are: signalling never waits for it.
 */
export class MessageTrace implements WireWatch {
  readonly #options: MessageTraceOptions
  readonly #socket: Socket | undefined

  constructor(options: MessageTraceOptions) {
    this.#options = options
    const { collector } = options
    if (!collector) return
    this.#socket = createSocket(isIPv6(collector.host) ? 'udp6' : 'udp4')
    this.#socket.on('error', () => undefined)
    this.#socket.unref()
  }

  /** A trace, where anybody would see it. */
  static wanted(options: MessageTraceOptions): MessageTrace | undefined {
    const isSeen = options.collector !== undefined || options.log.isLevelEnabled('debug')
    return isSeen ? new MessageTrace(options) : undefined
  }

  passed(passage: WirePassage): void {
    const { log, clock, collector } = this.#options
    const shown = masked(passage.bytes)
    const { direction, protocol, local, remote } = passage
    log.debug({ direction, protocol, local, remote, sip: shown.toString() }, 'SIP message')
    if (!collector || shown.length > HEP_PAYLOAD_MAX) return
    const packet = hepPacket(passage, shown, clock.now(), AGENT_ID)
    this.#socket?.send(packet, collector.port, collector.host, () => undefined)
  }

  close(): void {
    this.#socket?.close()
  }
}
