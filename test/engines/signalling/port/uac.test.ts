import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import type { AppRequest, AppResponse } from '../../../support/drachtio-application.js'
import { HandScheduler } from '../../../support/hand-scheduler.js'
import { sdp } from '../../../support/raw-phone.js'
import { openRig, SHORT_TIMERS } from '../../../support/signalling-rig.js'

const OFFER = sdp(6000)
const ANSWER = sdp(7000)

/** A TCP port of loopback where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** What a call failed with: drachtio-srf's SipError carries the status. */
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error: unknown) => error,
  )

t.test('an application calls: ringing, answer, ACK, and BYE from the other side', async t => {
  const rig = await openRig(t)
  const srf = await rig.application()
  const phone = await rig.phone()
  const provisional: number[] = []
  const call = srf.createUAC(
    phone.uri,
    { localSdp: OFFER, callingNumber: '0311112222' },
    { cbProvisional: res => provisional.push(res.status) },
  )
  const invite = await phone.request()
  const us = `sip:0311112222@127.0.0.1:${rig.sipPort}`
  t.match(invite.headers.get('From'), new RegExp(`^<?${us}>?;tag=\\w+$`), 'localhost replaced')
  t.match(invite.headers.get('Contact'), us)
  t.match(invite.headers.get('To'), phone.uri, 'the request URI, for want of another')
  t.equal(invite.headers.get('Content-Type'), 'application/sdp')
  t.equal(invite.body.toString(), OFFER)

  phone.reply(invite, '100 Trying')
  phone.reply(invite, '180 Ringing')
  phone.reply(invite, '200 OK', { body: ANSWER })
  const dialog = await call
  t.strictSame(provisional, [180], '100 stays with the engine')
  t.equal(dialog.remote.sdp, ANSWER)
  t.equal(dialog.id, `${dialog.sip.callId};from-tag=${dialog.sip.localTag}`)
  const ack = await phone.request()
  t.equal(ack.method, 'ACK')
  t.equal(ack.uri, phone.uri)

  const destroyed = once(dialog, 'destroy')
  phone.askBack(invite, 'BYE', 1)
  t.equal((await phone.answer()).status, 200)
  t.equal((await destroyed)[1], 'normal release')
})

t.test(
  'a call that is refused is told with its status, and acknowledged by the engine',
  async t => {
    const rig = await openRig(t)
    const srf = await rig.application()
    const phone = await rig.phone()
    const call = srf.createUAC(phone.uri, { localSdp: OFFER })
    call.catch(() => undefined)
    phone.reply(await phone.request(), '603 Decline')
    t.match(await failureOf(call), { status: 603, reason: 'Decline' })
    t.equal((await phone.request()).method, 'ACK')
  },
)

t.test('a call is withdrawn, with a reason', async t => {
  const rig = await openRig(t)
  const srf = await rig.application()
  const phone = await rig.phone()
  let request: AppRequest | undefined
  const call = srf.createUAC(
    phone.uri,
    { localSdp: OFFER },
    {
      cbRequest: (_, req) => {
        request = req
      },
      cbProvisional: () => request?.cancel({ headers: { Reason: 'SIP;cause=480' } }),
    },
  )
  call.catch(() => undefined)
  const invite = await phone.request()
  phone.reply(invite, '180 Ringing')
  const cancel = await phone.request()
  t.equal(cancel.method, 'CANCEL')
  t.equal(cancel.headers.get('Reason'), 'SIP;cause=480')
  t.equal(cancel.headers.get('Via'), invite.headers.get('Via'))
  phone.reply(cancel, '200 OK')
  phone.reply(invite, '487 Request Terminated')
  t.match(await failureOf(call), { status: 487 })
})

t.test('an answer that crosses the withdrawal is acknowledged and released', async t => {
  const rig = await openRig(t)
  const wire = await rig.wire()
  const phone = await rig.phone()
  wire.send(`m|sip||\r\nINVITE ${phone.uri} SIP/2.0\r\n\r\n${OFFER}`)
  const invite = await phone.request()
  const id = (await wire.next())?.split('|')[10]
  phone.reply(invite, '180 Ringing')
  await wire.next()
  t.match(await wire.ask(`c|sip|${id}|\r\nCANCEL ${phone.uri} SIP/2.0\r\n\r\n`), /^response\|c\|OK/)
  t.equal((await phone.request()).method, 'CANCEL')

  phone.reply(invite, '200 OK', { body: ANSWER })
  t.equal((await phone.request()).method, 'ACK')
  t.equal((await phone.request()).method, 'BYE')
  const [answer = '', ended = ''] = [await wire.next(), await wire.next()]
  t.match(answer, `|${id}|`)
  t.match(answer, '\r\nSIP/2.0 200 OK\r\n')
  t.match(ended, `|sip|application|`)
  t.match(ended, `|unsolicited|${invite.headers.get('Call-ID')};from-tag=`)
  t.match(ended, 'text="ACK-BYE due to cancel race condition"')
})

