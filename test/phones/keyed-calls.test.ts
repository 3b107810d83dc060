import { pino } from 'pino'
import t from 'tap'
import { startMedia } from '../../engines/media/main.js'
import { systemClock } from '../../platform/clock.js'
import { executed, modeslApplication } from '../support/modesl.js'
import { runSippScenario } from '../support/sipp.js'

const KEYS = '73910482650174'
const CALLS = 30

/** Headers of a request of SIPp's in one call. */
const request = (
  method: string,
  cseq: string,
  more: string,
) => `<send${method === 'INVITE' ? ' retrans="500"' : ''}><![CDATA[
${method} sip:charge@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:09012345678@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:charge@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: ${cseq}
Contact: <sip:09012345678@[local_ip]:[local_port]>
Max-Forwards: 70
${more}
]]></send>`

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

/** Calls, keys fourteen digits as RFC 4733, waits to be released. */
const SCENARIO = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="keyed call">
${request('INVITE', '1 INVITE', OFFER)}
<recv response="100" optional="true"/>
<recv response="200"/>
${request('ACK', '1 ACK', 'Content-Length: 0\n')}
<pause milliseconds="500"/>
<nop><action><exec play_dtmf="${KEYS}"/></action></nop>
<recv request="BYE"/>
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

t.test(
  'thirty calls of SIPp at once key fourteen digits each: every one is heard right',
  async t => {
    const heard: string[] = []
    const application = await modeslApplication(async modesl => {
      let keys = ''
      await executed(modesl, 'answer')
      for (let digit: string | null = ''; digit !== null && keys.length < KEYS.length; ) {
        const read = await executed(
          modesl,
          'play_and_get_digits',
          '1 1 1 6000 none tone_stream://%(3000,0,440) silence_stream://10 d',
        )
        digit = read.getHeader('variable_d')
        keys += digit ?? ''
        await executed(modesl, 'unset', 'd')
      }
      heard.push(keys)
      modesl.execute('hangup', 'NORMAL_CLEARING')
    })
    const media = await startMedia({
      sip: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }],
      rtp: { address: '127.0.0.1', first: 26_000, last: 26_998 },
      eventSocket: { host: '127.0.0.1', port: 0, password: 'a-password-of-this-test' },
      dialplan: [
        {
          destination: 'charge',
          actions: [
            ['set', 'sensitive_dtmf=true'],
            ['socket', `127.0.0.1:${application.port} async full`],
          ],
        },
      ],
      clips: '.',
      mostCalls: 100,
      mediaTimeoutMs: 20_000,
      clock: systemClock,
      log: pino({ enabled: false }),
    })
    const run = await runSippScenario(SCENARIO, [
      ...['-m', `${CALLS}`, '-r', '10', '-l', `${CALLS}`, '-i', '127.0.0.1'],
      ...['-mp', '30000', '-timeout', '60s', '-timeout_error'],
      `127.0.0.1:${media.listening.sip[0]?.port}`,
    ])
    if (run.exitCode !== 0) t.comment(run.output)
    t.equal(run.successful, CALLS)
    t.strictSame(heard, Array(CALLS).fill(KEYS))
    await media.close()
    application.close()
  },
)
