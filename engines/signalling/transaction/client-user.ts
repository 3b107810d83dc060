import type { SipResponse } from '../sip/message.js'
import type { Arrival } from '../transport/address.js'
import type { Facts } from './facts.js'

/** Why a client transaction ended without a final response from the peer. */
export type Failure = 'timeout' | 'unreachable' | 'abandoned'

/** Who is told what becomes of a client transaction: the TU of RFC 3261 §17. */
export interface ClientUser {
  /** As the machine passes them up: each provisional, and the final once; of an INVITE, each 2xx. */
  response(response: SipResponse, facts: Facts, arrival: Arrival): void
  /** No final response will come. */
  failed(failure: Failure): void
}
