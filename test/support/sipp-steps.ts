/**
 * Scenarios of SIPp's, step by step. SIPp begins every one of them, so that it needs no port that the
 * engine knows before; where the engine is to call, SIPp asks for that by an OPTIONS of the same Call-ID.
 */

/** One step, in SIPp's own XML. */
export type Step = string

/** What a request of SIPp's says beyond the headers every request has. */
export interface Said {
  /** Whole header lines. */
  readonly more?: readonly string[]
  readonly body?: string
  /** Two requests that name the same are copies, or belong to one transaction. Default: their own. */
  readonly branch?: string
  /** From and To lines; without them those of the caller, the tag of the callee included once known. */
  readonly ends?: string
}

/** A request of SIPp's. */
export const asks = (method: string, cseq: number, said: Said = {}): Step => {
  const { more = [], body = '', branch = `${method}${cseq}`, ends = CALLER } = said
  return sends([
    `${method} sip:flow@[remote_ip]:[remote_port] SIP/2.0`,
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=z9hG4bK-[pid]-[call_number]-${branch}`,
    ends,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    CONTACT,
    'Max-Forwards: 70',
    ...more,
    ...described(body),
  ])
}

/** An answer of SIPp's to the request that came last. `tagged`: the request began the call. */
export const answers = (status: string, said: Said & { readonly tagged?: boolean } = {}): Step =>
  sends([
    `SIP/2.0 ${status}`,
    ...['[last_Via:]', '[last_From:]', `[last_To:]${said.tagged ? CALLEE_TAG : ''}`],
    ...['[last_Call-ID:]', '[last_CSeq:]', CONTACT, ...(said.more ?? [])],
    ...described(said.body ?? ''),
  ])

/** An answer to the request whose ends were kept by `keeps`, whatever came since. */
export const answersKept = (
  status: string,
  said: Said & { readonly tagged?: boolean } = {},
): Step =>
  sends([
    `SIP/2.0 ${status}`,
    ...['Via:[$via]', 'From:[$from]', `To:[$to]${said.tagged ? CALLEE_TAG : ''}`],
    ...['Call-ID: [call_id]', 'CSeq:[$cseq]', CONTACT, ...(said.more ?? [])],
    ...described(said.body ?? ''),
  ])

/** From and To of a callee's own request, to the caller whose INVITE was kept. */
export const CALLEE = `From:[$to];tag=[pid]c[call_number]\nTo:[$from]`

/** A response or request that must come next. */
export const comes = (what: number | string, ...actions: string[]): Step => {
  const kind = typeof what === 'number' ? 'response' : 'request'
  return `<recv ${kind}="${what}"><action>${actions.join('')}</action></recv>`
}

/** A response that may come next or not. */
export const mayCome = (status: number): Step => `<recv response="${status}" optional="true"/>`

/** Fails the call unless this header of what came says so. */
export const says = (header: string, pattern: string): string =>
  `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" check_it="true" assign_to="said"/>`

/** Fails the call unless what came says so anywhere, its body included. */
export const holds = (pattern: string): string =>
  `<ereg regexp="${pattern}" search_in="msg" check_it="true" assign_to="said"/>`

/** Keeps what this pattern finds in a header of what came; `[$name]` puts it anywhere. */
export const keepsOf = (header: string, pattern: string, name: string): string =>
  `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" check_it="true" assign_to="${name}"/>`

/** Keeps what an answer to this request must repeat. */
export const KEEPS = ['Via', 'From', 'To', 'CSeq']
  .map(header => keepsOf(header, '.*', header.toLowerCase()))
  .join('')

/** The scenario of some steps. */
export function scenarioOf(...steps: readonly Step[]): string {
  const all = steps.join('\n')
  const variables = new Set([...all.matchAll(/assign_to="(\w+)"/g)].map(([, name]) => name))
  const used = variables.size > 0 ? `<Reference variables="${[...variables].join(',')}"/>` : ''
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="flow">
${all}
${used}
</scenario>
`
}

/** SIPp asks to be called, and is called: nobody need know its port before. */
export const asksToBeCalled = (): readonly Step[] => [asks('OPTIONS', 1), comes(200)]

const CALLER = `From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:flow@[remote_ip]:[remote_port]>[peer_tag_param]`

/** Of a request that must not have the callee's tag: a CANCEL, an INVITE tried again (RFC 3261 §9.1). */
export const UNTAGGED = CALLER.replace('[peer_tag_param]', '')

const CALLEE_TAG = ';tag=[pid]c[call_number]'

const CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>'

const sends = (lines: readonly string[]): Step => `<send><![CDATA[\n${lines.join('\n')}\n]]></send>`

const described = (body: string): string[] =>
  body === ''
    ? ['Content-Length: 0', '']
    : [
        'Content-Type: application/sdp',
        'Content-Length: [len]',
        '',
        body.replaceAll('\r\n', '\n').trimEnd(),
      ]
