import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { nocContradictions, nocSettings } from '../../noc/config.js'
import { alarmMail } from '../../noc/notices/alarm-mail.js'
import { mailOf } from '../../noc/notices/mail-text.js'
import { type Delivered, NoticeRunner } from '../../noc/notices/notice-runner.js'
import {
  SIGNATURE_HEADER,
  TIME_HEADER,
  webhook,
  webhookSignature,
} from '../../noc/notices/webhook.js'
import type { AlarmStep, NoticeWay } from '../../noc/store/notices.js'
import { openNocStore } from '../../noc/store/open.js'
import type { AlarmEvent } from '../../platform/alarm-journal.js'
import { SetClock } from '../../platform/clock.js'
import { readSettings } from '../../platform/settings.js'
import { jst } from '../support/scp-desk.js'
import { smtpRelay } from '../support/smtp-relay.js'

const AT = jst('2001-01-15T10:00:00')
const FROM = 'mcscp@example.jp'

/** noc's store with alarms that a test raises, and one way out whose pauses it ends. */
function openNotices(folder: string) {
  const store = openNocStore(join(folder, 'noc.sqlite'))
  const lines: string[] = []
  let sequence = Date.now()
  const told = (type: 'raised' | 'cleared', subject: string): AlarmEvent => ({
    ...{ sequence: ++sequence, type, code: 'UNITS_DIFFER', subject, at: AT, count: 1 },
    ...{ severity: 'critical', facts: { why: 'a reason' } },
  })
  return {
    ...store,
    lines,
    raise: (...subjects: string[]) =>
      store.alarms.take('scp', {
        ...{ journal: 'j', more: false },
        events: subjects.map(subject => told('raised', subject)),
      }),
    clear: (subject: string) =>
      store.alarms.take('scp', { journal: 'j', more: false, events: [told('cleared', subject)] }),
    runner(way: NoticeWay, deliver: (steps: readonly AlarmStep[]) => Promise<Delivered>) {
      const pauses: number[] = []
      const later = (_run: () => void, ms: number) => {
        pauses.push(ms)
        return () => {}
      }
      const log = pino({}, { write: line => void lines.push(line) })
      const runner = new NoticeRunner({ way, notices: store.notices, deliver, later, log })
      return { run: () => runner.run(), close: () => runner.close(), pauses }
    },
  }
}

/** Mail of alarms to `count` recipients through a relay of the test. */
async function openMail(t: Test, folder: string, count: number, aDay = 1_000) {
  const relay = await smtpRelay()
  t.teardown(() => relay.close())
  const one = openNotices(folder)
  const clock = new SetClock(AT)
  const to = Array.from({ length: count }, (_, n) => `o${n}@example.jp`)
  const deliver = alarmMail({
    ...{ relay, from: FROM, to, aDay, pauseMs: 60_000 },
    ...{ notices: one.notices, clock },
  })
  await one.notices.begin('mail')
  return { ...one, relay, clock, way: one.runner('mail', deliver) }
}

t.test(
  'T-01: an alarm goes out by a relay, once, with what to do; also when it is over',
  async t => {
    const mail = await openMail(t, t.testdir(), 2)
    await mail.way.run()
    t.strictSame(mail.relay.mails, [], 'nothing to tell')
    await mail.raise('chargeId a')
    await mail.way.run()
    await mail.way.run()
    await mail.clear('chargeId a')
    await mail.way.run()
    t.match(mail.relay.mails, [
      {
        from: FROM,
        to: ['o0@example.jp', 'o1@example.jp'],
        text: /Subject: mcscp alarms: 1 critical\n/,
      },
      { text: /Subject: mcscp alarms: 1 over\n/ },
    ])
    t.match(mail.relay.mails[0]?.text, /CRITICAL\s+scp\s+UNITS_DIFFER\s+chargeId a/)
    mail.close()
  },
)

