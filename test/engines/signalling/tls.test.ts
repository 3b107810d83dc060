import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochMs } from '../../../domain/clock.js'
import type { ListenPoint } from '../../../engines/signalling/agent.js'
import { CertificateWatch } from '../../../engines/signalling/certificate-watch.js'
import {
  signallingContradictions,
  signallingSettings,
  tlsReading,
} from '../../../engines/signalling/config.js'
import { signallingProgram } from '../../../engines/signalling/main.js'
import { Headers } from '../../../engines/signalling/sip/headers.js'
import { DEFAULT_CONNECTION_LIMITS } from '../../../engines/signalling/transport/flow.js'
import { TlsCredentials } from '../../../engines/signalling/transport/tls-credentials.js'
import { isCertificateOf } from '../../../engines/signalling/transport/tls-identity.js'
import { systemClock } from '../../../platform/clock.js'
import { homeAt, makeHome } from '../../../platform/home.js'
import { Metrics } from '../../../platform/metrics/metrics.js'
import { readSettings } from '../../../platform/settings.js'
import { settled } from '../../support/agent-calls.js'
import { answerOf, ask, openAgent, PeerCall, reply, SDP, sending } from '../../support/agent-rig.js'
import { makeAuthority } from '../../support/certificates.js'
import { dnsOf } from '../../support/dns-server.js'
import { tcpPlace, tlsPeer, tlsPlace, wsPeer } from '../../support/sip-peer.js'

const authority = await makeAuthority('the authority')
const stranger = await makeAuthority('nobody knows it')
const ours = await authority.issue({ ip: ['127.0.0.1'], dns: ['localhost'] })

const HOSTS = { 'one.example': ['127.0.0.1'], 'two.example': ['127.0.0.1'] }

const AT_LOOPBACK = { host: '127.0.0.1', port: 0 } as const
const LISTEN: readonly ListenPoint[] = (['udp', 'tls', 'wss'] as const).map(protocol => ({
  protocol,
  ...AT_LOOPBACK,
}))

/** What an agent speaks TLS with: its own certificate, and trust in one authority. */
const credentialsOf = (verification: 'verified' | 'unverified' = 'verified') =>
  new TlsCredentials({ ...ours, authorities: authority.certificate }, verification)

const openSecure = (t: Test, options: Parameters<typeof openAgent>[1] = {}) =>
  openAgent(t, { listen: LISTEN, credentials: credentialsOf(), ...options })

t.test(
  'a phone calls over TLS, and is hung up on over its connection (RFC 3261 §26.3)',
  async t => {
    const rig = await openSecure(t)
    const phone = await tlsPeer(t, rig.at('tls'), { ca: authority.certificate })
    t.ok(phone.socket.authorized, 'it has seen our certificate')
    t.match(phone.socket.getProtocol(), /^TLSv1\.[23]$/)
    const call = new PeerCall(phone)
    phone.send(call.request('INVITE', {}, SDP))
    const invite = await rig.requests.next()
    t.equal(invite.arrival.protocol, 'tls')
    invite.respond(reply(200, {}, SDP))
    await phone.response(100)
    const ok = await phone.response(200)
    const { port } = rig.at('tls')
    t.equal(ok.headers.get('Contact'), `<sip:127.0.0.1:${port};transport=tls>`)
    call.learn(ok)
    phone.send(call.request('ACK'))
    const { dialog } = await rig.acks.next()
    dialog?.send(ask('BYE', ''), () => {})
    const bye = await phone.request('BYE')
    t.match(bye.headers.get('Via'), new RegExp(`^SIP/2.0/TLS 127.0.0.1:${port};branch=`))
  },
)

