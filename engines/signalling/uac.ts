import type { Dispatched, ResponseListener, SendOptions } from './asking.js'
import { composeRequest } from './compose-request.js'
import type { Core } from './core.js'
import { CallDialog } from './dialog/call-dialog.js'
import { dialogId } from './dialog/dialog.js'
import { askingState } from './dialog/dialog-state.js'
import { SUBSCRIBING } from './dialog/subscription.js'
import { OutgoingInvite } from './outgoing-invite.js'
import { OutgoingRequest } from './outgoing-request.js'
import { type Ready, ready } from './ready.js'
import { parseCSeq } from './sip/cseq.js'
import type { SipRequest } from './sip/message.js'
import { parseNameAddr, tagOf } from './sip/name-addr.js'
import type { Attempts } from './transaction/attempts.js'

/** Sends a request outside any dialog (RFC 3261 §8.1). */
export function sendRequest(
  core: Core,
  given: SipRequest,
  on: ResponseListener,
  { nextHop }: SendOptions,
): Dispatched {
  const path = core.transports.pathTo(nextHop ?? firstHop(given))
  if (typeof path === 'string') return { outcome: path }
  const request = composeRequest(given, path, core.token)
  if (given.method === 'INVITE') return sendInvite(core, ready(request, path, core.token), on)
  const prepared = ready(request, path, core.token)
  if (SUBSCRIBING.has(given.method)) return sendSubscribing(core, prepared, on)
  const transaction = new OutgoingRequest(prepared, undefined, on)
  core.clients.send(prepared, transaction)
  return { outcome: 'sent', transaction }
}

function sendInvite(core: Core, prepared: Ready, on: ResponseListener): Dispatched {
  const dialog = beginDialog(core, prepared)
  if (!(dialog instanceof CallDialog)) return dialog
  dialog.session.describe(prepared.sent.message)
  const transaction = new OutgoingInvite(core, prepared, dialog, on, 'initial')
  return { outcome: 'sent', transaction }
}

/** RFC 6665 §4.1.2: the dialog begins with the request, as its NOTIFY may overtake its 2xx. */
function sendSubscribing(core: Core, prepared: Ready, on: ResponseListener): Dispatched {
  const dialog = beginDialog(core, prepared)
  if (!(dialog instanceof CallDialog)) return dialog
  const { message } = prepared.sent
  dialog.subscribe(message)
  let run: Attempts | undefined
  const transaction = new OutgoingRequest(prepared, dialog, received => {
    const { response, arrival } = received
    const accepted = response.status >= 200 && response.status < 300
    if (accepted && arrival) dialog.heardNotifier(response, arrival, run?.flow)
    dialog.heardOfSubscription(message, response)
    on(received)
  })
  run = core.clients.send(prepared, transaction)
  return { outcome: 'sent', transaction }
}

function beginDialog(core: Core, prepared: Ready): CallDialog | Dispatched {
  const { message } = prepared.sent
  const { headers } = message
  const cseq = parseCSeq(headers.get('CSeq') ?? '')
  if (!cseq) return { outcome: 'bad_uri' }
  const id = dialogId(headers.get('Call-ID') ?? '', tagOf(headers.get('From') ?? '') ?? '')
  if (core.dialogs.byId(id)) return { outcome: 'dialog_exists' }
  const state = askingState(message, cseq)
  return new CallDialog(core, { role: 'uac', state, end: prepared.path })
}

/** RFC 3261 §8.1.2: the first Route that is given, else the Request-URI. */
const firstHop = ({ headers, uri }: SipRequest): string => {
  const route = headers.get('Route')
  return (route === undefined ? undefined : parseNameAddr(route)?.uri) ?? uri
}