t.test(
  'T-02: 1,000 recipients a day a sender; a mail over that is refused whole, and is in the next',
  async t => {
    const folder = t.testdir()
    const mail = await openMail(t, folder, 2)
    const day = '2001-01-15' as Parameters<typeof mail.notices.count>[1]
    t.ok(await mail.notices.count(FROM, day, 997, 1_000), '997 went out today')
    await mail.raise('chargeId a')
    await mail.way.run()
    t.equal(mail.relay.mails.length, 1, '999 in all')
    await mail.raise('chargeId b')
    await mail.way.run()
    t.equal(mail.relay.mails.length, 1, '999 and two would be 1,001: nothing is half sent')
    t.ok(await mail.notices.count(FROM, day, 1, 1_000), 'the 1,000th is allowed')
    t.notOk(await mail.notices.count(FROM, day, 1, 1_000), 'the 1,001st is not')
    t.ok(await mail.notices.count('other@example.jp', day, 1_000, 1_000), 'each sender has its own')
    mail.close()

    const after = await openMail(t, folder, 2)
    for (const [at, sent, because] of [
      ['2001-01-15T12:00:00.000', 0, 'noc was started anew'],
      ['2001-01-15T23:59:59.999', 0, 'it is the same day of Japan'],
      ['2001-01-16T00:00:00.000', 1, 'free again at 0:00'],
    ] as const) {
      after.clock.set(jst(at))
      await after.way.run()
      t.equal(after.relay.mails.length, sent, because)
    }
    const { text = '' } = after.relay.mails[0] ?? {}
    t.match(text, /chargeId b/, 'what could not be mailed is said in the next mail')
    t.match(text, /No mail could be sent since 2001-01-15 10:00:00/)
    t.notMatch(text, /chargeId a/, 'what was mailed is not')
    await after.raise('chargeId c')
    await after.way.run()
    t.notMatch(after.relay.mails[1]?.text, /No mail could be sent/, 'said once')
    after.close()
  },
)

t.test(
  'T-03: after each mail a pause; what comes meanwhile is one mail, a storm of it one line',
  async t => {
    const mail = await openMail(t, t.testdir(), 1)
    await mail.raise('chargeId first')
    await mail.way.run()
    t.equal(mail.way.pauses.at(-1), 60_000)
    await mail.raise(...Array.from({ length: 400 }, (_, n) => `chargeId ${n}`))
    await mail.way.run()
    t.equal(mail.relay.mails.length, 2)
    t.match(mail.relay.mails[1]?.text, /UNITS_DIFFER\s+400 of these/)
    mail.close()
  },
)

t.test('four of a kind are lines of their own, five are one', async t => {
  const step = (n: number): AlarmStep => ({
    ...{ step: n, alarm: n, at: AT, program: 'scp', subject: `chargeId ${n}`, facts: {} },
    type: 'raised',
    code: 'UNITS_DIFFER',
    severity: 'critical',
  })
  const lines = (count: number) =>
    mailOf(
      Array.from({ length: count }, (_, n) => step(n)),
      undefined,
    )
      .text.split('\n')
      .filter(line => line.includes('UNITS_DIFFER')).length
  t.strictSame([lines(1), lines(4), lines(5)], [1, 4, 1])
})

t.test(
  'a relay that refuses costs nothing of the day and is asked again; one that falls silent may have it',
  async t => {
    const mail = await openMail(t, t.testdir(), 1, 2)
    await mail.raise('chargeId a')
    mail.relay.be('refuses')
    for (let tries = 0; tries < 9; tries++) await mail.way.run()
    t.strictSame(
      mail.way.pauses,
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map(s => s * 1_000),
    )
    t.equal(mail.lines.length, 1, 'told once')
    mail.relay.be('silent')
    await mail.way.run()
    mail.relay.be('takes')
    await mail.way.run()
    t.equal(mail.relay.mails.length, 2, 'sent again: better twice than not at all')
    await mail.raise('chargeId b')
    await mail.way.run()
    t.equal(mail.relay.mails.length, 2, 'both counted')
    mail.close()
  },
)

