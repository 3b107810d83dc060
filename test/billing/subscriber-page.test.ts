import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import t from 'tap'
import { aris } from '../../billing/aris/main.js'
import { CODE_LIFETIME_MS, CODES_AN_HOUR } from '../../billing/aris/page/one-time-codes.js'
import { LOCKED_FOR_MS, WRONG_CODES_MAX } from '../../billing/aris/page/page-locks.js'
import { gatewayMessages, messagesWithoutGateway } from '../../billing/aris/page/short-messages.js'
import { VISIT_IDLE_MS } from '../../billing/aris/page/visits.js'
import { WORDS } from '../../billing/aris/page/words.js'
import { systemClock } from '../../platform/clock.js'
import { until } from '../support/exchange-rig.js'
import { freshHome } from '../support/fresh-home.js'
import { STRANGER, SUBSCRIBER, subscriberDesk } from '../support/subscriber-page.js'

t.test('A-02, B-21: a subscriber sees the account as a page, as text and as JSON', async t => {
  const { get, enter, post, visit, code } = await subscriberDesk(t)
  const entered = await visit('090-0000 0001', await code('090-0000 0001'))
  t.match(
    [entered.statusCode, entered.headers.location],
    [303, '/account'],
    'however it is written',
  )
  const cookie = await enter(SUBSCRIBER)
  const page = await get('/account', cookie)
  for (const shown of [
    ...['<dd>6,655円</dd>', '<dd>2003年1月31日</dd>', '2001年2月18日までのチャージ'],
    ...['<td>2001年1月20日</td><td>5,000円</td>'],
    ...['<td>2000年12月</td><td>2,345円</td><td>1,655円</td>'],
  ]) {
    t.ok(page.body.includes(shown), shown)
  }
  t.notMatch(page.body, /2001年2月19日/, 'A-03: a charge of yesterday is not told')
  t.match((await get('/account?lang=en', cookie)).body, /<html lang="en">.*<dd>6,655 yen<\/dd>/s)
  t.equal(
    (await get('/account.txt?lang=en', cookie)).body,
    [
      'Balance: 6,655 yen',
      'To be applied to the next invoice: 6,655 yen',
      'Valid until: 2003-01-31',
      'Charges up to 2001-02-18 are in it. Call 157 for what was registered since.',
      '',
      'Charges',
      'Day\tAmount',
      '2001-01-20\t5,000 yen',
      '2000-12-24\t1,000 yen',
      '2000-12-05\t3,000 yen',
      '',
      'Applied to invoices',
      'Month of use\tApplied\tCarried over',
      '2000-12\t2,345 yen\t1,655 yen',
      '',
    ].join('\n'),
  )
  t.strictSame((await get('/account.json', cookie)).json(), {
    asOf: '2001-02-18',
    balanceYen: 6_655,
    nextApplicationYen: 6_655,
    validUntil: '2003-01-31',
    charges: [
      { day: '2001-01-20', amountYen: 5_000 },
      { day: '2000-12-24', amountYen: 1_000 },
      { day: '2000-12-05', amountYen: 3_000 },
    ],
    invoices: [{ month: '2000-12', appliedYen: 2_345, carriedOutYen: 1_655 }],
  })
  t.equal((await post('/leave', {}, { cookie })).statusCode, 303)
  for (const path of ['/account', '/account.txt', '/account.json']) {
    t.equal((await get(path, cookie)).statusCode, 401, `${path}: the visit is over`)
  }
})

t.test('a code counts once, for its time, and only the newest', async t => {
  const { code, visit, time, post } = await subscriberDesk(t)
  const first = await code(SUBSCRIBER)
  const second = await code(SUBSCRIBER)
  t.equal((await visit(SUBSCRIBER, first)).statusCode, 401, 'an older one')
  t.equal((await visit(SUBSCRIBER, second)).statusCode, 303, 'the newest')
  t.equal((await visit(SUBSCRIBER, second)).statusCode, 401, 'a second time')
  const third = await code(SUBSCRIBER)
  time.ms += CODE_LIFETIME_MS - 1
  t.equal((await visit(SUBSCRIBER, third)).statusCode, 303, 'just in time')
  const fourth = await code(SUBSCRIBER)
  time.ms += CODE_LIFETIME_MS
  t.equal((await visit(SUBSCRIBER, fourth)).statusCode, 401, 'too late')
  t.not(await code(SUBSCRIBER), fourth, 'the fifth in an hour')
  const { body, statusCode } = await post('/code', { number: SUBSCRIBER })
  t.equal(statusCode, 200)
  t.match(body, '100005', `of ${CODES_AN_HOUR} the last stays`)
  time.ms += 3_600_000
  t.equal(await code(SUBSCRIBER), '100006', 'an hour later there is another')
})

t.test('P-15: ten wrong codes lock a page for 60 minutes, whatever comes meanwhile', async t => {
  for (const number of [SUBSCRIBER, STRANGER]) {
    const desk = await subscriberDesk(t, { folder: t.testdir() })
    const wrong = async (times: number) => {
      for (let n = 0; n < times; n++) await desk.visit(number, '999999')
    }
    await wrong(WRONG_CODES_MAX - 1)
    if (number === SUBSCRIBER) {
      t.equal((await desk.visit(number, await desk.code(number))).statusCode, 303, 'nine: open')
      await wrong(WRONG_CODES_MAX - 1)
    }
    const before = await desk.code(number)
    t.equal((await desk.visit(number, '999999')).statusCode, 429, `${number}: the tenth locks`)
    t.match(
      await desk.visit(number, before),
      { statusCode: 429, body: /あと60分/ },
      'the right one too',
    )
    t.equal((await desk.post('/code', { number })).statusCode, 429, 'and no code is sent')

    await desk.close()
    const again = await subscriberDesk(t, { folder: desk.folder })
    again.time.ms += LOCKED_FOR_MS - 1
    const still = await again.visit(number, '999999')
    t.match(still, { statusCode: 429, body: /あと1分/ }, 'a restart forgets nothing')
    again.time.ms += 1
    t.equal((await again.visit(number, '999999')).statusCode, 401, 'open again, by itself')
    if (number === SUBSCRIBER) {
      t.equal((await again.visit(number, await again.code(number))).statusCode, 303)
    }
  }
})

