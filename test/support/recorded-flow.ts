import type { SipMessage } from '../../engines/signalling/sip/message.js'
import { parseMessage } from '../../engines/signalling/sip/parse.js'
import type { Flow, FlowWatcher } from '../../engines/signalling/transport/flow.js'
import type { HandScheduler } from './hand-scheduler.js'

/** A way to a peer that only writes down what is sent, and when. */
export class RecordedFlow implements Flow {
  readonly protocol
  readonly reliable: boolean
  readonly accepted: boolean
  readonly opened = true
  readonly closed = false
  readonly local = { host: '127.0.0.1', port: 5060 }
  readonly remote = { host: '127.0.0.1', port: 5062 }
  /** When each message was sent, in milliseconds of the scheduler. */
  readonly times: number[] = []
  readonly messages: SipMessage[] = []
  /** Keep-alives of RFC 5626 that were sent. */
  keepAlives = 0
  readonly watchers = new Set<FlowWatcher>()
  readonly #scheduler: HandScheduler

  constructor(scheduler: HandScheduler, reliable: boolean, accepted = true) {
    this.accepted = accepted
    this.#scheduler = scheduler
    this.reliable = reliable
    this.protocol = reliable ? ('tcp' as const) : ('udp' as const)
  }

  send(bytes: Buffer) {
    if (bytes.toString() === '\r\n\r\n') {
      this.keepAlives++
      return
    }
    this.times.push(this.#scheduler.nowMs)
    this.messages.push(parseMessage(bytes))
  }

  watch(watcher: FlowWatcher) {
    this.watchers.add(watcher)
  }

  unwatch(watcher: FlowWatcher) {
    this.watchers.delete(watcher)
  }

  /** The peer is gone. */
  break() {
    for (const watcher of [...this.watchers]) watcher.unreachable()
  }
}
