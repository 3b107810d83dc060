import type { SipRequest } from '../sip/message.js'
import type { Arrival } from '../transport/address.js'
import type { Flow } from '../transport/flow.js'
import type { Facts } from './facts.js'
import type { ReplyPath } from './reply-path.js'

/** What is known of a request received, on which its server transaction runs. */
export interface Received {
  readonly request: SipRequest
  readonly facts: Facts
  readonly arrival: Arrival
  /** What it came over. */
  readonly flow: Flow
  readonly path: ReplyPath
}
