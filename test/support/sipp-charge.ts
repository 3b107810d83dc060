/** What a subscriber of SIPp's keys in a charge call. */
export interface SippCharge {
  readonly number: string
  readonly password: string
  readonly keys: string
}

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

/**
 * A SIPp scenario: calls 1400 as a subscriber, answers the challenge, keys by RFC 4733 (SIPp's `play_dtmf`
 * always sends payload type 96), and waits to be released.
 */
export function sippChargeScenario({ number, password, keys }: SippCharge): string {
  const request = (
    method: string,
    cseq: string,
    to: string,
    via: string,
    more: string,
  ) => `${method} sip:1400@[remote_ip]:[remote_port] SIP/2.0
${via}
From: <sip:${number}@[remote_ip]:[remote_port]>;tag=[pid]t[call_number]
To: <sip:1400@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq}
Contact: <sip:${number}@[local_ip]:[local_port]>
Max-Forwards: 70
User-Agent: SIPp
${more}`
  const credentials = `[authentication username=${number} password=${password}]\n`
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="charge">
<send retrans="500"><![CDATA[
${request('INVITE', '1 INVITE', '', VIA, OFFER)}
]]></send>
<recv response="100" optional="true"/>
<recv response="407" auth="true"/>
<send><![CDATA[
${request('ACK', '1 ACK', '[peer_tag_param]', '[last_Via:]', 'Content-Length: 0\n')}
]]></send>
<send retrans="500"><![CDATA[
${request('INVITE', '2 INVITE', '', VIA, credentials + OFFER)}
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200"/>
<send><![CDATA[
${request('ACK', '2 ACK', '[peer_tag_param]', VIA, 'Content-Length: 0\n')}
]]></send>
<pause milliseconds="1500"/>
<nop><action><exec play_dtmf="${keys}"/></action></nop>
<recv request="BYE" timeout="60000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`
}
