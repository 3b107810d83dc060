import type { SipResponse } from './sip/message.js'
import { serialise } from './sip/serialise.js'
import type { ServerRun } from './transaction/server-layer.js'
import type { Sent } from './transport/address.js'

/** Puts an answer on the wire. */
export function answer(run: ServerRun, message: SipResponse): Sent<SipResponse> {
  const { bytes, sent } = written(run, message)
  run.answer(message.status, bytes)
  return sent
}

/** How an answer looks that leaves later. */
export const toBeSent = (run: ServerRun, message: SipResponse): Sent<SipResponse> =>
  written(run, message).sent

function written(run: ServerRun, message: SipResponse) {
  message.headers.set('Content-Length', String(message.body.length))
  const bytes = serialise(message)
  const { protocol, local, remote } = run.received.path.flow
  return { bytes, sent: { message, protocol, local, remote, bytes: bytes.length } }
}
