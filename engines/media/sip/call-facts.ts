import { formatHostPort } from '../../signalling/sip/host.js'
import type { SipRequest } from '../../signalling/sip/message.js'
import { parseNameAddr } from '../../signalling/sip/name-addr.js'
import { parseUri, type SipUri, unescapeUri } from '../../signalling/sip/uri.js'
import type { Arrival } from '../../signalling/transport/address.js'
import type { CallFacts } from '../channel/call-leg.js'

/** Who calls whom, from an INVITE; the variables are FreeSWITCH's (esl-protocol §2). */
export function callFacts(invite: SipRequest, arrival: Arrival): CallFacts {
  const from = party(invite.headers.get('From'))
  const user = from.user === '' ? 'anonymous' : from.user
  const { remote } = arrival
  return {
    callerNumber: user,
    callerName: from.displayName === '' ? user : from.displayName,
    destination: userOf(invite.uri),
    networkAddress: remote.host,
    channelName: `sofia/internal/${user}@${from.host}`,
    variables: new Map(
      [
        ...inviteVariables(invite, arrival),
        ...headerVariables(invite),
        ['sip_from_user_stripped', user] as const,
        ['sip_from_display', from.displayName] as const,
        ['sofia_profile_name', 'internal'] as const,
        ['dtmf_type', 'rfc2833'] as const,
      ].filter(([, value]) => value !== ''),
    ),
  }
}

/** The user of a request's destination: what the dialplan goes by. */
export const userOf = (uri: string): string => {
  const parsed = parseUri(uri)
  if (parsed?.kind === 'tel') return parsed.number
  return parsed?.kind === 'sip' ? unescapeUri(parsed.user ?? '') : ''
}

function inviteVariables(invite: SipRequest, { remote, local, protocol }: Arrival) {
  const { headers } = invite
  const text = (name: string) => headers.get(name) ?? ''
  return new Map([
    ...uriVariables('sip_from', party(text('From')).uri),
    ...uriVariables('sip_to', party(text('To')).uri),
    ...uriVariables('sip_req', parseUri(invite.uri)),
    ...uriVariables('sip_contact', party(headers.get('Contact')).uri),
    ['sip_call_id', text('Call-ID')],
    ['sip_full_from', text('From')],
    ['sip_full_to', text('To')],
    ['sip_full_via', text('Via')],
    ['sip_from_tag', party(text('From')).tag],
    ['sip_cseq', text('CSeq').split(' ')[0] ?? ''],
    ['sip_network_ip', remote.host],
    ['sip_network_port', String(remote.port)],
    ['sip_received_ip', remote.host],
    ['sip_received_port', String(remote.port)],
    ['sip_local_network_addr', local.host],
    ['sip_via_protocol', protocol],
    ['max_forwards', text('Max-Forwards')],
  ])
}

/** Headers that applications agree on among themselves: `X-Token: 7` is `sip_h_X-Token`. */
const headerVariables = ({ headers }: SipRequest): [string, string][] =>
  [...headers].flatMap(([name, value]) =>
    name.startsWith('X-') ? [[`sip_h_${name}`, value] as [string, string]] : [],
  )

interface Party {
  readonly displayName: string
  readonly user: string
  readonly host: string
  readonly tag: string
  readonly uri: ReturnType<typeof parseUri>
}

/** A header that names a party; empty where it is missing or malformed. */
function party(value: string | undefined): Party {
  const parsed = value === undefined ? undefined : parseNameAddr(value)
  const uri = parsed && parseUri(parsed.uri)
  return {
    displayName: parsed?.displayName ?? '',
    user: parsed ? userOf(parsed.uri) : '',
    host: uri?.kind === 'sip' ? formatHostPort(uri) : '',
    tag: parsed?.params.get('tag') ?? '',
    uri,
  }
}

/** `sip_from_user`, `_host`, `_port`, `_uri`. */
function uriVariables(prefix: string, uri: Party['uri']): [string, string][] {
  if (uri?.kind !== 'sip') return []
  const user = unescapeUri(uri.user ?? '')
  const { host, port } = hostPortOf(uri)
  const at = port === undefined ? host : `${host}:${port}`
  return [
    [`${prefix}_user`, user],
    [`${prefix}_host`, host],
    ...(port === undefined ? [] : [[`${prefix}_port`, String(port)] as [string, string]]),
    [`${prefix}_uri`, user === '' ? at : `${user}@${at}`],
  ]
}

const hostPortOf = ({ host, port }: SipUri) => ({ host, port })
