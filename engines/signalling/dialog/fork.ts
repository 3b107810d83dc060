import type { Core } from '../core.js'
import type { OurEnd } from '../our-uri.js'
import { ready } from '../ready.js'
import { parseCSeq } from '../sip/cseq.js'
import { Headers } from '../sip/headers.js'
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message.js'
import { type Path, pathToNowhere } from '../transport/path.js'
import { askingState, nextHopOf, requestIn, withResponse } from './dialog-state.js'

/**
 * Another branch of a forked INVITE was answered too: it is acknowledged each time it says so, and released
 * by a BYE the first time (RFC 3261 §13.2.2.4).
 */
export function releaseBranch(
  core: Core,
  end: OurEnd,
  invite: SipRequest,
  answer: SipResponse,
  telling: 'first' | 'again',
) {
  const cseq = parseCSeq(invite.headers.get('CSeq') ?? '')
  if (!cseq) return
  const state = withResponse(askingState(invite, cseq), answer)
  const found = core.transports.pathTo(nextHopOf(state))
  const path: Path = typeof found === 'string' ? pathToNowhere(end) : found
  const made = (method: string, sequence: number) =>
    ready(requestIn(state, bare(method), sequence, end), path, core.token)
  const ack = made('ACK', cseq.number)
  core.clients.sendAlone(ack)
  if (telling === 'again') return
  core.clients.send(made('BYE', cseq.number + 1), { response() {}, failed() {} })
}

const bare = (method: string): SipRequest => ({
  kind: 'request',
  method,
  uri: '',
  headers: new Headers(),
  body: NO_BODY,
})
