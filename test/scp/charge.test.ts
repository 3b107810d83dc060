import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import type { ChargeAnswer } from '../../domain/charge-answer.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { openStore, openStoreToRead } from '../../platform/store.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { TableVersions } from '../../scp/store/table-versions.js'
import { memoryFolder } from '../support/memory-folder.js'
import { noting } from '../support/noting-store.js'
import { entryOf, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { freshToken, OFFICE, phone } from '../support/scp-values.js'

const rejectsWith = async (promise: Promise<unknown>): Promise<string | undefined> => {
  try {
    await promise
    return undefined
  } catch (error) {
    return error instanceof Fault ? error.code : `${error}`
  }
}

t.test('S-01, S-12: a card is used once, in time, and within the month cap', async t => {
  const desk = await openDesk(t)
  const idle = await desk.card(3_000, { activated: false })
  const old = await desk.card(1_000, { expiresAt: jst('2001-01-20T00:00:00') })
  const big = await desk.card(47_000)
  const other = await desk.card(47_000)
  const one = await desk.card(1_000)
  const three = await desk.card(3_000)
  const two = await desk.card(2_000)
  const pins = {
    none: wrongPin(),
    idle: idle.pin,
    old: old.pin,
    big: big.pin,
    other: other.pin,
    one: one.pin,
    three: three.pin,
    two: two.pin,
  }
  const stranger = await desk.call(phone(2))
  await desk.key(stranger, other.pin)
  const token = await desk.call(phone(1))

  // Rows run in order on the same cards, so each also shows that a refusal left no trace.
  // biome-ignore format: table
  for (const [at, entry, pin, outcome, finding, because] of [
    ['2001-01-19T23:59:59.999', 1,  'none',  'unusable',       'unknown',        'no card has that number'],
    ['2001-01-19T23:59:59.999', 2,  'idle',  'unusable',       'not_active',     'it was never sold'],
    ['2001-01-19T23:59:59.999', 3,  'other', 'unusable',       'used',           'another number used it'],
    ['2001-01-20T00:00:00.000', 4,  'old',   'unusable',       'expired',        'its last moment has passed'],
    ['2001-01-31T12:00:00.000', 5,  'big',   'redeemed',       'redeemed',       'all is well'],
    ['2001-01-31T12:00:00.000', 5,  'big',   'redeemed',       'redeemed',       'the same entry asks again'],
    ['2001-01-31T12:00:00.000', 5,  'one',   'redeemed',       'redeemed',       'an entry has one answer, whatever is sent'],
    ['2001-01-31T12:00:01.000', 6,  'big',   'own_card',       'own_card',       'the caller used it himself just now'],
    ['2001-01-31T12:00:02.000', 7,  'one',   'redeemed',       'redeemed',       '48,000 yen is under the cap'],
    ['2001-01-31T23:59:59.999', 8,  'three', 'over_month_cap', 'over_month_cap', '51,000 yen would be over it'],
    ['2001-01-31T23:59:59.999', 9,  'two',   'redeemed',       'redeemed',       '50,000 yen exactly is allowed'],
    ['2001-01-31T23:59:59.999', 10, 'three', 'over_month_cap', 'over_month_cap', 'nothing is left'],
    ['2001-02-01T00:00:00.000', 11, 'three', 'redeemed',       'redeemed',       'a new month began in Japan'],
    ['2001-02-01T11:59:59.999', 12, 'big',   'own_card',       'own_card',       'a day has not quite passed'],
    ['2001-02-01T12:00:00.000', 13, 'big',   'unusable',       'used',           'a day has passed'],
  ] as const) {
    desk.clock.set(jst(at))
    const charged = await desk.key(token, pins[pin], entry)
    t.equal(charged.answer.outcome, outcome, because)
    t.equal(charged.finding, finding, `${because}: the reason, for the log`)
  }
  await desk.close()
})

t.test('asked again about the same entry, the answer is the same and counts once', async t => {
  const desk = await openDesk(t)
  const used = await desk.card(1_000)
  const over = await desk.card(49_500)
  const token = await desk.call(phone(1))
  const pins = [used.pin, used.pin, over.pin, wrongPin()]
  const before: ChargeAnswer[] = []
  for (const [index, pin] of pins.entries()) {
    const asked = [1, 2, 3, 4, 5].map(() => desk.key(token, pin, index + 1))
    const charged = await Promise.all(asked)
    before.push(...charged.map(({ answer }) => answer))
    t.strictSame(
      charged.map(({ repeated }) => repeated),
      [false, true, true, true, true],
    )
  }
  t.strictSame(
    before.map(({ outcome }) => outcome),
    ['redeemed', 'own_card', 'over_month_cap', 'unusable'].flatMap(one => Array(5).fill(one)),
  )
  t.strictSame(new Set(before.map(answer => JSON.stringify(answer))).size, 4, 'four answers in all')
  const rows = openStoreToRead(desk.file)
  const count = (sql: string) => rows.prepare(sql).pluck().get()
  t.equal(count('SELECT count(*) FROM charge_record'), 1, 'one charge')
  t.equal(count('SELECT registered FROM month_total'), 1_000, 'one amount')
  t.equal(count('SELECT consecutive FROM handset_lock'), 1, 'one wrong number')
  t.equal(count('SELECT wrong FROM wrong_entry_day'), 1, 'one wrong number on its day')
  rows.close()

  await desk.close()
  const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock })
  desk.clock.set(jst('2001-03-01T00:00:00'))
  for (const [index, pin] of pins.entries()) {
    const { answer } = await again.key(token, pin, index + 1)
    t.strictSame(answer, before[index * 5], 'after a restart, and months later, too')
  }
  await again.close()
})

