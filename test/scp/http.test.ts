import { statSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { type Units, units as unitsOf } from '../../domain/units.js'
import type { EnquiryTicket } from '../../platform/enquiry-ticket.js'
import { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { scpSocket } from '../../scp/config.js'
import { chargeRoutes } from '../../scp/http/charge-routes.js'
import { balanceRoutes } from '../../scp/scenarios/balance/routes.js'
import { freshHome } from '../support/fresh-home.js'
import { type DeskOptions, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { freshToken, POLICY, phone } from '../support/scp-values.js'

/** scp's socket over a fresh store, with what it logs. */
async function openSocket(t: Test, options: DeskOptions = {}) {
  const desk = await openDesk(t, options)
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void lines.push(line) })
  const edge = httpEdge(log)
  const { store, ring } = desk
  const inCommunication = async () => {}
  const units = { added: 0, left: undefined as Units | undefined }
  chargeRoutes(edge, { store, ring, inCommunication, unitsAdded: () => void units.added++, log })
  const seal = async (msisdn: Msisdn) => `sealed ${msisdn}` as EnquiryTicket
  balanceRoutes(edge, { store, inCommunication, seal, unitsLeft: async () => units.left, log })
  const path = scpSocket(freshHome(t))
  await listenOnSocket(edge, path)
  const client = new SocketClient(path)
  const ask = (method: 'POST' | 'PUT', path: string, body?: unknown) =>
    client.ask({ method, path, body, deadlineMs: 5_000 })
  return {
    desk,
    lines,
    path,
    units,
    balance: (token: string) => ask('POST', `/v1/call-sessions/${token}/balance`),
    permission: (token: string) => ask('POST', `/v1/call-sessions/${token}/permission`),
    charge: (token: string, entry: unknown, pin: unknown) =>
      ask('PUT', `/v1/call-sessions/${token}/charges/${entry}`, { pin }),
    conclude: (token: string, entry: unknown) =>
      ask('POST', `/v1/call-sessions/${token}/charges/${entry}/conclusion`),
    close: async () => {
      client.close()
      await edge.close()
      await desk.close()
    },
  }
}

t.test('ivr is told every answer as domain/charge-answer.ts has it', async t => {
  const { desk, permission, charge, conclude, close } = await openSocket(t)
  const card = await desk.card(3_000)
  const big = await desk.card(50_000)
  const token = await desk.call(phone(1))
  const now = desk.clock.now()
  // biome-ignore format: table
  for (const [answer, body] of [
    [await permission(token),            { outcome: 'permitted', registered: 0, remaining: 50_000 }],
    [await conclude(token, 1),           { outcome: 'abandoned' }],
    [await charge(token, 1, card.pin),   { outcome: 'abandoned' }],
    [await charge(token, 2, card.pin),   { outcome: 'redeemed', faceValue: 3_000, registered: 3_000, chargedAt: now }],
    [await conclude(token, 2),           { outcome: 'redeemed', faceValue: 3_000, registered: 3_000, chargedAt: now }],
    [await charge(token, 3, card.pin),   { outcome: 'own_card', faceValue: 3_000, registered: 3_000 }],
    [await charge(token, 4, big.pin),    { outcome: 'over_month_cap', faceValue: 50_000, remaining: 47_000 }],
    [await charge(token, 5, wrongPin()), { outcome: 'unusable', nowLocked: false }],
    [await charge(token, 6, wrongPin()), { outcome: 'unusable', nowLocked: false }],
    [await charge(token, 7, wrongPin()), { outcome: 'unusable', nowLocked: false }],
    [await charge(token, 8, wrongPin()), { outcome: 'unusable', nowLocked: false }],
    [await charge(token, 9, wrongPin()), { outcome: 'unusable', nowLocked: true }],
    [await charge(token, 10, big.pin),   { outcome: 'locked' }],
    [await permission(token),            { outcome: 'locked' }],
  ] as const) {
    t.strictSame(answer, { status: 200, body }, body.outcome)
  }
  const rich = await desk.call(phone(2))
  await charge(rich, 1, big.pin)
  t.strictSame((await permission(rich)).body, {
    outcome: 'at_month_cap',
    registered: 50_000,
    cap: 50_000,
  })
  await close()
})

t.test('S-05: a Pricall subscriber is told units, the same ones whenever asked', async t => {
  const { desk, units, charge, conclude, close } = await openSocket(t)
  const card = await desk.card(3_000)
  const token = await desk.call(phone(1), 'pricall')
  const chargedAt = desk.clock.now()
  const answer = { outcome: 'units_added', faceValue: 3_000, units: 300, registered: 3_000 }
  for (const answered of [
    await charge(token, 1, card.pin),
    await charge(token, 1, card.pin),
    await conclude(token, 1),
  ]) {
    t.strictSame(answered, { status: 200, body: { ...answer, chargedAt } })
  }
  t.ok(units.added > 0, 'and they are handed over at once')
  await close()
})

t.test('S-29: 157 is told what the number registered, and nothing that names it', async t => {
  const { desk, units, balance, charge, permission, lines, close } = await openSocket(t)
  const cards = await desk.cards(3, 3_000)
  const registerAt = async (day: string, n: number, kind: ChargeKind = 'mobilers') => {
    desk.clock.set(jst(day))
    await charge(await desk.call(phone(1), kind), 1, cards[n]?.pin)
  }
  await registerAt('2001-01-31T23:59:59.999', 0)
  await registerAt('2001-02-01T00:00:00.000', 1)
  await registerAt('2001-02-02T09:00:00.000', 2, 'pricall')
  const token = await desk.call(phone(1), 'mobilers', '157')
  t.strictSame(await balance(token), {
    status: 200,
    body: {
      outcome: 'mobilers',
      registered: 3_000,
      locked: false,
      byDay: [
        { day: '2001-01-31', amount: 3_000 },
        { day: '2001-02-01', amount: 3_000 },
      ],
      from: '2000-11-01',
      ticket: `sealed ${phone(1)}`,
    },
  })
  const prepaid = await desk.call(phone(1), 'pricall', '157')
  const body = { outcome: 'pricall', registered: 3_000, locked: false, units: null }
  t.strictSame((await balance(prepaid)).body, body, 'the MSCP cannot tell now')
  units.left = unitsOf(300)
  t.strictSame((await balance(prepaid)).body, { ...body, units: 300 })

  const charging = await desk.call(phone(1))
  t.equal((await balance(charging)).status, 404, 'a charge call hears no balance')
  t.equal((await permission(token)).status, 404, 'a call to 157 asks for no permission')
  t.equal((await charge(token, 1, wrongPin())).status, 404, 'and charges nothing')
  await desk.end(token)
  t.equal((await balance(token)).status, 404, 'nor does a call that is over')
  t.equal((await balance(freshToken())).status, 404)
  t.notMatch(lines.join(''), 'sealed', 'the ticket is not logged')
  await close()
})

t.test(
  'S-09: a wrong number that locks while the service brakes is counted and logged',
  async t => {
    const policy = { ...POLICY, brake: { ...POLICY.brake, rateMax: 1 } }
    const { desk, lines, charge, close } = await openSocket(t, { policy, thread: true })
    const token = await desk.call(phone(1))
    const answers = []
    for (let n = 1; n <= 6; n++) answers.push((await charge(token, n, wrongPin(n))).body)
    t.strictSame(answers, [
      { outcome: 'unusable', nowLocked: false },
      ...Array(4).fill({ outcome: 'must_wait' }),
      { outcome: 'locked' },
    ])
    t.strictSame((await charge(token, 5, wrongPin(5))).body, { outcome: 'must_wait' }, 'as ever')
    const logged = lines.filter(line => line.includes('handset locked'))
    t.equal(logged.length, 1, 'once')
    t.match(JSON.parse(logged[0] ?? ''), { callId: token, msisdn: phone(1) })
    const found = await desk.read('entries', { outcome: 'must_wait' })
    t.strictSame(
      found.map(({ entry, locked }) => [entry, locked]).sort(),
      [2, 3, 4, 5].map(entry => [entry, entry === 5]),
      'the operation log tells which one it was',
    )
    await desk.end(token)
    const span = { from: jst('2001-01-15T12:00:00'), to: jst('2001-01-15T12:15:00') }
    t.match(await desk.read('traffic', { ...span, now: desk.clock.now() }), {
      quarterHours: [{ nowLocked: 1, kinds: [{ counts: { entries: 6, newly_locked: 1 } }] }],
    })
    await close()
  },
)

t.test('S-30: a locked handset may hear 157', async t => {
  const { desk, balance, charge, close } = await openSocket(t)
  const token = await desk.call(phone(1))
  for (let entry = 1; entry <= 5; entry++) await charge(token, entry, wrongPin(entry))
  const asking = await desk.call(phone(1), 'mobilers', '157')
  t.match(await balance(asking), { status: 200, body: { registered: 0, locked: true, byDay: [] } })
  await close()
})

t.test('what is not of the interface is refused, counts nothing and is not quoted', async t => {
  const { desk, lines, permission, charge, conclude, close } = await openSocket(t)
  const token = await desk.call(phone(1))
  const never: CallSessionToken = freshToken()
  // biome-ignore format: table
  for (const [answer, status, code, because] of [
    [await permission(never),                      404, 'NO_SUCH_CALL_SESSION', 'a token that was never given'],
    [await charge(never, 1, wrongPin()),           404, 'NO_SUCH_CALL_SESSION', 'a token that was never given'],
    [await conclude(never, 1),                     404, 'NO_SUCH_CALL_SESSION', 'a token that was never given'],
    [await permission('0123'),                     400, 'REQUEST_INVALID',      'no token at all'],
    [await charge(token, 0, wrongPin()),           400, 'REQUEST_INVALID',      'entries begin at 1'],
    [await charge(token, 100, wrongPin()),         400, 'REQUEST_INVALID',      'a call has 99 entries at most'],
    [await charge(token, '1.5', wrongPin()),       400, 'REQUEST_INVALID',      'half an entry'],
    [await charge(token, 1, '1234567890123'),      400, 'REQUEST_INVALID',      '13 digits'],
    [await charge(token, 1, '9'.repeat(21)),       400, 'REQUEST_INVALID',      '21 digits'],
    [await charge(token, 1, '1234567890123x'),     400, 'REQUEST_INVALID',      'no digits'],
    [await charge(token, 1, undefined),            400, 'REQUEST_INVALID',      'no PIN'],
  ] as const) {
    t.match(answer, { status, body: { code } }, because)
    t.notMatch(JSON.stringify(answer.body), /123456789|99999/, `${because}: not quoted`)
  }
  const counted = await charge(token, 1, wrongPin())
  t.match(counted.body, { outcome: 'unusable' }, 'the entry is still open: nothing was counted')
  t.notMatch(lines.join(''), /1234567890123|9999999/, 'nothing of it is logged')
  await close()
})

t.test('a socket whose path the system would cut short is refused', async t => {
  const path = join(freshHome(t).folder, 'x'.repeat(100))
  const listening = listenOnSocket(httpEdge(pino({ level: 'silent' })), path)
  await t.rejects(listening, { code: 'FOLDER_NOT_WRITABLE' })
})

t.test('the log has the true reason, and no PIN', async t => {
  const { desk, lines, charge, path, close } = await openSocket(t)
  const idle = await desk.card(1_000, { activated: false })
  const good = await desk.card(1_000)
  const token = await desk.call(phone(1))
  await charge(token, 1, idle.pin)
  await charge(token, 2, wrongPin(12_345))
  await charge(token, 3, good.pin)
  const entries = lines
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'card entry answered')
  const common = { callId: token, msisdn: phone(1), repeated: false }
  t.match(entries, [
    { ...common, entry: 1, outcome: 'unusable', finding: 'not_active', serial: idle.serial },
    { ...common, entry: 2, outcome: 'unusable', finding: 'unknown', digestPrefix: /^[0-9a-f]{8}$/ },
    { ...common, entry: 3, outcome: 'redeemed', finding: 'redeemed', serial: good.serial },
  ])
  for (const pin of [idle.pin, wrongPin(12_345), good.pin]) t.notMatch(lines.join(''), pin)
  t.equal(statSync(path).mode & 0o777, 0o600, 'only its owner can ask')
  await close()
})