t.test('a call of ours over TLS', async t => {
  const rig = await openSecure(t)
  const place = await tlsPlace(t, await authority.issue({ ip: ['127.0.0.1'] }))
  const { port } = rig.at('tls')
  // biome-ignore format: table
  for (const [uri, contact, because] of [
    [`sip:bob@127.0.0.1:${place.at.port};transport=tls`,  `<sip:127.0.0.1:${port};transport=tls>`, 'asked for by name'],
    [`sips:bob@127.0.0.1:${place.at.port}`,               `<sips:127.0.0.1:${port}>`,              'RFC 3261 §8.1.1.8: sips: wants a sips: Contact'],
    [`sips:bob@127.0.0.1:${place.at.port};transport=tcp`, `<sips:127.0.0.1:${port}>`,              'RFC 5630: TLS over TCP'],
  ] as const) {
    const { responses, transaction } = sending(rig, ask('INVITE', uri, {}, SDP))
    t.equal(transaction.sent.protocol, 'tls')
    const peer = place.peers.left[0] ?? (await place.peers.next())
    place.peers.push(peer)
    const invite = await peer.request('INVITE')
    t.match(invite.headers.get('Via'), new RegExp(`^SIP/2.0/TLS 127.0.0.1:${port};branch=`), because)
    t.equal(invite.headers.get('Contact'), contact, because)
    peer.send(answerOf(invite, 486))
    t.equal((await responses.next()).response.status, 486)
    await peer.request('ACK')
  }
  t.equal(rig.agent.load.connections, 1, 'all over one connection')
})

t.test('whom we call must be who was asked for, before a word is said (RFC 5922)', async t => {
  const domain = 'sip.example.jp'
  // biome-ignore format: table
  for (const [subject, by, verification, status, because] of [
    [{ dns: [domain] },                          authority, 'verified',   200, 'a DNS name'],
    [{ uri: [`sip:${domain}`] },                 authority, 'verified',   200, 'a SIP URI'],
    [{ dns: ['*.example.jp'] },                  authority, 'verified',   503, '§7.2: no wildcard'],
    [{ dns: ['other.example.jp'] },              authority, 'verified',   503, 'another name'],
    [{ commonName: domain },                     authority, 'verified',   503, 'a common name counts for nothing'],
    [{ dns: [domain], ip: ['127.0.0.1'] },       stranger,  'verified',   503, 'an authority that nobody trusts'],
    [{ dns: [domain], days: -0.5 },              authority, 'verified',   503, 'it has ended'],
    [{ ip: ['127.0.0.1'] },                      authority, 'verified',   503, 'the address is not what was asked for'],
    [{ dns: ['other.example.jp'] },              stranger,  'unverified', 200, 'verification is switched off'],
  ] as const) {
    const credentials = credentialsOf(verification)
    const rig = await openSecure(t, { credentials, dns: dnsOf({ [domain]: ['127.0.0.1'] }) })
    const place = await tlsPlace(t, await by.issue(subject))
    const { responses } = sending(rig, ask('OPTIONS', `sips:bob@${domain}:${place.at.port}`))
    const asked = place.peers.next().then(async peer => {
      peer.send(answerOf(await peer.request('OPTIONS'), 200))
    })
    t.equal((await responses.next()).response.status, status, because)
    if (status === 200) await asked
    else t.match(rig.notices, [{ event: 'connection_failed', protocol: 'tls' }])
  }
})

t.test('whose certificate it is', async t => {
  // biome-ignore format: table
  for (const [names, domain, is, because] of [
    ['DNS:example.jp',                              'example.jp',     true,  'a DNS name'],
    ['DNS:EXAMPLE.jp',                              'example.JP',     true,  'in any case'],
    ['DNS:a.jp, DNS:b.jp',                          'b.jp',           true,  'one of several'],
    ['URI:sip:example.jp',                          'example.jp',     true,  'a SIP URI'],
    ['URI:sip:alice@example.jp',                    'example.jp',     false, 'RFC 5922 §7.1: of a user of the domain'],
    ['URI:sips:example.jp',                         'example.jp',     false, 'RFC 5922 §7.1: of another scheme'],
    ['DNS:*.example.jp',                            'sip.example.jp', false, 'RFC 5922 §7.2: no wildcard'],
    ['DNS:example.jp',                              'sip.example.jp', false, 'nor a part of the name'],
    ['DNS:sip.example.jp',                          'example.jp',     false, 'nor more than the name'],
    ['email:"a, DNS:example.jp"',                   'example.jp',     false, 'a name within another kind'],
    ['URI:"sip:a.jp, DNS:example.jp", DNS:b.jp',    'example.jp',     false, 'the same, in quotes'],
    ['URI:"sip:a.jp, DNS:example.jp", DNS:b.jp',    'b.jp',           true,  'and what follows it'],
    ['IP Address:192.0.2.1',                        '192.0.2.1',      true,  'an address'],
    ['DNS:192.0.2.1',                               '192.0.2.1',      false, 'an address is no name'],
    ['IP Address:2001:DB8:0:0:0:0:0:1',             '2001:db8::1',    true,  'of IPv6, however it is written'],
    [undefined,                                     'example.jp',     false, 'no names'],
  ] as const) {
    t.equal(isCertificateOf(names, domain), is, because)
  }
})