t.test('an entry that nobody answered is abandoned by asking what became of it', async t => {
  const desk = await openDesk(t)
  const card = await desk.card(1_000)
  const token = await desk.call(phone(1))
  const concluded = await desk.store.ask('conclude', entryOf(token, 1))
  t.strictSame(concluded.answer, { outcome: 'abandoned' })
  const late = await desk.key(token, card.pin, 1)
  t.strictSame(late.answer, { outcome: 'abandoned' }, 'the charge that came late does nothing')
  const anew = await desk.key(token, card.pin, 2)
  t.equal(anew.answer.outcome, 'redeemed', 'the card stayed unused')

  const known = await desk.store.ask('conclude', entryOf(token, 2))
  t.strictSame(known.answer, anew.answer, 'an answered entry is told as it was answered')
  await desk.end(token)
  const ended = await desk.store.ask('conclude', entryOf(token, 3))
  t.equal(ended.answer.outcome, 'abandoned', 'also after the call')
  await desk.close()
})

t.test('a charge and the question of what became of it: whichever comes first decides', async t => {
  const desk = await openDesk(t)
  const cards = await desk.cards(40, 1_000)
  const outcomes = await Promise.all(
    cards.map(async ({ pin }, index) => {
      const token = await desk.call(phone(index + 1))
      const ask = [
        () => desk.key(token, pin, 1),
        () => desk.store.ask('conclude', entryOf(token, 1)),
      ] as const
      const order = index % 2 === 0 ? ask : [ask[1], ask[0]]
      const [first, second] = await Promise.all(order.map(one => one()))
      t.strictSame(first?.answer, second?.answer, 'both are told the same')
      return first?.answer.outcome
    }),
  )
  t.strictSame(
    outcomes,
    cards.map((_, index) => (index % 2 === 0 ? 'redeemed' : 'abandoned')),
  )
  await desk.close()
})

