import t from 'tap'
import { openAgent } from '../../support/agent-rig.js'
import { answerAll, answersStill } from '../../support/agent-still-answers.js'
import { dnsOf } from '../../support/dns-server.js'
import { tcpPeer, udpPeer } from '../../support/sip-peer.js'

/** What a message is made of; each case changes some of it. */
interface Parts {
  readonly line?: string
  readonly via?: string
  readonly from?: string
  readonly to?: string
  readonly cseq?: string
  readonly more?: readonly string[]
  readonly length?: string
  readonly body?: string
}

let sent = 0

/** A message that would be in order but for what is changed. */
function message(protocol: 'UDP' | 'TCP', parts: Parts): string {
  const number = ++sent
  const { body = '' } = parts
  const method = /^[A-Z]+/.exec(parts.line ?? 'INVITE')?.[0]
  return [
    parts.line ?? 'INVITE sip:1400@127.0.0.1 SIP/2.0',
    parts.via ?? `Via: SIP/2.0/${protocol} 127.0.0.1:9;branch=z9hG4bK-xs5-${number};rport`,
    parts.from ?? `From: <sip:a@127.0.0.1>;tag=f${number}`,
    parts.to ?? 'To: <sip:1400@127.0.0.1>',
    `Call-ID: xs5-${number}`,
    parts.cseq ?? `CSeq: 1 ${method}`,
    'Contact: <sip:a@127.0.0.1:9>',
    'Max-Forwards: 70',
    ...(parts.more ?? []),
    parts.length ?? `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

const LONG = 'A'.repeat(3_000)
const SDP = 'Content-Type: application/sdp'
const sdp = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...lines, ''].join(
    '\r\n',
  )
const digest = (text: string) => [`Authorization: Digest ${text}`]

// biome-ignore format: table
const CASES: readonly (readonly [message: Parts, because: string])[] = [
  [{ cseq: `CSeq: 1 ${LONG}` },                                        'ES2017-01: a method in CSeq longer than its buffer'],
  [{ cseq: 'CSeq: 99999999999999999999 INVITE' },                      'ES2017-01: a number in CSeq beyond any'],
  [{ more: ['Content-Type: multipart/mixed;boundary='], body: '--\r\n--' }, 'ES2017-02: parts without a boundary'],
  [{ more: [`Content-Type: multipart/mixed;boundary=${LONG}`], body: `--${LONG}--` }, 'ES2017-02: a boundary without parts'],
  [{ more: [SDP], body: sdp('m=audio 9 RTP/AVP 0', 'a=fmtp:\x80 x') }, 'ES2018-01: a format that is no number'],
  [{ more: [SDP], body: sdp('m=audio 17002 RTP/AVP 4294967296') },     'ES2018-02: a format beyond any'],
  [{ line: 'SUBSCRIBE sip:1400@127.0.0.1 SIP/2.0', more: ['Event: message-summary', ...Array.from({ length: 60 }, (_, n) => `Accept: application/x-${n}`)] }, 'ES2018-03: sixty Accept headers'],
  [{ from: 'From: <sip:a@127.0.0.1>;tag=1;tag=2', to: `To: <sip:1400@127.0.0.1>;tag=${LONG}` }, 'ES2018-05: tags twice, and long'],
  [{ from: 'From: x;', to: 'To: ' },                                   'ES2018-05: names without an address'],
  [{ via: `Via: SIP/2.0/UDP ${LONG}:99999999;branch=` },               'OpenSIPS 2022: a Via of no host'],
  [{ via: 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-c;received=\x00;rport=-1' }, 'OpenSIPS 2022: a Via with NUL'],
  [{ to: 'To: <sip:1400@127.0.0.1>;=;;tag', from: 'From: <sip:a@127.0.0.1>;tag="' }, 'OpenSIPS 2022: parameters without names or ends'],
  [{ more: digest('username="a",realm="') },                           'OpenSIPS 2022: Authorization whose quote does not end'],
  [{ more: digest(`,,,=,uri=,${'x=y,'.repeat(1_000)}`) },              'OpenSIPS 2022: Authorization of a thousand fields'],
  [{ more: [SDP], body: sdp('m=', 'a=', 'c=IN IP4', 'm=audio') },      'OpenSIPS 2022: SDP of beginnings'],
  [{ length: 'Content-Length: -1' },                                   'OpenSIPS 2022: a length below nothing'],
  [{ length: 'Content-Length: 4294967297' },                           'OpenSIPS 2022: a length beyond any'],
  [{ line: `INVITE sip:${'@'.repeat(500)} SIP/2.0` },                  'Kamailio 2018: an address of @'],
  [{ line: 'MESSAGE sip:1400@127.0.0.1 SIP/2.0', more: ['Content-Type: text/plain'], body: 'hello' }, 'ES2021-07: MESSAGE of nobody'],
  [{ line: 'SUBSCRIBE sip:1400@127.0.0.1 SIP/2.0', more: ['Event: presence', 'Expires: 3600'] }, 'ES2021-08: SUBSCRIBE of nobody'],
  [{ from: `From: "<script>alert(1)</script>" <sip:a@127.0.0.1>;tag=x`, more: ['User-Agent: <img src=x onerror=alert(1)>'] }, 'ES2021-02: markup in a name'],
  [{ more: Array.from({ length: 150 }, (_, n) => `X-${n}: ${'y'.repeat(50)}`) }, 'ES2021-06: a head of a hundred and fifty lines'],
]

t.test(
  'XS5: what brought other servers down is refused or ignored here, and calls go on',
  async t => {
    for (const [protocol, open] of [
      ['udp', udpPeer],
      ['tcp', tcpPeer],
    ] as const) {
      const rig = await openAgent(t, { dns: dnsOf({}) })
      answerAll(rig)
      for (const [parts, because] of CASES) {
        const peer = await open(t, rig.at(protocol))
        peer.send(Buffer.from(message(protocol === 'udp' ? 'UDP' : 'TCP', parts), 'latin1'))
        peer.close()
        await answersStill(await open(t, rig.at(protocol)))
        t.pass(`${protocol}: ${because}`)
      }
      // Longer than a subscription that nobody renews.
      rig.scheduler.pass(3_700_000)
      await answersStill(await open(t, rig.at(protocol)))
      rig.scheduler.pass(64_000)
      t.strictSame(
        [rig.agent.load.dialogs, rig.agent.load.transactions],
        [0, 0],
        `${protocol}: nothing stays`,
      )
    }
  },
)