t.test('a connection that proved one domain carries nothing for another', async t => {
  const rig = await openSecure(t, { dns: dnsOf(HOSTS) })
  const place = await tlsPlace(t, await authority.issue({ dns: ['one.example', 'two.example'] }))
  for (const domain of ['one.example', 'two.example', 'one.example']) {
    sending(rig, ask('OPTIONS', `sips:bob@${domain}:${place.at.port}`))
  }
  const seen: string[] = []
  for (let connection = 0; connection < 2; connection++) {
    const peer = await place.peers.next()
    const { uri } = await peer.request('OPTIONS')
    if (uri.includes('one')) await peer.request('OPTIONS')
    seen.push(uri.includes('one') ? 'one twice' : 'two')
  }
  t.strictSame(seen.sort(), ['one twice', 'two'])
  t.equal(rig.agent.load.connections, 2)
})

t.test('sips: goes over TLS or not at all (RFC 3261 §26.2.2)', async t => {
  const rig = await openSecure(t)
  for (const uri of ['sips:bob@127.0.0.1:9;transport=udp', 'sips:bob@127.0.0.1:9;transport=x']) {
    t.equal(rig.agent.send(ask('OPTIONS', uri), () => {}).outcome, 'no_transport', uri)
  }
  const plain = await openAgent(t)
  const phone = await wsPeer(t, plain.at('ws'))
  const contact = `<sip:bob@${phone.local.host};transport=ws>`
  phone.send(new PeerCall(phone).request('REGISTER', { Contact: contact }))
  ;(await plain.requests.next()).respond(reply(200))
  await phone.response(200)
  const uri = `sips:bob@${phone.local.host};transport=ws`
  t.equal(plain.agent.send(ask('OPTIONS', uri), () => {}).outcome, 'no_transport')
})

t.test('a proxied sips: call stays on our route by sips: (RFC 3261 §16.6)', async t => {
  const rig = await openSecure(t)
  const place = await tlsPlace(t, await authority.issue({ ip: ['127.0.0.1'] }))
  const phone = await tlsPeer(t, rig.at('tls'))
  phone.send(new PeerCall(phone).request('INVITE', {}, SDP))
  const target = `sips:bob@127.0.0.1:${place.at.port}`
  ;(await rig.requests.next()).proxy(
    {
      targets: [target],
      forking: 'serial',
      recordRoute: true,
      followRedirects: false,
      patience: {},
      headers: new Headers(),
    },
    { forwarded() {}, heard() {}, answered() {} },
  )
  const invite = await (await place.peers.next()).request('INVITE')
  const { port } = rig.at('tls')
  t.match(
    invite.headers.all('Record-Route').join(),
    new RegExp(`^<sips:127\\.0\\.0\\.1:${port};lr;pass=\\w+>$`),
  )
})

t.test('a phone in a page of a secure site calls over WSS (RFC 7118)', async t => {
  const rig = await openSecure(t)
  const phone = await wsPeer(t, rig.at('wss'), 'wss')
  const uri = `sip:09011112222@${phone.local.host};transport=ws`
  phone.send(new PeerCall(phone).request('REGISTER', { Contact: `<${uri}>` }))
  const register = await rig.requests.next()
  t.equal(register.arrival.protocol, 'wss')
  register.respond(reply(200))
  await phone.response(200)
  for (const target of [uri, uri.replace('sip:', 'sips:')]) {
    sending(rig, ask('INVITE', target, {}, SDP))
    const invite = await phone.request('INVITE')
    t.match(invite.headers.get('Via'), /^SIP\/2.0\/WSS 127.0.0.1:\d+;branch=/)
    t.match(invite.headers.get('Contact'), /;transport=ws>$/)
  }
})