t.test('a call that is over, or never was, charges nothing', async t => {
  const desk = await openDesk(t)
  const card = await desk.card(1_000)
  const later = await desk.card(1_000)
  const token = await desk.call(phone(1))
  const charged = await desk.key(token, card.pin, 1)
  await desk.end(token)
  t.strictSame((await desk.key(token, card.pin, 1)).answer, charged.answer)
  const refused = 'NO_SUCH_CALL_SESSION'
  t.equal(await rejectsWith(desk.key(token, later.pin, 2)), refused)
  t.equal(await rejectsWith(desk.store.ask('permission', token)), refused)
  const never = freshToken()
  t.equal(await rejectsWith(desk.key(never, later.pin, 1)), refused)
  t.equal(await rejectsWith(desk.store.ask('conclude', entryOf(never))), refused)
  t.equal(await rejectsWith(desk.store.ask('permission', never)), refused)
  await desk.close()
})

t.test('one INVITE opens one call session', async t => {
  const desk = await openDesk(t)
  const open = (callId: string, cseq: number) =>
    desk.store.ask('openCallSession', {
      token: freshToken(),
      msisdn: phone(1),
      kind: 'mobilers',
      service: '1400',
      callId,
      cseq,
    })
  t.equal(await open('a@switch', 1), 'opened')
  t.equal(await open('a@switch', 1), 'repeated')
  t.equal(await open('a@switch', 2), 'opened', 'another INVITE of that Call-ID')
  await desk.close()
})

t.test('N-05: before any digit, lock comes first, then the cap', async t => {
  const desk = await openDesk(t)
  const cards = await desk.cards(20, 3_000)
  const odd = await desk.card(1_500)
  const last = await desk.card(499)
  const token = await desk.call(phone(1))
  const permission = async () => (await desk.store.ask('permission', token)).permission
  t.strictSame(await permission(), { outcome: 'permitted', registered: 0, remaining: 50_000 })
  for (const { pin } of cards.slice(0, 16)) await desk.key(token, pin)
  t.strictSame(await permission(), { outcome: 'permitted', registered: 48_000, remaining: 2_000 })
  await desk.key(token, odd.pin)
  const edge = { outcome: 'permitted', registered: 49_500, remaining: 500 }
  t.strictSame(await permission(), edge, 'the smallest card still fits')
  // An amount that no card on sale has, to stand one yen beyond the edge.
  await desk.key(token, last.pin)
  const full = { outcome: 'at_month_cap', registered: 49_999, cap: 50_000 }
  t.strictSame(await permission(), full, 'less than the smallest card is left')

  const other = await desk.store.ask('permission', await desk.call(phone(1), 'pricall'))
  t.equal(other.permission.outcome, 'permitted', 'the cap counts by charge kind')
  desk.clock.set(jst('2001-02-01T00:00:00'))
  t.equal((await permission()).outcome, 'permitted', 'a new month began in Japan')
  for (let n = 0; n < 5; n++) await desk.key(token, wrongPin(n))
  t.strictSame(await permission(), { outcome: 'locked' })
  await desk.close()
})

t.test('S-13, XK1: months end in Japan, wherever the machine thinks it stands', async t => {
  const home = process.env.TZ
  for (const zone of ['Asia/Tokyo', 'UTC', 'America/New_York']) {
    process.env.TZ = zone
    const desk = await openDesk(t, {
      folder: t.testdir({ [zone.replace('/', '-')]: {} }),
      clock: new SetClock(jst('2000-12-31T23:59:58')),
    })
    const cards = await desk.cards(51, 1_000)
    const token = await desk.call(phone(1))
    const charge = async (index: number, at: string) => {
      desk.clock.set(jst(at))
      return (await desk.key(token, cards[index]?.pin ?? wrongPin(), index + 1)).answer
    }
    for (let n = 0; n < 49; n++) await charge(n, '2000-12-31T23:59:58.000')
    const exact = await charge(49, '2000-12-31T23:59:59.999')
    t.match(exact, { outcome: 'redeemed', registered: 50_000 }, `${zone}: the old month's last`)
    const first = await charge(50, '2001-01-01T00:00:00.000')
    t.match(first, { outcome: 'redeemed', registered: 1_000 }, `${zone}: the new month's first`)
    const rows = openStoreToRead(desk.file)
    t.strictSame(
      rows.prepare('SELECT month, registered FROM month_total ORDER BY month').raw().all(),
      [
        [200_012, 50_000],
        [200_101, 1_000],
      ],
      zone,
    )
    rows.close()
    await desk.close()
  }
  if (home === undefined) delete process.env.TZ
  else process.env.TZ = home
})