t.test('a challenge is answered by drachtio-srf, with the call’s own ids', async t => {
  const rig = await openRig(t)
  const srf = await rig.application()
  const phone = await rig.phone()
  const request = await srf.request(phone.uri, {
    method: 'OPTIONS',
    auth: { username: 'u', password: 'p' },
  })
  const first = await phone.request()
  phone.reply(first, '401 Unauthorized', {
    headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="abc", algorithm=MD5' },
  })
  const answered = once(request, 'response')
  const second = await phone.request()
  const [one, two] = [first, second].map(({ headers }) => headers)
  t.match(two?.get('Authorization'), /username="u"/)
  t.equal(two?.get('Call-ID'), one?.get('Call-ID'))
  t.equal(two?.get('From'), one?.get('From'))
  t.equal(
    Number.parseInt(two?.get('CSeq') ?? '', 10),
    Number.parseInt(one?.get('CSeq') ?? '', 10) + 1,
  )
  phone.reply(second, '200 OK')
  const [ok] = await answered
  t.equal(ok.status, 200)
  t.equal(ok.stackDialogId, '', 'outside any dialog')
})

t.test('who awaits the promise of a request still hears its response, however soon', async t => {
  const rig = await openRig(t, { timers: SHORT_TIMERS })
  const srf = await rig.application()
  const phone = await rig.phone()
  const refused = await closedPort()
  // biome-ignore format: table
  for (const [uri, status, because] of [
    [`sip:x@127.0.0.1:${refused};transport=tcp`, 503, 'nobody listens there'],
    [phone.uri,                                  408, 'nobody answers for 64 × T1'],
  ] as const) {
    const request = await srf.request(uri, { method: 'OPTIONS' })
    const [response]: AppResponse[] = await once(request, 'response')
    t.equal(response?.status, status, because)
    t.equal(response?.source_address, '', 'made by the engine: no address')
  }
})

t.test('a response waits until its request has been acknowledged for a while', async t => {
  const scheduler = new HandScheduler()
  const rig = await openRig(t, { scheduler })
  const wire = await rig.wire()
  const phone = await rig.phone()
  t.match(await wire.ask(`m|sip||\r\nOPTIONS ${phone.uri} SIP/2.0\r\n\r\n`), /^response\|m\|OK/)
  phone.reply(await phone.request(), '200 OK')
  phone.ask('OPTIONS', 'after-it')
  t.equal((await phone.answer()).status, 503, 'so the engine has the 200 before it')
  t.equal(await wire.ask('m|ping'), 'response|m|OK|pong', 'and keeps it')
  scheduler.pass(5)
  t.match(await wire.next(), '\r\nSIP/2.0 200 OK\r\n')
})

t.test('a request goes where the application says, its own URI untouched', async t => {
  const rig = await openRig(t)
  const srf = await rig.application()
  const phone = await rig.phone()
  const request = await srf.request('sip:someone@192.0.2.9', {
    method: 'OPTIONS',
    proxy: phone.uri,
  })
  const arrived = await phone.request()
  t.equal(arrived.uri, 'sip:someone@192.0.2.9')
  const answered = once(request, 'response')
  phone.reply(arrived, '200 OK')
  t.equal((await answered)[0].status, 200)
})

t.test('a request with the Call-ID of a call that is up goes inside it', async t => {
  const rig = await openRig(t)
  const srf = await rig.application()
  const phone = await rig.phone()
  const call = srf.createUAC(phone.uri, { localSdp: OFFER })
  const invite = await phone.request()
  phone.reply(invite, '200 OK', { body: ANSWER })
  const dialog = await call
  t.equal((await phone.request()).method, 'ACK')
  srf.request('sip:else@192.0.2.9', {
    method: 'INFO',
    headers: { 'Call-ID': dialog.sip.callId },
  })
  const inside = await phone.request()
  t.equal(inside.uri, phone.uri)
  t.match(inside.headers.get('To'), `;tag=${dialog.sip.remoteTag}`)
})

t.test('a Contact at localhost names the transport that leads back', async t => {
  const rig = await openRig(t)
  const wire = await rig.wire()
  const tcp = rig.engine.listening.sip.find(({ protocol }) => protocol === 'tcp')?.port
  const echoed = await wire.ask(
    `m|sip||\r\nOPTIONS sip:x@127.0.0.1:${await closedPort()};transport=tcp SIP/2.0\r\n` +
      'contact: <sip:me@localhost>;expires=60\r\nfrom: <sip:me@localhost>\r\n\r\n',
  )
  t.match(echoed, `\r\nContact: <sip:me@127.0.0.1:${tcp};transport=tcp>;expires=60\r\n`)
  t.match(echoed, `\r\nFrom: <sip:me@127.0.0.1:${tcp}>;tag=`)
})

