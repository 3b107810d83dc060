/** What a subscriber of SIPp's does in one call to 1400. */
export interface SippCall {
  readonly number: string
  readonly password: string
  /** Keyed as soon as it is answered; nothing where there are none. */
  readonly keys?: string
  /** Before it keys, it puts the call on hold and takes it back. */
  readonly holds?: boolean
  /** Whole header lines that it adds, for callers who claim things. */
  readonly claims?: readonly string[]
  /** Number that it writes into From; its own unless said. */
  readonly from?: string
  /** How it must end: answered and then released, or refused with this status and never answered. */
  readonly ends: 'released' | { readonly refused: number }
}

/** The same, once more and in this direction. */
const turned = (direction: string, version: number) =>
  `${OFFER.replace('o=u 1 1', `o=u 1 ${version}`)}\na=${direction}`

const OFFER = `Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 96
a=rtpmap:0 PCMU/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15`

const VIA = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]'

const NO_BODY = 'Content-Length: 0\n'

/** A SIPp scenario: calls 1400 as a subscriber, and answers the challenge. Any other answer fails it. */
export function sippCallScenario(call: SippCall): string {
  const { number, password, claims = [], ends } = call
  const credentials = [...claims, `[authentication username=${number} password=${password}]`]
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="call">
<send retrans="500"><![CDATA[
${request(call, 'INVITE', 1, '', VIA, [...claims, OFFER].join('\n'))}
]]></send>
<recv response="100" optional="true"/>
<recv response="407" auth="true"/>
<send><![CDATA[
${request(call, 'ACK', 1, '[peer_tag_param]', '[last_Via:]', NO_BODY)}
]]></send>
<send retrans="500"><![CDATA[
${request(call, 'INVITE', 2, '', VIA, [...credentials, OFFER].join('\n'))}
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
${ends === 'released' ? released(call) : refused(call, ends.refused)}
${call.holds ? '<Reference variables="turned"/>' : ''}
</scenario>
`
}

/** SIPp's `play_dtmf` always sends payload type 96. */
const released = (call: SippCall): string => `<recv response="183" optional="true"/>
<recv response="200"/>
<send><![CDATA[
${request(call, 'ACK', 2, '[peer_tag_param]', VIA, NO_BODY)}
]]></send>
${call.holds ? holdAndBack(call) : ''}
${
  call.keys === undefined
    ? ''
    : `<pause milliseconds="1500"/>
<nop><action><exec play_dtmf="${call.keys}"/></action></nop>`
}
<recv request="BYE" timeout="90000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>`

/** RFC 3264 §8.4: who holds does not want to hear; the other side then sends nothing. */
const holdAndBack = (call: SippCall): string =>
  [
    ['sendonly', 'recvonly', 3],
    ['sendrecv', 'sendrecv', 4],
  ]
    .map(
      ([asked, answered, cseq]) => `<send retrans="500"><![CDATA[
${request(call, 'INVITE', Number(cseq), '[peer_tag_param]', VIA, turned(`${asked}`, Number(cseq)))}
]]></send>
<recv response="100" optional="true"/>
<recv response="200"><action><ereg regexp="a=${answered}" search_in="msg" check_it="true" assign_to="turned"/></action></recv>
<send><![CDATA[
${request(call, 'ACK', Number(cseq), '[peer_tag_param]', VIA, NO_BODY)}
]]></send>`,
    )
    .join('\n')

/** The announcement is early media, so a 183 must come; a 200 would be an unexpected message. */
const refused = (call: SippCall, status: number): string => `<recv response="183"/>
<recv response="${status}" timeout="90000"/>
<send><![CDATA[
${request(call, 'ACK', 2, '[peer_tag_param]', '[last_Via:]', NO_BODY)}
]]></send>`

const request = (
  { number, from = number }: SippCall,
  method: string,
  cseq: number,
  to: string,
  via: string,
  more: string,
): string => `${method} sip:1400@[remote_ip]:[remote_port] SIP/2.0
${via}
From: <sip:${from}@[remote_ip]:[remote_port]>;tag=[pid]t[call_number]
To: <sip:1400@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:${number}@[local_ip]:[local_port]>
Max-Forwards: 70
User-Agent: SIPp
${more}`