t.test('charges keep their order in time when the calendar clock falls back', async t => {
  const desk = await openDesk(t, { clock: new SetClock(jst('2001-02-01T00:00:00.000')) })
  const first = await desk.card(1_000)
  const second = await desk.card(1_000)
  const token = await desk.call(phone(1))
  const before = await desk.key(token, first.pin)
  desk.clock.set(jst('2001-01-31T23:00:00'))
  const after = await desk.key(token, second.pin)
  t.strictSame(after.answer, { ...before.answer, registered: 2_000 }, 'the same moment and month')
  await desk.close()
})

t.test(
  'no PIN and no digest key is in the store, and its rows of money refuse to change',
  async t => {
    const desk = await openDesk(t)
    const card = await desk.card(1_000)
    const { pin } = card
    const token = await desk.call(phone(1))
    await desk.key(token, pin)
    await desk.key(token, wrongPin(7))
    await desk.close()
    const bytes = readFileSync(desk.file)
    for (const secret of [
      pin,
      wrongPin(7),
      readFileSync(`${t.testdirName}/pin-keys`).subarray(2, 40),
    ]) {
      t.equal(bytes.indexOf(secret), -1)
    }
    t.ok(bytes.indexOf(Buffer.from(token, 'hex')) > 0, 'what is stored is found in this way')

    const rows = new Sqlite(desk.file)
    for (const change of [
      'UPDATE charge_record SET face_value = 3000',
      'DELETE FROM charge_record',
      'UPDATE entry SET finding = 1',
      'UPDATE card SET used_by = 9000000002 WHERE used_by IS NOT NULL',
      'UPDATE card SET used_by = NULL, used_at = NULL, state = 4 WHERE used_by IS NOT NULL',
      'INSERT INTO charge_record SELECT sequence + 1, token, entry, msisdn, charge_kind, serial, ' +
        'face_value, charged_at FROM charge_record',
    ]) {
      t.throws(() => rows.exec(change), { code: /^SQLITE_CONSTRAINT/ }, change)
    }
    rows.close()
  },
)

t.test('M-05: step ⑬ reads the table in force once, and never one that was not kept', async t => {
  const { store, noted } = noting(openStore(join(memoryFolder(t), 'scp.db'), MIGRATIONS))
  t.teardown(() => store.close())
  const tables = new TableVersions(store, OFFICE.tables)
  const deciding = { person: 'operator', reason: 'new prices', at: jst('2001-01-15T12:00:00') }
  const NOON = deciding.at
  const replace = (prices: string) => {
    const version = tables.add('denominations', 'a.csv', prices, deciding)
    tables.switchTo('denominations', version, NOON, deciding)
  }
  const inForce = () => tables.at('denominations', NOON).map(({ faceValue }) => faceValue)
  const isTextRead = () => noted.splice(0).some(name => name.includes('SELECT content'))

  store.exec('BEGIN')
  replace('face_value_yen,design\n700,\n')
  t.strictSame(inForce(), [700], 'a work sees what was done before it in its commit')
  store.exec('ROLLBACK')
  t.strictSame(inForce(), [500, 1_000, 3_000, 5_000], 'which came to nothing')
  replace('face_value_yen,design\n900,\n')
  noted.length = 0
  t.strictSame(inForce(), [900], 'its number has gone to another')
  t.ok(isTextRead(), 'which is read')
  t.strictSame([inForce(), inForce()], [[900], [900]])
  t.notOk(isTextRead(), 'once')
  tables.switchTo('denominations', 0, NOON, deciding)
  t.strictSame(inForce(), [500, 1_000, 3_000, 5_000], 'rolled back')
  tables.switchTo('denominations', 1, NOON, deciding)
  t.strictSame(inForce(), [900], 'and forth')
  t.notOk(isTextRead(), 'both are known still')
})