t.test('a refused request gives the reason, and the connection lives on', async t => {
  const rig = await openRig(t, { listen: ['udp'] })
  const wire = await rig.wire()
  const ask = (fields: string, ...lines: string[]) =>
    wire.ask(`m|sip|${fields}\r\n${lines.join('\r\n')}\r\n\r\n`)
  const self = `sip:x@127.0.0.1:${rig.sipPort}`
  // biome-ignore format: table
  for (const [reason, fields, line] of [
    ['unable to cancel unknown transaction id: no-such-txn', 'no-such-txn|', 'CANCEL sip:x@127.0.0.1 SIP/2.0'],
    ['Server error: unable to find dialog for dialog id provided',
                                             '|no-such-dialog', 'BYE sip:placeholder SIP/2.0'],
    ['Server error: ACK for non-success final response is automatically generated by server',
                                             '|no-such-dialog', `ACK ${self} SIP/2.0`],
    ['can not send request to myself',       '|',  `OPTIONS ${self} SIP/2.0`],
    ['can not send request to myself',       `||${self}`, 'OPTIONS sip:x@192.0.2.1 SIP/2.0'],
    ['invalid request-uri: FOO sip:127.0.0.1:5999 SIP/2.0', '|', 'FOO sip:127.0.0.1:5999 SIP/2.0'],
    ['invalid request-uri: OPTIONS bob SIP/2.0',            '|', 'OPTIONS bob SIP/2.0'],
    ['requested protocol/transport not available', '|', 'OPTIONS sip:x@127.0.0.1:5999;transport=tcp SIP/2.0'],
    ['Error creating sip transaction for uac request',      '|', 'no request line'],
  ] as const) {
    t.equal(await ask(fields, line), `response|m|NOK|${reason}`)
  }
  t.equal(
    await wire.ask('m|sip||\r\nMESSAGE sip:a@127.0.0.1:5999 SIP/2.0\r\n\r\nhello'),
    'response|m|NOK|missing content-type',
  )
  t.equal(
    await wire.ask('m|proxy|t|||serial||\r\nINVITE sip:a@127.0.0.1 SIP/2.0\r\n\r\n'),
    'response|m|NOK|Unknown transaction id: t',
  )
  t.equal(await wire.ask('m|ping'), 'response|m|OK|pong')
})

t.test('a request and its responses have every field in its place', async t => {
  const rig = await openRig(t)
  const wire = await rig.wire()
  const phone = await rig.phone()
  const leaderOf = (payload = '') => payload.split('\r\n', 1)[0] ?? ''
  const time = String.raw`03:04:05\.678000`

  wire.send(`m|sip||\r\nINVITE ${phone.uri} SIP/2.0\r\nx-mine: 1\r\n\r\n${OFFER}`)
  const invite = await phone.request()
  t.equal(invite.headers.get('X-Mine'), '1')
  const leader = leaderOf(await wire.next())
  t.match(
    leader,
    new RegExp(
      String.raw`^[0-9a-f-]{36}\|response\|m\|OK\|application\|\d+\|udp\|127\.0\.0\.1\|${rig.sipPort}\|` +
        String.raw`${time}\|[0-9a-f-]{36}\|Msg sent:\|$`,
    ),
  )
  const id = leader.split('|')[10]
  const callId = invite.headers.get('Call-ID')
  const tag = /;tag=(\w+)/.exec(invite.headers.get('From') ?? '')?.[1]
  for (const status of ['180 Ringing', '486 Busy Here']) {
    phone.reply(invite, status)
    t.match(
      leaderOf(await wire.next()),
      new RegExp(
        String.raw`^[0-9a-f-]{36}\|sip\|network\|\d+\|udp\|127\.0\.0\.1\|${phone.port}\|` +
          String.raw`${time}\|${id}\|${callId};from-tag=${tag}\|$`,
      ),
      status,
    )
  }
})

t.test('call events come to whoever asked for them', async t => {
  const rig = await openRig(t)
  const events = await rig.wire('cdr:attempt', 'cdr:start', 'cdr:stop')
  const srf = await rig.application({ invite: (_, res) => res.send(486) })
  const phone = await rig.phone()
  const next = async () => {
    const [leader = '', startLine = ''] = (await events.next())?.split('\r\n') ?? []
    return [...leader.split('|').slice(1), startLine.split(' ', 2).join(' ')]
  }
  const at = '03:04:05.678000'

  phone.ask('INVITE', 'cdr-1', { body: OFFER })
  t.strictSame(await next(), [
    'cdr:attempt',
    'network',
    at,
    `INVITE sip:1400@127.0.0.1:${rig.sipPort}`,
  ])
  t.strictSame(await next(), ['cdr:stop', 'application', at, 'call-rejected', 'SIP/2.0 486'])

  const call = srf.createUAC(phone.uri, { localSdp: OFFER })
  t.strictSame(await next(), ['cdr:attempt', 'application', at, `INVITE ${phone.uri}`])
  t.equal((await phone.answer()).status, 486)
  const invite = await phone.request()
  phone.reply(invite, '200 OK', { body: ANSWER })
  t.strictSame(await next(), ['cdr:start', 'network', at, 'uac', 'SIP/2.0 200'])
  const dialog = await call
  dialog.destroy().catch(() => undefined)
  t.strictSame(await next(), ['cdr:stop', 'application', at, 'normal-release', `BYE ${phone.uri}`])
})