t.test('a webhook is signed, sent until it is taken, and in order', async t => {
  const asked: { signed: boolean; steps: { step: number; type: string }[] }[] = []
  const answers = [500, 302, 200, 204]
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const time = `${request.headers[TIME_HEADER]}`
    const signed = request.headers[SIGNATURE_HEADER] === webhookSignature('secret', time, body)
    asked.push({ signed: signed && time === `${AT / 1000}`, ...JSON.parse(body) })
    response.writeHead(answers[asked.length - 1] ?? 200, { location: '/elsewhere' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Object(server.address()).port
  const one = openNotices(t.testdir())
  const clock = new SetClock(AT)
  const way = one.runner(
    'webhook',
    webhook({ url: `http://127.0.0.1:${port}/`, secret: 'secret', clock }),
  )
  await one.raise('before anybody wanted to know')
  await one.notices.begin('webhook')
  await one.raise('a', 'b')
  for (let round = 0; round < 4; round++) await way.run()
  await one.clear('a')
  await way.run()
  t.strictSame(
    asked.map(({ steps }) => steps.map(({ type }) => type)),
    [...[0, 1, 2].map(() => ['raised', 'raised']), ['cleared']],
  )
  t.ok(asked.every(({ signed }) => signed))
  t.match(asked[3], {
    version: 1,
    steps: [{ alarm: 2, program: 'scp', code: 'UNITS_DIFFER', subject: 'a' }],
  })
  server.close()
  server.closeAllConnections()
  await one.raise('c')
  await way.run()
  t.equal(way.pauses.at(-1), 1_000, 'nobody is there: later')
  one.close()
})

t.test('settings of the mail that contradict each other are refused', async t => {
  const wrong = (given: Record<string, string>) => {
    const values = readSettings(nocSettings, given)
    return nocContradictions(values).map(text => text.split(':')[0])
  }
  const relay = { MCSCP_ALARM_MAIL_RELAY: '127.0.0.1:25' }
  const from = { ...relay, MCSCP_ALARM_MAIL_FROM: FROM }
  const whole = { ...from, MCSCP_ALARM_MAIL_TO: 'a@example.jp,b@example.jp' }
  t.strictSame(wrong({}), [])
  t.strictSame(wrong(relay), ['MCSCP_ALARM_MAIL_FROM', 'MCSCP_ALARM_MAIL_TO'])
  t.strictSame(wrong(from), ['MCSCP_ALARM_MAIL_TO'])
  t.strictSame(wrong(whole), [])
  t.strictSame(wrong({ ...whole, MCSCP_ALARM_MAIL_A_DAY: '1' }), ['MCSCP_ALARM_MAIL_A_DAY'])
  for (const bad of ['x', 'a@b.jp\r\nBcc: c@d.jp', '"Mori" <m@b.jp>', 'a@b.jp,']) {
    t.throws(() => wrong({ MCSCP_ALARM_MAIL_TO: bad }), { code: 'SETTINGS_INVALID' }, bad)
  }
})

t.test('an alarm that an operator ends is told to be over, once', async t => {
  const one = openNotices(t.testdir())
  await one.notices.begin('webhook')
  await one.raise('chargeId a')
  const [raised] = await one.notices.untold('webhook')
  const alarm = raised?.alarm ?? 0
  t.equal(await one.alarms.acknowledge(alarm, 'mori', AT), 'acknowledged')
  t.equal(await one.alarms.acknowledge(alarm, 'mori', AT), 'acknowledged_before')
  await one.clear('chargeId a')
  t.match(await one.notices.untold('webhook'), [
    { type: 'raised', alarm },
    { type: 'cleared', alarm, at: AT },
  ])
  t.equal((await one.notices.untold('webhook')).length, 2)
  one.close()
})
