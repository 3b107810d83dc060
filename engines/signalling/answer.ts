import type { SipResponse } from './sip/message.js'
import { serialise } from './sip/serialise.js'
import type { ServerRun } from './transaction/server-layer.js'
import type { Sent } from './transport/address.js'

/** An answer, and the bytes of it. */
export interface SentAnswer extends Sent<SipResponse> {
  readonly wire: Buffer
}

/** Puts an answer on the wire. */
export function answer(run: ServerRun, message: SipResponse): SentAnswer {
  const sent = toBeSent(run, message)
  run.answer(message.status, sent.wire)
  return sent
}

/** How an answer looks that leaves later. */
export function toBeSent(run: ServerRun, message: SipResponse): SentAnswer {
  message.headers.set('Content-Length', String(message.body.length))
  const wire = serialise(message)
  const { protocol, local, remote } = run.received.path.flow
  return { message, protocol, local, remote, bytes: wire.length, wire }
}
