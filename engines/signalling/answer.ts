import type { SipResponse } from './sip/message.js'
import { serialise } from './sip/serialise.js'
import type { ServerRun } from './transaction/server-layer.js'
import type { Sent } from './transport/address.js'

/** Puts an answer on the wire. */
export function answer(run: ServerRun, message: SipResponse): Sent<SipResponse> {
  message.headers.set('Content-Length', String(message.body.length))
  const bytes = serialise(message)
  const { protocol, local, remote } = run.received.path.flow
  run.answer(message.status, bytes)
  return { message, protocol, local, remote, bytes: bytes.length }
}
