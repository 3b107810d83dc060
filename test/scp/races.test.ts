import t from 'tap'
import type { Pin } from '../../domain/card.js'
import { SetClock } from '../../platform/clock.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import type { Charged } from '../../scp/store/charges.js'
import { type Desk, jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

/** Schedules of parallel calls at the cap. The night tier sets 10,000. */
const SCHEDULES = Number(process.env.MCSCP_TEST_SCHEDULES ?? 40)

const slow = { timeout: SCHEDULES * 1_000 + 60_000 }
t.setTimeout(slow.timeout + 120_000)

/** All that the invariants speak of, read from the store beside its writer. */
function books(desk: Desk) {
  const rows = openStoreToRead(desk.file)
  const one = (sql: string): unknown => rows.prepare(sql).pluck().get()
  const found = {
    used: one('SELECT count(*) FROM card WHERE state = 5'),
    usedYen: one(
      'SELECT coalesce(sum(face_value), 0) FROM card JOIN batch USING (batch) WHERE card.state = 5',
    ),
    recordYen: one('SELECT coalesce(sum(face_value), 0) FROM charge_record'),
    totalYen: one('SELECT coalesce(sum(registered), 0) FROM month_total'),
    largestTotal: one('SELECT coalesce(max(registered), 0) FROM month_total'),
    gaps: one('SELECT count(*) - coalesce(max(sequence), 0) FROM charge_record'),
  }
  rows.close()
  return found
}

const tally = (charged: readonly Charged[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { finding } of charged) counts[finding] = (counts[finding] ?? 0) + 1
  return counts
}

/** Each number keys the PIN in a call of its own, all at once. */
const enterAtOnce = async (desk: Desk, pins: readonly (readonly [number, Pin])[]) => {
  const tokens = await Promise.all(pins.map(([n]) => desk.call(phone(n))))
  return Promise.all(
    pins.map(([, pin], index) => {
      const token = tokens[index]
      if (!token) throw new Error('a call was not opened')
      return desk.key(token, pin)
    }),
  )
}

t.test('XP1: fifty callers and one card: one success, one charge record', async t => {
  const desk = await openDesk(t, { thread: true })
  const { pin } = await desk.card(1_000)
  const charged = await enterAtOnce(
    desk,
    Array.from({ length: 50 }, (_, n) => [n + 1, pin] as const),
  )
  t.strictSame(tally(charged), { redeemed: 1, used: 49 })
  t.match(books(desk), { used: 1, usedYen: 1_000, recordYen: 1_000, totalYen: 1_000, gaps: 0 })
  await desk.close()
})

t.test('XP1: a thousand cards, two to sixteen callers each: one winner a card', async t => {
  const desk = await openDesk(t, { thread: true })
  const cards = await desk.cards(1_000, 1_000)
  const callers = (index: number) => 2 + (index % 15)
  let winners = 0
  for (let first = 0; first < cards.length; first += 50) {
    const entries = cards
      .slice(first, first + 50)
      .flatMap(({ pin }, index) =>
        Array.from(
          { length: callers(first + index) },
          (_, n) => [(first + index) * 16 + n, pin] as const,
        ),
      )
    winners += tally(await enterAtOnce(desk, entries)).redeemed ?? 0
  }
  t.equal(winners, 1_000)
  const yen = 1_000_000
  t.match(books(desk), { used: 1_000, usedYen: yen, recordYen: yen, totalYen: yen, gaps: 0 })
  await desk.close()
})

t.test(
  'XP2: sixteen calls of one handset with wrong numbers count sixteen, and the lock holds',
  async t => {
    const desk = await openDesk(t, { thread: true })
    const good = await desk.card(1_000)
    const entries = Array.from({ length: 16 }, (_, n) => [1, wrongPin(n)] as const)
    const charged = await enterAtOnce(desk, entries)
    t.strictSame(tally(charged), { unknown: 5, locked: 11 })
    const consecutive = () => {
      const rows = openStoreToRead(desk.file)
      const count = rows.prepare('SELECT consecutive FROM handset_lock').pluck().get()
      rows.close()
      return count
    }
    t.equal(consecutive(), 16)
    await desk.close()
    const again = await openDesk(t, { folder: t.testdirName, clock: desk.clock, thread: true })
    t.strictSame(tally(await enterAtOnce(again, [[1, good.pin]])), { locked: 1 })
    t.equal(consecutive(), 16, 'a good card counts nothing and resets nothing while it is locked')
    await again.close()
  },
)

t.test(
  'XK2: parallel calls at the cap take exactly what fits, across midnight too',
  slow,
  async t => {
    const chance = seededChance(20_001_201)
    for (let schedule = 0; schedule < SCHEDULES; schedule++) {
      const clock = new SetClock(jst('2001-01-31T23:59:59.998'))
      const desk = await openDesk(t, { folder: t.testdir({}), clock })
      const startAt = [47_000, 49_000, 50_000][schedule % 3] ?? 0
      const before = await desk.cards(startAt / 1_000, 1_000)
      await enterAtOnce(
        desk,
        before.map(({ pin }) => [1, pin]),
      )
      const parallel = 2 + Math.floor(chance() * 15)
      const cards = await Promise.all(
        Array.from({ length: parallel }, () => desk.card(chance() < 0.5 ? 1_000 : 3_000)),
      )
      const entries = cards.map(async ({ pin }, index) => {
        const token = await desk.call(phone(1))
        if (index === Math.floor(parallel / 2) && schedule % 2 === 1) {
          clock.set(jst('2001-02-01T00:00:00.000'))
        }
        return desk.key(token, pin)
      })
      const charged = await Promise.all(entries)
      const accepted = charged.flatMap(({ answer }) =>
        answer.outcome === 'redeemed' ? [answer.faceValue] : [],
      )
      const refused = charged.filter(({ finding }) => finding === 'over_month_cap').length
      t.equal(accepted.length + refused, parallel, 'each card is accepted or over the cap')
      const found = books(desk)
      t.ok(Number(found.largestTotal) <= 50_000, `schedule ${schedule}: never over the cap`)
      const sum = accepted.reduce<number>((total, amount) => total + amount, startAt)
      t.match(found, { used: before.length + accepted.length, usedYen: sum, recordYen: sum })
      if (schedule % 2 === 0) t.ok(affordable(charged, startAt), 'no card was refused that fitted')
      await desk.close()
    }
  },
)

/** Within one month: every refusal came when the card no longer fitted, and every success when it did. */
function affordable(charged: readonly Charged[], startAt: number): boolean {
  const smallestRefused = Math.min(
    ...charged.flatMap(({ answer }) =>
      answer.outcome === 'over_month_cap' ? [answer.faceValue] : [],
    ),
  )
  const total = charged.reduce(
    (sum, { answer }) => (answer.outcome === 'redeemed' ? sum + answer.faceValue : sum),
    startAt,
  )
  return total <= 50_000 && total + smallestRefused > 50_000
}
