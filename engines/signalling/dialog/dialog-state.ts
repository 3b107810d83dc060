import { addContact, addOthers } from '../compose-request.js'
import { type OurEnd, schemeTowards } from '../our-uri.js'
import type { CSeq } from '../sip/cseq.js'
import { Headers } from '../sip/headers.js'
import type { SipRequest, SipResponse } from '../sip/message.js'
import { parseNameAddr, tagOf, withTag } from '../sip/name-addr.js'
import { formatUri, parseUri } from '../sip/uri.js'

/**
 * What both ends of a dialog remember (RFC 3261 §12.1): its identifiers, the sequence numbers, the
 * addresses of both, the peer's target, and the route.
 */
export interface DialogState {
  readonly callId: string
  /** Value of From in our requests, with our tag. */
  readonly local: string
  /** Value of To in our requests, with the peer's tag once it has one. */
  readonly remote: string
  readonly localTag: string
  /** Empty until the peer has one. */
  readonly remoteTag: string
  /** CSeq number of our latest request; 0 before the first. */
  readonly localSequence: number
  /** CSeq number of the peer's latest request; undefined before the first. */
  readonly remoteSequence: number | undefined
  /** URI of the peer's Contact. */
  readonly remoteTarget: string
  /** Route values for our requests, in order. */
  readonly routeSet: readonly string[]
}

/** §12.1.1: the state of the side that answers an INVITE, with the tag it chose. */
export function answeringState(invite: SipRequest, cseq: CSeq, localTag: string): DialogState {
  const { headers } = invite
  const remote = headers.get('From') ?? ''
  return {
    callId: headers.get('Call-ID') ?? '',
    local: withTag(headers.get('To') ?? '', localTag),
    remote,
    localTag,
    remoteTag: tagOf(remote) ?? '',
    // The local sequence number MUST be empty; the first request will have 1.
    localSequence: 0,
    remoteSequence: cseq.number,
    remoteTarget: contactOf(headers) ?? parseNameAddr(remote)?.uri ?? '',
    // The route set is the Record-Route of the request, in order.
    routeSet: headers.all('Record-Route'),
  }
}

/** RFC 6665 §4.4.1: what a NOTIFY that comes before its 2xx says of the notifier. */
export function notifierOf({
  headers,
}: SipRequest): Pick<
  DialogState,
  'remote' | 'remoteTag' | 'remoteTarget' | 'routeSet' | 'remoteSequence'
> {
  const remote = headers.get('From') ?? ''
  return {
    remote,
    remoteTag: tagOf(remote) ?? '',
    remoteTarget: contactOf(headers) ?? '',
    routeSet: headers.all('Record-Route'),
    remoteSequence: undefined,
  }
}

/** §12.1.2: the state of the side that sends an INVITE, before any response. */
export function askingState(invite: SipRequest, cseq: CSeq): DialogState {
  const { headers } = invite
  const local = headers.get('From') ?? ''
  return {
    callId: headers.get('Call-ID') ?? '',
    local,
    remote: headers.get('To') ?? '',
    localTag: tagOf(local) ?? '',
    remoteTag: '',
    localSequence: cseq.number,
    remoteSequence: undefined,
    remoteTarget: invite.uri,
    routeSet: headers.all('Route'),
  }
}

/**
 * §12.1.2, §13.2.2.4: what a provisional response with a To tag, or a 2xx, says of the peer. Of forked
 * branches the latest to speak counts until a 2xx decides; its 2xx computes the route set anew.
 */
export function withResponse(state: DialogState, { headers, status }: SipResponse): DialogState {
  const remote = headers.get('To') ?? state.remote
  const remoteTag = tagOf(remote)
  if (remoteTag === undefined && status < 200) return state
  return {
    ...state,
    remote,
    remoteTag: remoteTag ?? '',
    remoteTarget: contactOf(headers) ?? state.remoteTarget,
    // §12.1.2: the Record-Route of the response, in reverse order.
    routeSet: headers.all('Record-Route').reverse(),
  }
}

/** §12.2.1.2, §12.2.2: a target refresh, in a request or its 2xx, replaces the remote target. */
export function withTarget(state: DialogState, headers: Headers): DialogState {
  const contact = contactOf(headers)
  return contact === undefined || contact === state.remoteTarget
    ? state
    : { ...state, remoteTarget: contact }
}

/** The URI of the first Contact. */
export function contactOf(headers: Headers): string | undefined {
  const value = headers.get('Contact')
  return value === undefined ? undefined : parseNameAddr(value)?.uri
}

/**
 * A request of ours in the dialog (§12.2.1.1): Request-URI and Route by the route set, From, To, Call-ID
 * and CSeq by the state, all else as given. Via is still missing.
 */
export function requestIn(
  state: DialogState,
  given: SipRequest,
  sequence: number,
  end: OurEnd,
): SipRequest {
  const { uri, route } = routed(state)
  const headers = new Headers()
  for (const value of route) headers.add('Route', value)
  headers.add('Max-Forwards', given.headers.get('Max-Forwards') ?? '70')
  headers.add('From', state.local)
  headers.add('To', state.remote)
  headers.add('Call-ID', state.callId)
  headers.add('CSeq', `${sequence} ${given.method}`)
  addContact(headers, given, end, schemeTowards({ uri, headers }))
  addOthers(headers, given)
  return { kind: 'request', method: given.method, uri, headers, body: given.body }
}

/** The URI that says where our requests in the dialog go first. */
export const nextHopOf = (state: DialogState): string => {
  const [first] = state.routeSet
  return (first === undefined ? undefined : parseNameAddr(first)?.uri) ?? state.remoteTarget
}

function routed({ routeSet, remoteTarget }: DialogState): {
  uri: string
  route: readonly string[]
} {
  const [first, ...rest] = routeSet
  const uri = first === undefined ? undefined : parseUri(parseNameAddr(first)?.uri ?? '')
  // A loose router: the Request-URI is the remote target, the Route the route set in order.
  if (first === undefined || uri?.kind !== 'sip' || uri.params.has('lr')) {
    return { uri: remoteTarget, route: routeSet }
  }
  // A strict router: it is the Request-URI, stripped of what may not stand there, and the remote
  // target goes last in the Route.
  const params = new Map([...uri.params].filter(([name]) => name !== 'method'))
  return {
    uri: formatUri({ ...uri, params, headers: [] }),
    route: [...rest, `<${remoteTarget}>`],
  }
}
