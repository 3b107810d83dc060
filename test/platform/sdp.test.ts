import t from 'tap'
import {
  acceptAnswer,
  answerAudio,
  type LocalAudio,
  maySend,
  offerAudio,
  willReceive,
} from '../../platform/audio-offer.js'
import { formatSdp, parseSdp } from '../../platform/sdp.js'

const local: LocalAudio = {
  address: '127.0.0.1',
  port: 40_000,
  sessionId: '17',
  version: 1,
  laws: ['PCMU', 'PCMA'],
}

const head = ['v=0', 'o=u 1 1 IN IP4 192.0.2.7', 's=-', 'c=IN IP4 192.0.2.7', 't=0 0']
const sdp = (...lines: string[]) => [...head, ...lines, ''].join('\r\n')
const read = (text: string) => {
  const description = parseSdp(text)
  if (!description) throw new Error('the description of this test cannot be read')
  return description
}

t.test('RFC 8866: what is no description is refused', async t => {
  // biome-ignore format: table
  for (const [text, because] of [
    ['',                                                     'nothing'],
    ['hello',                                                'a word'],
    ['v=1\r\no=u 1 1 IN IP4 192.0.2.7\r\n',                  'another version'],
    ['v=0\r\ns=-\r\n',                                       'no origin'],
    ['v=0\r\no=u 1\r\n',                                     'half an origin'],
    [sdp('m=audio'),                                         'a stream without port'],
    [sdp('m=audio 70000 RTP/AVP 0'),                         'no such port'],
    [sdp('m=audio 6000 RTP/AVP'),                            'no payload type'],
    [sdp('m=audio 6000 RTP/AVP 0', 'c=nowhere'),             'a connection line of nothing'],
    [sdp('m=audio 6000 RTP/AVP 0', 'a'),                     'a line of one character'],
    [sdp(...Array(17).fill('m=audio 6000 RTP/AVP 0')),       'more streams than are read'],
  ] as const) {
    t.equal(parseSdp(text), undefined, because)
  }
  t.ok(parseSdp(sdp('m=audio 6000 RTP/AVP 0').replaceAll('\r\n', '\n')), 'bare line feeds are read')
})

t.test('RFC 3264: an offer of one audio stream is answered', async t => {
  const events = ['a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15']
  // biome-ignore format: table
  for (const [lines, expected, because] of [
    [['m=audio 6000 RTP/AVP 0'],              { law: 'PCMU', audioType: 0 },    'the smallest offer'],
    [['m=audio 6000 RTP/AVP 8 0'],            { law: 'PCMA', audioType: 8 },    'their preference wins'],
    [['m=audio 6000 RTP/AVP 18 9 8'],         { law: 'PCMA', audioType: 8 },    'the first that both speak'],
    [['m=audio 6000 RTP/AVP 0 96', ...events], { keyType: 96 },                 'keys under payload type 96'],
    [['m=audio 6000 RTP/AVP 0 126', 'a=rtpmap:126 telephone-event/8000'], { keyType: 126 }, 'and under 126'],
    [['m=audio 6000 RTP/AVP 0 110 101', 'a=rtpmap:110 telephone-event/48000', 'a=rtpmap:101 TELEPHONE-EVENT/8000/1'],
                                              { keyType: 101 },                 'of two clocks, that of the audio'],
    [['m=audio 6000 RTP/AVP 97', 'a=rtpmap:97 pcmu/8000'], { law: 'PCMU', audioType: 97 }, 'a dynamic type'],
    [['m=audio 6000 RTP/AVP 0 8', 'a=rtpmap:0 G729/8000'], { audioType: 8 },    'a=rtpmap wins over the static meaning'],
    [['m=audio 6000 RTP/AVPF 0'],             { audioType: 0 },                 'with feedback'],
    [['m=audio 6000/2 RTP/AVP 0'],            { remote: { address: '192.0.2.7', port: 6000 } }, 'a count of ports'],
    [['m=audio 6000 RTP/AVP 0', 'c=IN IP4 192.0.2.9'], { remote: { address: '192.0.2.9', port: 6000 } }, 'its own address wins'],
    [['m=audio 6000 RTP/AVP 0', 'a=ptime:30'], { ptimeMs: 30 },                 'their packet length'],
    [['m=audio 0 RTP/AVP 0', 'm=audio 6002 RTP/AVP 8'], { remote: { address: '192.0.2.7', port: 6002 } }, 'the second, the first being off'],
    [['m=audio 6000 RTP/SAVP 0', 'm=audio 6002 RTP/AVP 0'], { remote: { address: '192.0.2.7', port: 6002 } }, 'the plain one of two'],
  ] as const) {
    const answering = answerAudio(read(sdp(...lines)), local)
    t.match(answering, { outcome: 'agreed', stream: expected }, because)
  }
})

t.test('an offer over IPv6 is answered over IPv6', async t => {
  const offer = sdp('m=audio 6000 RTP/AVP 0', 'c=IN IP6 2001:db8::7')
  const answering = answerAudio(read(offer), { ...local, address: '2001:db8::1' })
  t.match(answering, { outcome: 'agreed', stream: { remote: { address: '2001:db8::7' } } })
  if (answering.outcome === 'agreed') {
    t.match(formatSdp(answering.answer), 'c=IN IP6 2001:db8::1\r\n')
  }
})

