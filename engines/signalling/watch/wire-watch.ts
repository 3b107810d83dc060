import type { Endpoint, Protocol } from '../transport/address.js'

/** One message as it crossed the wire. */
export interface WirePassage {
  readonly direction: 'in' | 'out'
  readonly protocol: Protocol
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly bytes: Buffer
}

/** Shown every message, both ways, retransmissions too; keep-alives are none. */
export interface WireWatch {
  passed(passage: WirePassage): void
}
