import { createSign, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { parseReports } from '../../../engines/media/rtp/rtcp-packet.js'
import { makeCertificate } from '../../../engines/media/webrtc/dtls-link.js'
import { holdsItsKey } from '../../../engines/media/webrtc/key-proof.js'
import { readSecure } from '../../../engines/media/webrtc/secure-offer.js'
import { bindingSuccess, readBindingRequest } from '../../../engines/media/webrtc/stun.js'
import type { SipResponse } from '../../../engines/signalling/sip/message.js'
import { formatTelephoneEvent, keyPress } from '../../../platform/rtp/telephone-event.js'
import { parseSdp } from '../../../platform/sdp.js'
import { until } from '../../support/audio-phone.js'
import { BrowserPeer } from '../../support/browser-peer.js'
import { CLIP, channelOf, engines } from '../../support/media-engine-rig.js'
import { executed, type ModeslConnection, modeslApplication } from '../../support/modesl.js'
import { quickTime } from '../../support/quick-time.js'

const engine = engines(t)

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** RFC 5769 §2.1: a request with short-term credentials. */
const SAMPLE = hex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`)
const SAMPLE_CREDENTIALS = { ufrag: 'evtj', password: 'VOkJxbRl1RmTxUk/WvJxBt' }

t.test('RFC 5769: a check is read when its sender knows the call, and answered', async t => {
  const request = readBindingRequest(SAMPLE, SAMPLE_CREDENTIALS)
  t.equal(request?.nominates, false)
  t.equal(request?.leavesItToUs, true, 'ICE-CONTROLLED')
  const changed = (at: number) => {
    const copy = Buffer.from(SAMPLE)
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
    return copy
  }
  // biome-ignore format: table
  for (const [datagram, credentials, because] of [
    [SAMPLE,                   { ...SAMPLE_CREDENTIALS, password: 'guessed' }, 'another password'],
    [SAMPLE,                   { ...SAMPLE_CREDENTIALS, ufrag: 'evtk' },       'another call'],
    [changed(48),              SAMPLE_CREDENTIALS, 'a changed attribute'],
    [changed(SAMPLE.length - 1), SAMPLE_CREDENTIALS, 'a fingerprint that does not fit'],
    [changed(1),               SAMPLE_CREDENTIALS, 'another message'],
    [changed(3),               SAMPLE_CREDENTIALS, 'another length'],
    [SAMPLE.subarray(0, -8),   SAMPLE_CREDENTIALS, 'cut off'],
    [SAMPLE.subarray(0, 12),   SAMPLE_CREDENTIALS, 'hardly begun'],
    [Buffer.alloc(0),          SAMPLE_CREDENTIALS, 'nothing'],
  ] as const) {
    t.equal(readBindingRequest(datagram, credentials), undefined, because)
  }
  if (!request) return
  // RFC 5769 §2.2 and §2.3 give these octets for these addresses, in the same transaction.
  // biome-ignore format: table
  for (const [host, octets] of [
    ['192.0.2.1',                                        '00200008 0001a147 e112a643'],
    ['2001:db8:1234:5678:11:2233:4455:6677',             '00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9'],
    ['::1',                                              '00200014 0002a147 2112a442 b7e7a701 bc34d686 fa87dfaf'],
    ['::ffff:192.0.2.1',                                 '00200014 0002a147 2112a442 b7e7a701 bc342979 3a87ddaf'],
  ] as const) {
    const answer = bindingSuccess(request, { host, port: 32_853 }, SAMPLE_CREDENTIALS)
    t.equal(answer.readUInt16BE(0), 0x0101)
    t.strictSame(answer.subarray(20, 20 + hex(octets).length), hex(octets), host)
  }
})

t.test('a certificate proves nothing without its key', async t => {
  const { certPem, keyPem } = await makeCertificate()
  const certificate = Buffer.from(certPem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  const clientRandom = Buffer.alloc(32, 1)
  const serverRandom = Buffer.alloc(32, 2)
  const parameters = Buffer.concat([Buffer.from([3, 0, 23, 65]), Buffer.alloc(65, 7)])
  const exchange = (key: string, signed = parameters, algorithms = [4, 3]) => {
    const text = Buffer.concat([clientRandom, serverRandom, signed])
    const signature = createSign('sha256').update(text).sign(key)
    const length = Buffer.from([0, signature.length])
    return Buffer.concat([parameters, Buffer.from(algorithms), length, signature])
  }
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const strange = stranger.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const good = exchange(keyPem)
  // biome-ignore format: table
  for (const [keyExchange, holds, because] of [
    [good,                                          true,  'signed by the key'],
    [exchange(strange),                             false, 'by another key'],
    [exchange(keyPem, Buffer.alloc(69, 9)),         false, 'other parameters were signed'],
    [exchange(keyPem, parameters, [2, 3]),          false, 'SHA-1 proves nothing'],
    [exchange(keyPem, parameters, [4, 1]),          false, 'the key is no RSA key'],
    [good.subarray(0, -1),                          false, 'cut off'],
    [good.subarray(0, 3),                           false, 'hardly begun'],
  ] as const) {
    const shown = { certificate, clientRandom, serverRandom, keyExchange }
    t.equal(holdsItsKey(shown), holds, because)
  }
  const shown = { clientRandom, serverRandom, keyExchange: good }
  t.notOk(holdsItsKey({ ...shown, certificate: Buffer.from('no certificate') }))
})

/** An INVITE's answer with the ACK sent, and the browser told. */
async function answeredBy(
  sip: Awaited<ReturnType<typeof engine>>['sip'],
  peer: BrowserPeer,
): Promise<SipResponse> {
  const answer = await sip.answer()
  if (answer.status !== 200) throw new Error(`${answer.status} came`)
  sip.askIn(answer, 'ACK', 1)
  await peer.take(answer.body.toString('utf8'))
  return answer
}

t.test('a browser calls: a clip is heard from its first sample, keys are heard', async t => {
  let arrived: (connection: ModeslConnection) => void = () => {}
  const connected = new Promise<ModeslConnection>(resolve => {
    arrived = resolve
  })
  const application = await modeslApplication(connection => arrived(connection))
  t.teardown(() => application.close())
  const { media, sip, close } = await engine(application.port)
  t.teardown(close)
  const { peer, offer } = await BrowserPeer.offering()
  t.teardown(() => peer.close())
  sip.ask('INVITE', 'browser-1', { user: 'charge', body: offer })
  const modesl = await connected
  const answering = executed(modesl, 'answer')
  const answer = await answeredBy(sip, peer)
  await answering
  const described = answer.body.toString('utf8')
  t.match(described, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 0 126\r$/m)
  t.match(described, /^a=candidate:1 1 udp \d+ 127\.0\.0\.1 \d+ typ host\r$/m)
  t.notMatch(described, /srflx|relay/, 'host candidates alone')
  // The road may take a second: what is played waits for it.
  await executed(modesl, 'playback', 'clip.wav')
  await until(() => Buffer.concat(peer.heard).length === CLIP.length)
  t.strictSame(Buffer.concat(peer.heard), CLIP, 'every sample, in order')

  let keyed = ''
  let sequence = 100
  for (const [at, [digit, payloadType]] of (
    [
      ['4', 126],
      ['0', 126],
      ['#', 110],
    ] as const
  ).entries()) {
    const read = executed(
      modesl,
      'play_and_get_digits',
      '1 1 1 60000 none silence_stream://2000 silence_stream://10 d',
    )
    const timestamp = 8_000 * (at + 1)
    const speech = { payloadType: 0, marker: false, ssrc: 9, payload: Buffer.alloc(160, 0xff) }
    await peer.send({ ...speech, sequence: sequence++, timestamp: timestamp - 160 })
    for (const event of keyPress(digit, 40)) {
      const payload = formatTelephoneEvent(event)
      await peer.send({ ...speech, payloadType, payload, sequence: sequence++, timestamp })
    }
    keyed += (await read).getHeader('variable_d')
    await executed(modesl, 'unset', 'd')
  }
  t.equal(keyed, '40#', 'under both payload types')
  const channel = channelOf(media)
  const reportsHeard = () => channel.leg.audioCounts().get('rtp_audio_rtcp_packet_count')
  await peer.report(9)
  await until(() => reportsHeard() !== '0')
  const hangup = executed(modesl, 'hangup', 'NORMAL_CLEARING')
  const bye = await sip.request()
  sip.reply(bye, '200 OK')
  await hangup
  const lastWord = () => peer.reported.at(-1) ?? Buffer.alloc(8)
  await until(() => lastWord().readUInt32BE(lastWord().length - 8) === 0x81cb0001)
  t.ok(parseReports(lastWord())?.[0]?.sender, 'RFC 3550 §6.6: a last report, and a goodbye')
  t.equal(bye.headers.get('Reason'), 'Q.850;cause=16;text="NORMAL_CLEARING"')
  await until(() => media.switchboard.counts.now === 0)
})

t.test('XR3: a call gives its ports back, however it ends', async t => {
  // Room for the candidates of one call at a time, at most.
  const { media, sip, close } = await engine(9, {
    rtp: { address: '127.0.0.1', first: 24_300, last: 24_300 },
  })
  t.teardown(close)
  for (const [at, end] of ['caller', 'fingerprint', 'refused', 'caller'].entries()) {
    const { peer, offer } = await BrowserPeer.offering()
    const wrong = offer.replace(/(?<=^a=fingerprint:sha-256 )../gm, octet =>
      octet === '00' ? '01' : '00',
    )
    const none = offer.replace(/ SAVPF 0 /, ' SAVPF ').replaceAll('PCMU', 'opus')
    const body = end === 'fingerprint' ? wrong : end === 'refused' ? none : offer
    sip.ask('INVITE', `ports-${at}`, { user: end === 'refused' ? 'clip' : 'park', body })
    if (end === 'refused') {
      const refusal = await sip.answer()
      t.equal(refusal.status, 488, 'nothing in common')
      const headers = { Via: refusal.headers.get('Via') ?? '', To: refusal.headers.get('To') ?? '' }
      sip.ask('ACK', `ports-${at}`, { user: 'clip', headers })
      await peer.close()
      continue
    }
    const answer = await answeredBy(sip, peer)
    const channel = channelOf(media)
    if (end === 'fingerprint') {
      const bye = await sip.request()
      t.equal(bye.method, 'BYE', 'a certificate that was not described ends the call')
      sip.reply(bye, '200 OK')
      await channel.ended
      t.equal(channel.cause, 'MEDIA_TIMEOUT')
      t.strictSame(peer.heard, [], 'and nothing was said')
    } else {
      await until(() => peer.state === 'connected')
      sip.askIn(answer, 'BYE', 2)
      t.equal((await sip.answer()).status, 200)
      await channel.ended
    }
    await peer.close()
    await until(() => media.switchboard.counts.now === 0)
  }
})

t.test('a browser that finds no way is hung up on', async t => {
  const { media, sip, close } = await engine(9, { time: quickTime(40) })
  t.teardown(close)
  const { peer, offer } = await BrowserPeer.offering()
  await peer.close()
  sip.ask('INVITE', 'no-way', { user: 'park', body: offer })
  const answer = await sip.answer()
  sip.askIn(answer, 'ACK', 1)
  const channel = channelOf(media)
  const bye = await sip.request()
  t.equal(bye.headers.get('Reason'), 'Q.850;cause=127;text="MEDIA_TIMEOUT"')
  sip.reply(bye, '200 OK')
  await channel.ended
})

t.test('the road stays while it is held and taken up again; another is refused', async t => {
  const { sip, close } = await engine(9)
  t.teardown(close)
  const { peer, offer } = await BrowserPeer.offering()
  t.teardown(() => peer.close())
  sip.ask('INVITE', 'held', { user: 'park', body: offer })
  const answer = await answeredBy(sip, peer)
  await until(() => peer.state === 'connected')
  const other = offer.replace(/(?<=^a=ice-pwd:)./gm, letter => (letter === 'a' ? 'b' : 'a'))
  const line = (name: string, text: string) => new RegExp(`^a=${name}:.*$`, 'm').exec(text)?.[0]
  // biome-ignore format: table
  for (const [at, [body, status, direction, because]] of ([
    [offer.replace('a=sendrecv', 'a=sendonly'), 200, 'recvonly', 'held'],
    [offer,                                     200, 'sendrecv', 'taken up again'],
    [other,                                     488, undefined,  'another road (an ICE restart)'],
    ['v=0',                                     400, undefined,  'no description'],
  ] as const).entries()) {
    sip.askIn(answer, 'INVITE', at + 2, { body })
    const again = await sip.answer()
    t.equal(again.status, status, because)
    sip.askIn(answer, 'ACK', at + 2)
    if (!direction) continue
    const text = again.body.toString('utf8')
    t.match(text, new RegExp(`^a=${direction}\r$`, 'm'))
    t.equal(line('ice-ufrag', text), line('ice-ufrag', answer.body.toString('utf8')))
  }
  sip.askIn(answer, 'INVITE', 6)
  const ours = await sip.answer()
  t.match(ours.body.toString('utf8'), /^a=setup:actpass\r$/m, 'an offer of our own')
  sip.askIn(answer, 'ACK', 6, { body: offer.replace('a=setup:actpass', 'a=setup:passive') })
  sip.askIn(answer, 'BYE', 7)
  t.equal((await sip.answer()).status, 200)
})

t.test('what a browser must describe', async t => {
  const { peer, offer } = await BrowserPeer.offering()
  await peer.close()
  const read = (text: string) => {
    const description = parseSdp(text)
    return description && readSecure(description, '127.0.0.1')
  }
  const without = (name: string) => offer.replaceAll(new RegExp(`^a=${name}.*\r\n`, 'gm'), '')
  // biome-ignore format: table
  for (const [text, accepted, because] of [
    [offer,                                                true,  'as browsers do'],
    [offer.replaceAll('a=setup:actpass', 'a=setup:passive'), true,  'the handshake is left to us'],
    [offer.replaceAll('a=setup:actpass', 'a=setup:active'), false, 'we are the one who begins'],
    [without('ice-ufrag'),                                 false, 'no name for its checks'],
    [without('ice-pwd'),                                   false, 'no password for its checks'],
    [without('fingerprint'),                               false, 'no certificate'],
    [offer.replaceAll('fingerprint:sha-256', 'fingerprint:sha-1'), false, 'a broken hash'],
    [without('rtcp-mux'),                                  false, 'a second port for reports'],
    [offer.replaceAll('m=audio', 'm=video'),               false, 'no audio'],
  ] as const) {
    t.equal(read(text) !== undefined, accepted, because)
  }
  const nowhere = read(offer.replaceAll(/^c=IN IP4 .*$/gm, 'c=IN IP4 0.0.0.0'))
  t.equal(nowhere?.plain.media[0]?.address, '127.0.0.1', 'it has not looked yet: no hold')
  t.strictSame(nowhere?.keyTypes, [110, 126])
})