t.test('an offer that cannot be answered says why', async t => {
  // biome-ignore format: table
  for (const [lines, outcome, because] of [
    [[],                                                   'no_audio',        'no stream'],
    [['m=video 6000 RTP/AVP 99'],                          'no_audio',        'only video'],
    [['m=audio 0 RTP/AVP 0'],                              'no_audio',        'a stream that is off'],
    [['m=audio 6000 RTP/SAVP 0'],                          'no_audio',        'encrypted'],
    [['m=audio 6000 UDP/TLS/RTP/SAVPF 0'],                 'no_audio',        'WebRTC'],
    [['m=audio 6000 RTP/AVP 0', 'c=IN IP4 phone.example'], 'no_address',      'a name is no address'],
    [['m=audio 6000 RTP/AVP 0', 'c=IN IP6 2001:db8::7'],   'no_address',      'IPv6, which our socket does not speak'],
    [['m=audio 6000 RTP/AVP 18'],                          'no_common_codec', 'G.729 alone'],
    [['m=audio 6000 RTP/AVP 97', 'a=rtpmap:97 PCMU/16000'], 'no_common_codec', 'another clock'],
  ] as const) {
    t.equal(answerAudio(read(sdp(...lines)), local).outcome, outcome, because)
  }
})

t.test('RFC 3264 §6.1, §8.4: direction and hold', async t => {
  // biome-ignore format: table
  for (const [lines, direction, sends, receives, because] of [
    [[],                                        'sendrecv', true,  true,  'nothing said is both ways'],
    [['a=sendrecv'],                            'sendrecv', true,  true,  'both ways'],
    [['a=sendonly'],                            'recvonly', false, true,  'held with music'],
    [['a=recvonly'],                            'sendonly', true,  false, 'they listen'],
    [['a=inactive'],                            'inactive', false, false, 'held in silence'],
    [['c=IN IP4 0.0.0.0'],                      'recvonly', false, true,  'held the old way'],
    [['c=IN IP4 0.0.0.0', 'a=inactive'],        'inactive', false, false, 'held both ways'],
    [['c=IN IP4 0.0.0.0', 'a=recvonly'],        'inactive', false, false, 'they listen nowhere'],
  ] as const) {
    const answering = answerAudio(read(sdp('m=audio 6000 RTP/AVP 0', ...lines)), local)
    if (answering.outcome !== 'agreed') throw new Error(because)
    t.equal(answering.stream.direction, direction, because)
    t.equal(maySend(answering.stream), sends, because)
    t.equal(willReceive(answering.stream), receives, because)
    t.match(formatSdp(answering.answer), new RegExp(`a=${direction}\r\n`), because)
  }
  const session = read(
    [
      'v=0',
      'o=u 1 1 IN IP4 192.0.2.7',
      's=-',
      'c=IN IP4 192.0.2.7',
      'a=sendonly',
      't=0 0',
      'm=audio 6000 RTP/AVP 0',
    ].join('\n'),
  )
  t.match(
    answerAudio(session, local),
    { stream: { direction: 'recvonly' } },
    'said for the session',
  )
})

t.test('RFC 3264 §6: the answer has a section for each of the offer, in its order', async t => {
  const offer = sdp(
    'm=video 6002 RTP/AVP 99 100',
    'm=audio 6000 RTP/AVP 0 8 96',
    'a=rtpmap:96 telephone-event/8000',
    'm=application 6004 UDP/DTLS/SCTP webrtc-datachannel',
  )
  const answering = answerAudio(read(offer), local)
  if (answering.outcome !== 'agreed') throw new Error(answering.outcome)
  t.equal(
    formatSdp(answering.answer),
    [
      'v=0',
      'o=mcscp 17 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=video 0 RTP/AVP 99 100',
      'm=audio 40000 RTP/AVP 0 96',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-15',
      'a=ptime:20',
      'a=sendrecv',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
      '',
    ].join('\r\n'),
  )
})

t.test('a delayed offer: ours is answered by the other side', async t => {
  const offer = formatSdp(offerAudio({ ...local, address: '2001:db8::1', version: 2 }))
  t.match(offer, 'o=mcscp 17 2 IN IP6 2001:db8::1')
  const theirs = { ...local, address: '2001:db8::2', laws: ['PCMA'] as const }
  const answering = answerAudio(read(offer), theirs)
  if (answering.outcome !== 'agreed') throw new Error(answering.outcome)
  const answer = read(formatSdp(answering.answer))
  t.match(acceptAnswer(answer, { ...local, address: '2001:db8::1' }), {
    law: 'PCMA',
    keyType: 101,
    remote: { address: '2001:db8::2', port: 40_000 },
  })
  const other = read(sdp('m=audio 6000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000'))
  t.strictSame(acceptAnswer(other, local)?.keyTypesReceived, [101, 96], 'either type is heard')
  t.equal(acceptAnswer(answer, local), undefined, 'another family of addresses')
  t.equal(acceptAnswer(read(sdp('m=audio 0 RTP/AVP 0')), local), undefined, 'refused')
})

t.test('what is written is read back as it was', async t => {
  const offered = offerAudio(local, 'sendonly')
  t.strictSame(parseSdp(formatSdp(offered)), offered)
})