t.test('a renewed certificate is for those who come; who is there stays', async t => {
  const credentials = credentialsOf()
  const rig = await openSecure(t, { credentials })
  const before = await tlsPeer(t, rig.at('tls'))
  await settled(rig, before)
  const renewed = await authority.issue({ ip: ['127.0.0.1'], commonName: 'renewed' })
  credentials.renew({ ...renewed, authorities: authority.certificate })
  const after = await tlsPeer(t, rig.at('tls'))
  t.equal(before.socket.getPeerCertificate().subject.CN, 'test')
  t.equal(after.socket.getPeerCertificate().subject.CN, 'renewed')
  await settled(rig, before)
  await settled(rig, after)
  const page = connectTls({ ...rig.at('wss'), rejectUnauthorized: false })
  t.teardown(() => page.destroy())
  await once(page, 'secureConnect')
  t.equal(page.getPeerCertificate().subject.CN, 'renewed', 'of WSS too')
})

t.test('a handshake that is wrong or never ends is not waited for', async t => {
  const limits = { ...DEFAULT_CONNECTION_LIMITS, openMs: 300 }
  const rig = await openSecure(t, { limits })
  for (const protocol of ['tls', 'wss'] as const) {
    // biome-ignore format: table
    for (const [bytes, because] of [
      ['',                               'it says nothing'],
      ['\x16\x03\x01\x02\x00\x01',       'it begins, and says no more'],
      ['OPTIONS sip:a@b SIP/2.0\r\n\r\n', 'it speaks no TLS'],
    ] as const) {
      const socket = connect(rig.at(protocol).port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      socket.write(bytes, 'latin1')
      await once(socket, 'close')
      t.pass(`${protocol}: closed: ${because}`)
    }
  }
  const old = connectTls({
    ...rig.at('tls'),
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  const [refused] = await once(old, 'error')
  t.match(refused.code, /PROTOCOL_VERSION|ALERT|ECONNRESET/, 'TLS 1.1 is too old (RFC 8996)')
  t.ok(rig.notices.length >= 5)
  t.strictSame([...new Set(rig.notices.map(({ event }) => event))], ['handshake_failed'])
  t.match(rig.notices[0]?.remote, { host: '127.0.0.1' })
  t.equal(rig.agent.load.connections, 0)
})

t.test('a server that never ends the handshake is given up', async t => {
  const rig = await openSecure(t)
  const deaf = await tcpPlace(t)
  const { responses } = sending(rig, ask('OPTIONS', `sips:bob@127.0.0.1:${deaf.at.port}`))
  await deaf.peers.next()
  rig.scheduler.pass(DEFAULT_CONNECTION_LIMITS.openMs)
  t.equal((await responses.next()).response.status, 503)
})

t.test('settings of TLS: every mistake is told at start', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const certificate = file('certificate.pem', ours.certificate, 0o644)
  const key = file('key.pem', ours.key)
  const other = file('other.pem', (await authority.issue({})).key)
  const open = file('open.pem', ours.key, 0o644)
  const text = file('text.pem', 'no PEM')
  // biome-ignore format: table
  for (const [given, mistakes, because] of [
    [{ certificate, key },                     [],                                         'all is well'],
    [{},                                       [/CERTIFICATE is off/, /KEY is off/],       'nothing is there'],
    [{ certificate, key: 'nowhere.pem' },      [/KEY=nowhere.pem: cannot be read: ENOENT/], 'a file that is not there'],
    [{ certificate, key: other },              [/is not the key of the certificate/],      'two that do not belong together'],
    [{ certificate, key: open },               [/can be read by others/],                  'a key for everybody'],
    [{ certificate: text, key: text },         [/no certificate/, /no private key/],       'no PEM'],
    [{ certificate, key, authorities: text },  [/AUTHORITIES=.*: holds no certificate/],   'authorities that are none'],
  ] as const) {
    const texts = Object.entries(given).map(([name, path]) => [
      `MCSCP_SCP_SIP_TLS_${name.toUpperCase()}`,
      path,
    ])
    const set = { MCSCP_SCP_SIP_TLS_PORT: '0', ...Object.fromEntries(texts) }
    const values = readSettings(signallingSettings('scp'), set)
    const found = signallingContradictions('scp', values)
    t.equal(found.length, mistakes.length, because)
    for (const [index, mistake] of mistakes.entries()) t.match(found[index], mistake, because)
    const without = { ...values, tls: 'off' as const }
    t.strictSame(signallingContradictions('scp', without), [], 'of no account without TLS')
  }
})

t.test('the program speaks TLS as its settings say', async t => {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-tls-')))
  makeHome(home)
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  const [certificate, key] = [join(home.folder, 'certificate.pem'), join(home.folder, 'key.pem')]
  writeFileSync(certificate, ours.certificate)
  writeFileSync(key, ours.key, { mode: 0o600 })
  const ports = ['SIP_UDP', 'SIP_TCP', 'SIP_TLS', 'SIP_WSS', 'SIP_APPLICATION']
  const given = {
    ...Object.fromEntries(ports.map(name => [`MCSCP_SCP_${name}_PORT`, '0'])),
    MCSCP_SCP_SIP_TLS_CERTIFICATE: certificate,
  }
  const start = (more: Record<string, string>) =>
    signallingProgram('scp').start({
      home,
      given: { ...given, ...more },
      clock: systemClock,
      log: pino({ enabled: false }),
    })
  await t.rejects(start({}), { code: 'SETTINGS_INVALID', message: /SIP_TLS_KEY is off/ })
  const running = await start({ MCSCP_SCP_SIP_TLS_KEY: key })
  t.teardown(() => running.close())
  const sip = running.listening.sip ?? ''
  t.match(sip, /^udp\/\S+, tcp\/\S+, tls\/\S+, wss\/\S+$/)
  for (const protocol of ['tls', 'wss']) {
    const port = Number(new RegExp(`${protocol}/127.0.0.1:(\\d+)`).exec(sip)?.[1])
    const socket = connectTls({ host: '127.0.0.1', port, ca: authority.certificate })
    t.teardown(() => socket.destroy())
    await once(socket, 'secureConnect')
    t.ok(socket.authorized, protocol)
  }
  const metrics = new Metrics()
  running.registerMetrics?.(metrics)
  t.match(await metrics.text(), /^mcscp_sip_certificate_end_seconds \d{10}/m)
})

t.test('renewed files are taken in service, and wrong ones are an alarm', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  writeFileSync(certificate, ours.certificate)
  writeFileSync(key, ours.key, { mode: 0o600 })
  const values = readSettings(signallingSettings('scp'), {
    MCSCP_SCP_SIP_TLS_PORT: '0',
    MCSCP_SCP_SIP_TLS_CERTIFICATE: certificate,
    MCSCP_SCP_SIP_TLS_KEY: key,
  })
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: line => lines.push(JSON.parse(line)) })
  const told = () => lines.splice(0).map(({ msg }) => msg)
  let now = Date.now()
  const credentials = credentialsOf()
  const watch = new CertificateWatch({
    whose: 'scp',
    credentials,
    read: () => tlsReading('scp', values),
    clock: { now: () => epochMs(now) },
    log,
    later: () => () => {},
  })
  credentials.renew(ours)
  watch.look()
  t.strictSame(told(), [], 'nothing new')

  const renewed = await authority.issue({ ip: ['127.0.0.1'], days: 60 })
  writeFileSync(certificate, renewed.certificate)
  watch.look()
  t.strictSame(told(), [], 'the key has not come yet')
  writeFileSync(key, renewed.key)
  const before = credentials.validUntil
  watch.look()
  t.strictSame(told(), ['TLS certificate renewed'])
  t.ok(credentials.validUntil > before)

  writeFileSync(key, 'nonsense')
  watch.look()
  watch.look()
  t.strictSame(told(), ['alarm raised'], 'it stays wrong')
  t.ok(credentials.holds(renewed), 'what was right stays in use')
  writeFileSync(key, renewed.key)
  watch.look()
  t.strictSame(told(), ['alarm cleared'])
  now += 47 * 86_400_000
  watch.look()
  t.strictSame(told(), ['alarm raised'], 'it ends in less than 14 days')
  watch.close()
})