t.test('nobody learns from the page which numbers there are', async t => {
  const { post } = await subscriberDesk(t, {
    messages: { reachable: true, send: () => {}, shown: () => undefined },
  })
  const answers = await Promise.all(
    [SUBSCRIBER, STRANGER].map(async number => {
      const sent = await post('/code', { number })
      const tried = await post('/visit', { number, code: '999999' })
      return [sent, tried].map(({ statusCode, body, headers }) => [
        statusCode,
        body.replaceAll(number, 'NUMBER'),
        headers['set-cookie'],
      ])
    }),
  )
  t.strictSame(answers[0], answers[1])
})

t.test('a visit ends when nobody uses it', async t => {
  const { get, enter, time } = await subscriberDesk(t)
  const cookie = await enter(SUBSCRIBER)
  time.ms += VISIT_IDLE_MS - 1
  t.equal((await get('/account', cookie)).statusCode, 200)
  time.ms += VISIT_IDLE_MS
  t.match(await get('/account', cookie), { statusCode: 401, body: /時間が過ぎた/ })
  t.equal((await get('/account', 'mcscp_aris=guessed')).statusCode, 401)
})

t.test('what is no number is told so, and stands nowhere', async t => {
  const { post } = await subscriberDesk(t)
  for (const number of ['', '<script>alert(1)</script>', '0312345678', '090123456789']) {
    const answer = await post('/code', { number })
    t.match(answer, { statusCode: 400, body: WORDS.ja.notANumber }, number)
    t.notMatch(answer.body, /<script/)
  }
})

t.test('XW2: another host’s name, and another site’s page, are refused', async t => {
  const { get, post } = await subscriberDesk(t)
  t.equal((await get('/', '', { host: 'evil.example' })).statusCode, 421)
  for (const origin of ['http://evil.example', 'null', '']) {
    for (const path of ['/code', '/visit', '/leave']) {
      const form = { number: SUBSCRIBER, code: '100001' }
      t.equal((await post(path, form, { origin })).statusCode, 403, `${path} from ${origin}`)
    }
  }
  t.match((await get('/')).headers['content-security-policy'], /^default-src 'none'/)

  const proxied = await subscriberDesk(t, {
    origin: 'https://aris.example.jp',
    folder: t.testdir(),
  })
  const code = await proxied.code(SUBSCRIBER)
  t.match(
    `${(await proxied.visit(SUBSCRIBER, code)).headers['set-cookie']}`,
    /^__Host-mcscp_aris=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  )
  t.equal((await proxied.get('/', '', { host: '127.0.0.1' })).statusCode, 421)
})

t.test('a code goes out by the operator’s gateway, and nobody waits for it', async t => {
  const asked: unknown[] = []
  const gateway = createServer(async (request, response) => {
    asked.push([request.method, JSON.parse(await text(request))])
    response.writeHead(asked.length === 1 ? 202 : 500).end()
  })
  await once(gateway.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    gateway.close()
    gateway.closeAllConnections()
  })
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: line => void lines.push(line) })
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/sms`
  const { post, visit } = await subscriberDesk(t, { messages: gatewayMessages(url, log) })
  const { body } = await post('/code', { number: SUBSCRIBER })
  t.notMatch(body, '100001', 'the page does not show it')
  await post('/code', { number: STRANGER })
  await until('the gateway', async () => asked.length === 1)
  t.strictSame(asked, [
    ['POST', { to: SUBSCRIBER, text: WORDS.ja.message.replace('{code}', '100001') }],
  ])
  t.equal((await visit(SUBSCRIBER, '100001')).statusCode, 303)
  await post('/code', { number: SUBSCRIBER })
  await until('the log', async () => lines.some(line => line.includes('short message not sent')))
  t.notMatch(lines.join(''), /10000\d\D/, 'no code is logged')
})

t.test('outside a simulation nobody is let in without a gateway', async t => {
  const { post } = await subscriberDesk(t, { messages: messagesWithoutGateway(false) })
  t.match(await post('/code', { number: SUBSCRIBER }), { statusCode: 503, body: /157/ })
})

t.test('the program opens its page where the settings say, or none', async t => {
  const log = pino({ level: 'silent' })
  const start = async (port: string) =>
    aris.start({
      home: freshHome(t),
      given: { MCSCP_ARIS_PAGE_PORT: port },
      clock: systemClock,
      log,
    })
  const running = await start('0')
  t.teardown(() => running.close())
  const address = `${running.listening.page}`
  const page = await fetch(address)
  t.match(await page.text(), /<title>モバイラーズチェック照会<\/title>/)
  await t.rejects(start(new URL(address).port), {
    code: 'PORT_TAKEN',
    message: /MCSCP_ARIS_PAGE_PORT/,
  })
  const without = await start('off')
  t.equal(without.listening.page, undefined)
  await without.close()
})
