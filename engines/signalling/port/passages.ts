import type { EpochMs } from '../../../domain/clock.js'
import type { ClientTransaction } from '../agent.js'
import { dialogId } from '../dialog/dialog.js'
import type { SipMessage, SipRequest } from '../sip/message.js'
import { tagOf } from '../sip/name-addr.js'
import type { Arrival, Protocol, Sent } from '../transport/address.js'
import { type Passage, timeOfDay } from './reply-frame.js'

/** What came from the network: the other side's address. */
export const receivedPassage = (arrival: Arrival, at: EpochMs): Passage => ({
  bytes: arrival.bytes,
  protocol: word(arrival.protocol),
  address: arrival.remote.host,
  port: arrival.remote.port,
  time: timeOfDay(at),
})

/** A request of ours: our own address. */
export const requestPassage = (sent: Sent<SipMessage>, at: EpochMs): Passage => ({
  bytes: sent.bytes,
  protocol: word(sent.protocol),
  address: sent.local.host,
  port: sent.local.port,
  time: timeOfDay(at),
})

/** An answer of ours: where it went. The reference server names the protocol for INVITE alone. */
export const answerPassage = (sent: Sent<SipMessage>, invite: boolean, at: EpochMs): Passage => ({
  bytes: sent.bytes,
  protocol: invite ? word(sent.protocol) : '',
  address: sent.remote.host,
  port: sent.remote.port,
  time: timeOfDay(at),
})

/** A response that the engine made for want of a real one: size, address and port are empty. */
export const internalPassage = (
  { sent }: Pick<ClientTransaction, 'sent'>,
  at: EpochMs,
): Passage => ({
  bytes: 0,
  protocol: word(sent.protocol),
  address: '',
  port: 0,
  time: timeOfDay(at),
})

/** The dialog id that an INVITE leads to. */
export const dialogIdOf = ({ headers }: SipRequest): string =>
  dialogId(headers.get('Call-ID') ?? '', tagOf(headers.get('From') ?? '') ?? '')

/** drachtio's frames know no WebSocket: it is TCP, or TLS. */
const word = (protocol: Protocol): string =>
  protocol === 'ws' ? 'tcp' : protocol === 'wss' ? 'tls' : protocol
