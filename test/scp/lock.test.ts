import t from 'tap'
import type { Msisdn } from '../../domain/msisdn.js'
import { SetClock } from '../../platform/clock.js'
import { openStoreToRead } from '../../platform/store.js'
import { type Desk, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { POLICY, phone } from '../support/scp-values.js'

/** Enters wrong numbers, each in a call of its own; tells which of them locked the handset. */
async function enterWrong(desk: Desk, from: Msisdn, times: number): Promise<boolean[]> {
  const locked: boolean[] = []
  for (let n = 0; n < times; n++) {
    const { answer } = await desk.key(await desk.call(from), wrongPin(n))
    locked.push(answer.outcome === 'unusable' && answer.nowLocked)
  }
  return locked
}

const permissionOf = async (desk: Desk, from: Msisdn) =>
  (await desk.store.ask('permission', await desk.call(from))).permission.outcome

const counters = (desk: Desk) => {
  const rows = openStoreToRead(desk.file)
  const counted = rows.prepare('SELECT consecutive FROM handset_lock').pluck().all()
  const byDay = rows.prepare('SELECT day, wrong FROM wrong_entry_day ORDER BY day').raw().all()
  rows.close()
  return { counted, byDay }
}

t.test(
  'S-09: five wrong numbers in a row lock the handset, counted over all its calls',
  async t => {
    const desk = await openDesk(t)
    const card = await desk.card(1_000)
    t.strictSame(await enterWrong(desk, phone(1), 4), [false, false, false, false])
    t.equal(await permissionOf(desk, phone(1)), 'permitted', 'the fourth does not lock')
    t.strictSame(await enterWrong(desk, phone(1), 1), [true], 'the fifth does, and says so')
    t.equal(await permissionOf(desk, phone(1)), 'locked')
    t.equal(await permissionOf(desk, phone(2)), 'permitted', 'no other handset is locked')
    const refused = await desk.key(await desk.call(phone(1)), card.pin)
    t.strictSame(refused.answer, { outcome: 'locked' }, 'a good card does not help')
    const other = await desk.key(await desk.call(phone(2)), card.pin)
    t.equal(other.answer.outcome, 'redeemed', 'and stayed unused')

    await desk.close()
    const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock })
    again.clock.set(jst('2003-01-01T00:00:00'))
    t.equal(await permissionOf(again, phone(1)), 'locked', 'after a restart, and years later')
    await again.close()
  },
)

t.test('what feeds the lock, and what does not', async t => {
  const desk = await openDesk(t)
  const mine = await desk.card(1_000)
  const theirs = await desk.card(1_000)
  const idle = await desk.card(1_000, { activated: false })
  const old = await desk.card(1_000, { expiresAt: jst('2001-01-01T00:00:00') })
  const big = await desk.card(50_000)
  await desk.key(await desk.call(phone(2)), theirs.pin)
  const token = await desk.call(phone(1))
  await desk.key(token, mine.pin)
  let expected = 0
  // biome-ignore format: table
  for (const [pin, counts, because] of [
    [wrongPin(),  1, 'a number that no card has'],
    [theirs.pin,  1, 'a card that another used'],
    [idle.pin,    1, 'a card that was never sold'],
    [old.pin,     1, 'a card that has expired'],
    [big.pin,     0, 'a card over the cap is no guess'],
    [mine.pin,    0, 'the own card within a day is no guess'],
  ] as const) {
    await desk.key(token, pin)
    expected += counts
    t.strictSame(counters(desk).counted, [expected], because)
  }
  await desk.close()
})

t.test(
  'a success ends the row of wrong numbers; twenty within thirty days lock all the same',
  async t => {
    const desk = await openDesk(t)
    for (let round = 0; round < 4; round++) {
      const card = await desk.card(1_000)
      t.notOk((await enterWrong(desk, phone(1), 4)).includes(true))
      t.equal((await desk.key(await desk.call(phone(1)), card.pin)).answer.outcome, 'redeemed')
    }
    t.strictSame(await enterWrong(desk, phone(1), 4), [false, false, false, true], 'the twentieth')
    t.equal(await permissionOf(desk, phone(1)), 'locked')
    await desk.close()
  },
)

t.test('the window is thirty days of Japan, today included', async t => {
  // biome-ignore format: table
  for (const [at, locks, because] of [
    ['2001-03-30T23:59:59.999', true,  'the 30th day still counts the first'],
    ['2001-03-31T00:00:00.000', false, 'the 31st does not'],
  ] as const) {
    const clock = new SetClock(jst('2001-03-01T23:59:59.999'))
    const desk = await openDesk(t, { folder: t.testdir({}), clock })
    const good = await desk.cards(5, 1_000)
    for (const { pin } of good) {
      await enterWrong(desk, phone(1), pin === good[4]?.pin ? 3 : 4)
      await desk.key(await desk.call(phone(1)), pin)
    }
    t.strictSame(counters(desk).byDay, [[20_010_301, 19]], 'kept by the day')
    clock.set(jst(at))
    t.strictSame(await enterWrong(desk, phone(1), 1), [locks], because)
    await desk.close()
  }
})

t.test('calls let in before the lock are counted on', async t => {
  const desk = await openDesk(t)
  const tokens = await Promise.all(Array.from({ length: 16 }, () => desk.call(phone(1))))
  const answers = await Promise.all(tokens.map((token, n) => desk.key(token, wrongPin(n))))
  t.strictSame(
    answers.map(({ answer }) => answer.outcome),
    [...Array(5).fill('unusable'), ...Array(11).fill('locked')],
  )
  t.strictSame(counters(desk).counted, [16])
  await desk.close()
})

t.test('a lock that may lapse is renewed by the next wrong number', async t => {
  const policy = { ...POLICY, lock: { ...POLICY.lock, lapseHours: 24 } }
  const desk = await openDesk(t, { policy })
  await enterWrong(desk, phone(1), 5)
  desk.clock.set(jst('2001-01-16T11:59:59.999'))
  t.equal(await permissionOf(desk, phone(1)), 'locked', 'until the last moment of its time')
  desk.clock.set(jst('2001-01-16T12:00:00'))
  t.equal(await permissionOf(desk, phone(1)), 'permitted')
  t.strictSame(await enterWrong(desk, phone(1), 1), [true])
  t.equal(await permissionOf(desk, phone(1)), 'locked')
  await desk.close()
})
