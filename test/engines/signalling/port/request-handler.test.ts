import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { parseChoice, parseDial } from '../../../../engines/signalling/port/choice.js'
import { handlerOf, parseHandlers } from '../../../../engines/signalling/port/method-handlers.js'
import { newApplication } from '../../../support/drachtio-application.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig, RIG_SECRET } from '../../../support/signalling-rig.js'

/** A port of loopback that nobody listens on any more. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

/** A routing service that answers each question with the next of these texts. */
async function routingService(
  owner: { teardown(end: () => unknown): unknown },
  answers: readonly string[],
) {
  const questions: URL[] = []
  const shown: { by: string; type: string | undefined; body: string }[] = []
  const left = [...answers]
  const server = createHttpServer(async (request, response) => {
    questions.push(new URL(request.url ?? '', 'http://localhost'))
    const body = await text(request)
    shown.push({ by: request.method ?? '', type: request.headers['content-type'], body })
    response.end(left.shift() ?? 'nothing more')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  owner.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/route?of=desk`)
  return { url, questions, shown, answer: (said: string) => left.push(said) }
}

t.test('the engine dials the application, and brings it the call (outbound mode)', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const rig = await openRig(t, {
    handlers: [{ target: { kind: 'dial', host: '127.0.0.1', port } }],
  })
  const phone = await rig.phone()
  const srf = newApplication()
  srf.use('invite', (req, res) => {
    srf.createUAS(req, res, { localSdp: sdp(7000) }).then(dialog => {
      dialog.on('destroy', () => srf.endSession(req))
    })
  })
  srf.listen({ server, secret: RIG_SECRET })
  phone.ask('INVITE', 'out-1', { body: sdp(6000) })
  const ok = await phone.answer()
  t.equal(ok.status, 200)
  t.equal(ok.body.toString(), sdp(7000))
  phone.askIn(ok, 'ACK', 1)
  phone.askIn(ok, 'BYE', 2)
  t.equal((await phone.answer()).status, 200, 'what follows goes to the same application')

  phone.ask('INVITE', 'out-2', { body: sdp(6000) })
  t.equal((await phone.answer()).status, 200, 'the next call has a connection of its own')
})

t.test('a routing service decides what becomes of a request', async t => {
  const refused = { action: 'reject', data: { status: 603, reason: 'Not Today' } }
  const moved = { action: 'redirect', data: { contact: ['sip:there@127.0.0.1:9'] } }
  const byTag = { action: 'route', data: { tag: 'night' } }
  const noTag = { action: 'route', data: { tag: 'nobody' } }
  const dial = { action: 'route', data: { uri: `127.0.0.1:${await freePort()}` } }
  const away = { action: 'route', data: { uri: '192.0.2.1:3001' } }
  const texts = [refused, moved, byTag, byTag, noTag, dial, away].map(each => JSON.stringify(each))
  const service = await routingService(t, [...texts, 'no JSON', '{"action":"dance"}'])
  const rig = await openRig(t, {
    handlers: [{ target: { kind: 'ask', by: 'GET', url: service.url } }],
  })
  const taken: string[] = []
  for (const name of ['night-1', 'night-2']) {
    const srf = newApplication()
    srf.use('message', (_req, res) => {
      taken.push(name)
      res.send(200)
    })
    const { application } = rig.engine.listening
    srf.connect({
      ...application,
      secret: RIG_SECRET,
      tags: ['night'],
      reconnect: { maxAttempts: 1 },
    })
    await once(srf, 'connect')
    t.teardown(() => srf.disconnect())
  }
  const phone = await rig.phone()
  // biome-ignore format: table
  for (const [status, because] of [
    [603, 'reject'],
    [302, 'redirect'],
    [200, 'route by tag'],
    [200, 'route by tag, in turn'],
    [480, 'no application gave that tag'],
    [480, 'nobody waits where it is to be dialled'],
    [480, 'no application beyond this machine is dialled: the secret would go there in clear'],
    [500, 'no JSON'],
    [500, 'an action that nobody knows'],
  ] as const) {
    phone.ask('MESSAGE', `rt-${because.replace(/\W/g, '')}`, { user: 'desk' })
    const answer = await phone.answer()
    t.equal(answer.status, status, because)
    if (status === 302) t.equal(answer.headers.get('Contact'), '<sip:there@127.0.0.1:9>')
    if (status === 603) t.equal(answer.reason, 'Not Today')
  }
  t.strictSame(taken.sort(), ['night-1', 'night-2'])
  t.match(service.shown[0], { by: 'GET', body: '' })
  const asked = Object.fromEntries(service.questions[0]?.searchParams ?? [])
  t.match(asked, {
    of: 'desk',
    method: 'MESSAGE',
    protocol: 'udp',
    source_address: '127.0.0.1',
    domain: '127.0.0.1',
    fromUser: 'phone',
    toUser: 'desk',
    uriUser: 'desk',
    uri: `sip:desk@127.0.0.1:${rig.sipPort}`,
  })
})

t.test('a routing service asked by POST is shown the message, but no key of it', async t => {
  const refused = JSON.stringify({ action: 'reject', data: { status: 603 } })
  const service = await routingService(t, [refused, refused])
  const rig = await openRig(t, {
    handlers: [{ target: { kind: 'ask', by: 'POST', url: service.url } }],
  })
  const phone = await rig.phone()
  phone.ask('MESSAGE', 'rt-post-1', { headers: { 'Content-Type': 'text/plain' }, body: 'はい 5' })
  t.equal((await phone.answer()).status, 603)
  const keys = { 'Content-Type': 'application/dtmf-relay' }
  phone.ask('INFO', 'rt-post-2', { headers: keys, body: 'Signal=7' })
  t.equal((await phone.answer()).status, 603)
  const [message, info] = service.shown
  t.match(message, { by: 'POST', type: 'text/plain; charset=utf-8' })
  t.match(message?.body, /^MESSAGE sip:1400@/)
  t.match(message?.body, /\r\nCall-ID: rt-post-1\r\n(?:.+\r\n)*\r\nはい 5$/)
  t.match(info?.body, /\r\n\r\nSignal=x$/)
  t.equal(service.questions[0]?.searchParams.get('method'), 'MESSAGE', 'with the same query')
})

t.test('a routing service has a call proxied, without any application', async t => {
  const service = await routingService(t, [])
  const rig = await openRig(t, {
    handlers: [{ target: { kind: 'ask', by: 'GET', url: service.url } }],
  })
  const [caller, target] = [await rig.phone(), await rig.phone()]
  const data = { destination: target.uri, recordRoute: true }
  service.answer(JSON.stringify({ action: 'proxy', data }))
  caller.ask('INVITE', 'rt-proxy', { body: sdp(6000) })
  const invite = await target.request()
  t.ok(invite.headers.has('Record-Route'))
  target.reply(invite, '200 OK', { body: sdp(7000) })
  t.equal((await caller.answer()).status, 200)
})

t.test('each method may have a handler of its own; the others go to the applications', async t => {
  const refused = JSON.stringify({ action: 'reject', data: { status: 603 } })
  const service = await routingService(t, [refused, refused])
  const target = { kind: 'ask', by: 'GET', url: service.url } as const
  const rig = await openRig(t, { handlers: [{ method: 'MESSAGE', target }] })
  t.equal(rig.engine.status().ready, false, 'nobody is there for calls')
  await rig.application({ options: (_req, res) => res.send(200) })
  const phone = await rig.phone()
  phone.ask('MESSAGE', 'each-1')
  t.equal((await phone.answer()).status, 603)
  phone.ask('OPTIONS', 'each-2')
  t.equal((await phone.answer()).status, 200)

  const [waiting, asked] = ['tcp:127.0.0.1:3001', 'post:https://h/route?of=desk']
  // biome-ignore format: table
  for (const [text, kinds, because] of [
    [waiting,                                 [undefined, 'dial'],                    'of all methods'],
    [`INVITE=${waiting}`,                     ['INVITE', 'dial'],                     'of one'],
    [`${asked}  INVITE=${waiting}`,           [undefined, 'ask', 'INVITE', 'dial'],   'of one and of all others'],
    [`INVITE=${waiting} INVITE=${asked}`,     undefined,                              'two of the same'],
    [`${waiting} ${asked}`,                   undefined,                              'two of all'],
    [`invite=${waiting}`,                     undefined,                              'methods are written large (RFC 3261 §7.1)'],
    ['INVITE=',                               undefined,                              'nobody'],
    ['post:tcp:127.0.0.1:3001',               undefined,                              'no URL to show it to'],
  ] as const) {
    const parsed = parseHandlers(text)
    t.strictSame(parsed?.flatMap(({ method, target }) => [method, target.kind]), kinds, because)
  }
  const both = parseHandlers(`${asked} INVITE=${waiting}`) ?? []
  t.match(handlerOf(both, 'INVITE'), { kind: 'dial', port: 3001 })
  t.match(handlerOf(both, 'INFO'), { kind: 'ask', by: 'POST' })
  t.equal(handlerOf([], 'INVITE'), undefined)
})

t.test('what a routing service may say', async t => {
  // biome-ignore format: table
  for (const [answer, kind, because] of [
    [{ action: 'reject', data: { status: 486 } },                  'reject',   'a reason may be left out'],
    [{ action: 'reject', data: { status: 200 } },                  undefined,  'no refusal'],
    [{ action: 'reject', data: { status: '486' } },                undefined,  'no number'],
    [{ action: 'redirect', data: { contact: 'sip:a@b' } },         'redirect', 'one may stand alone'],
    [{ action: 'redirect', data: { contact: [] } },                undefined,  'to nobody'],
    [{ action: 'proxy', data: { destination: ['sip:a@b'] } },      'proxy',    ''],
    [{ action: 'proxy', data: {} },                                undefined,  'to nobody'],
    [{ action: 'route', data: { tag: 'a' } },                      'tag',      ''],
    [{ action: 'route', data: { uri: 'tcp:127.0.0.1:3001' } },     'dial',     ''],
    [{ action: 'route', data: { uri: 'nowhere' } },                undefined,  'no port'],
    [{ action: 'route' },                                          undefined,  'no word of where'],
    [null,                                                         undefined,  'nothing'],
  ] as const) {
    t.equal(parseChoice(answer)?.kind, kind, `${JSON.stringify(answer)} ${because}`)
  }
  // biome-ignore format: table
  for (const [uri, at] of [
    ['tcp:127.0.0.1:3001',           ['127.0.0.1', 3001]],
    ['127.0.0.1:3001;transport=tcp', ['127.0.0.1', 3001]],
    ['tcp://localhost:3001',         ['localhost', 3001]],
    ['tcp:[::1]:3001',               ['::1', 3001]],
    ['127.0.0.1:3001;transport=tls', [undefined, undefined]],
    ['tcp:127.0.0.1:0',              [undefined, undefined]],
    ['tls:127.0.0.1:3001',           [undefined, undefined]],
  ] as const) {
    const dial = parseDial(uri)
    t.strictSame([dial?.host, dial?.port], at, uri)
  }
})
