import { pino } from 'pino'
import t, { type Test } from 'tap'
import { arisStore } from '../../billing/aris/config.js'
import { aris } from '../../billing/aris/main.js'
import { billingStore } from '../../billing/config.js'
import { billing } from '../../billing/main.js'
import { openBillingStore } from '../../billing/store/open.js'
import { crsStore } from '../../crs/config.js'
import { epochMs } from '../../domain/clock.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import type { Home } from '../../platform/home.js'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { contractId } from '../support/billing-desk.js'
import { type CrsDesk, openCrs, until } from '../support/crs-desk.js'
import { freshHome } from '../support/fresh-home.js'
import { freePort } from '../support/network.js'
import { jst } from '../support/scp-desk.js'
import { openNode } from '../support/scp-node.js'
import { phone } from '../support/scp-values.js'

/** Pause between two charges, in ms of the network's clock; the night tier sets 1 for all four seconds. */
const GRID_MS = Number(process.env.MCSCP_TEST_MONTH_GRID ?? 50)

/** Around midnight every millisecond is looked at. */
const CLOSE_MS = 15

const FIRST = jst('2000-12-31T23:59:58.000')
const MIDNIGHT = jst('2001-01-01T00:00:00.000')
const LAST = jst('2001-01-01T00:00:02.000')

const MOMENTS = Array.from({ length: LAST - FIRST + 1 }, (_, ms) => epochMs(FIRST + ms)).filter(
  at => (at - FIRST) % GRID_MS === 0 || Math.abs(at - MIDNIGHT) <= CLOSE_MS,
)

/** As many that no month is full. */
const HANDSETS = 200

/** Demonstration numbers, which CRS maps to a company. */
const handset = (n: number) => phone(10_000_001 + n)

const slow = { timeout: MOMENTS.length * 200 + 120_000 }
t.setTimeout(4 * slow.timeout)

/** Serial numbers of the cards of each month, in order, as a store has them. */
type ByMonth = Readonly<Record<string, readonly string[]>>

const zoneHere = process.env.TZ
t.teardown(() => {
  if (zoneHere === undefined) delete process.env.TZ
  else process.env.TZ = zoneHere
})

for (const zone of ['Asia/Tokyo', 'UTC', 'America/New_York']) {
  t.test(`XK1: the month of a charge is one for all programs, in ${zone}`, slow, async t => {
    process.env.TZ = zone
    const { home, cards } = await charged(t)
    const old = MOMENTS.filter(at => at < MIDNIGHT).length
    const serials = cards.map(({ serial }) => `${serial}`)
    const expected = {
      '2000-12': serials.slice(0, old).sort(),
      '2001-01': serials.slice(old).sort(),
    }

    // biome-ignore format: table
    const MONTHS = [
      ['CRS',     crsStore(home),     CRS_MONTHS],
      ['billing', billingStore(home), BILLING_MONTHS],
    ] as const
    for (const [program, path, sql] of MONTHS) {
      t.strictSame(byMonth(path, sql), expected, `${program}, card by card`)
    }
    const yen = { '2000-12': old * 1_000, '2001-01': (MOMENTS.length - old) * 1_000 }
    t.strictSame(yenByMonth(scpStore(home), SCP_YEN), yen, 'scp: what counts against the cap')
    t.strictSame(yenByMonth(arisStore(home), ARIS_YEN), yen, 'aris: what is told of each month')
  })
}

t.test(
  'XK5: charged in the last second, CRS down for three days, billing run on the 1st',
  slow,
  async t => {
    const home = freshHome(t)
    const clock = new SetClock(jst('2000-12-31T00:00:00'))
    const crsPort = await freePort()
    const node = await openNode(home, clock, crsPort)
    t.teardown(() => node.end())
    const [late, next] = await node.cards(2, 3_000)
    await takeContracts(home, clock)
    clock.set(jst('2000-12-31T23:59:59'))
    t.equal(await node.charge(handset(1), late?.pin ?? never()), 'redeemed')
    clock.set(MIDNIGHT)
    t.equal(
      await node.charge(handset(1), next?.pin ?? never()),
      'redeemed',
      'the next month’s first',
    )
    await node.close15()

    clock.set(jst('2001-01-01T09:00:00'))
    const month = '2000-12' as JstMonth
    const onThe1st = openBilling(home, clock)
    await onThe1st.confirmDays('2000-12-30' as JstDay, 'before the service had begun here')
    t.match(
      await onThe1st.beginClose(month),
      { outcome: 'days_unconfirmed', confirmedThrough: '2000-12-30' },
      'the run waits for the day’s close',
    )
    onThe1st.close()

    clock.set(jst('2001-01-04T00:15:00'))
    await node.close15()
    const crs = await openCrs(t, { home, at: clock.now(), given: { MCSCP_CRS_PORT: `${crsPort}` } })
    await until(
      'CRS has all',
      async () => (await node.store.ask('countOwedToCrs', undefined)) === 0,
    )
    const running = await startBilling(home, crs)
    await until('the days are closed', () => {
      crs.clock.set(epochMs(crs.clock.now() + 60_000))
      return read(billingStore(home), store => confirmedIn(store) >= '2001-01-02')
    })
    await running.close()
    const onThe4th = openBilling(home, crs.clock)
    t.match(await onThe4th.beginClose(month), { outcome: 'running' }, 'and then runs')
    while (!(await onThe4th.advanceClose(month, HANDSETS))) {
      // Until every contract is settled.
    }
    onThe4th.close()
    t.strictSame(
      byMonth(billingStore(home), BILLING_MONTHS),
      { '2000-12': [`${late?.serial}`], '2001-01': [`${next?.serial}`] },
      'each in its own month, and in no other',
    )
    const carried = `SELECT month, sum(carried_out) AS yen FROM month_application GROUP BY month`
    t.strictSame(
      yenByMonth(billingStore(home), carried),
      { [month]: 3_000 },
      'the run has the late one alone',
    )
  },
)

const confirmedIn = (store: Database): string =>
  String(store.prepare('SELECT max(day) FROM day WHERE confirmed_at NOT NULL').pluck().get())

/** The day that CRS closed a charge in, by the hour of its file. */
const CRS_MONTHS = `
  SELECT strftime('%Y-%m', (began_at + 32400000) / 1000, 'unixepoch') AS month, serial
    FROM charge_record JOIN quarter_hour_file USING (node, number)`

const BILLING_MONTHS = `
  SELECT month, serial FROM ledger_entry JOIN charge USING (charge_no) WHERE kind = 'charge'`

const SCP_YEN = `
  SELECT substr(month, 1, 4) || '-' || substr(month, 5) AS month, sum(registered) AS yen
    FROM month_total GROUP BY month`

const ARIS_YEN = `SELECT month, sum(amount) AS yen FROM entry GROUP BY month`

function read<T>(path: string, asked: (store: Database) => T): T {
  const store = openStoreToRead(path)
  try {
    return asked(store)
  } finally {
    store.close()
  }
}

const byMonth = (path: string, sql: string): ByMonth =>
  read(path, store => {
    const months: Record<string, string[]> = {}
    const rows = store.prepare<[], { month: string; serial: string }>(sql).all()
    for (const { month, serial } of rows) {
      const serials = months[month] ?? []
      months[month] = serials
      serials.push(serial)
    }
    for (const serials of Object.values(months)) serials.sort()
    return months
  })

const yenByMonth = (path: string, sql: string): Record<string, number> =>
  read(path, store => {
    const rows = store.prepare<[], { month: string; yen: number }>(sql).all()
    return Object.fromEntries(rows.map(({ month, yen }) => [month, yen]))
  })

/** A card at each moment, from a node to aris, each program's own and all on one clock. */
async function charged(t: Test) {
  const home = freshHome(t)
  const start = jst('2000-12-31T23:50:00')
  const setUp = new SetClock(start)
  const preparing = await openNode(home, setUp, 1)
  const cards = await preparing.cards(MOMENTS.length, 1_000)
  await preparing.end()
  await takeContracts(home, setUp)

  const crs = await openCrs(t, { home, at: start })
  const { clock } = crs
  const node = await openNode(home, clock, Number(new URL(crs.running.listening.intake ?? '').port))
  for (const [n, at] of MOMENTS.entries()) {
    clock.set(at)
    const finding = await node.charge(handset(n % HANDSETS), cards[n]?.pin ?? never())
    if (finding !== 'redeemed') throw new Error(`card ${n}: ${finding}`)
  }
  // The first hour of the year ends, and billing asks for it.
  clock.set(jst('2001-01-01T01:00:01'))
  await node.close15()
  await until('CRS has all', async () => (await node.store.ask('countOwedToCrs', undefined)) === 0)
  await node.end()
  const enquiries = await aris.start({ home, given: { MCSCP_ARIS_PAGE_PORT: 'off' }, clock, log })
  t.teardown(() => enquiries.close())
  const running = await startBilling(home, crs)
  t.teardown(() => running.close())
  await until('aris has all', () => {
    clock.set(epochMs(clock.now() + 60_000))
    return read(arisStore(home), store => countOf(store) === MOMENTS.length)
  })
  return { home, cards }
}

const countOf = (store: Database): number =>
  Number(store.prepare('SELECT count(*) FROM entry').pluck().get())

const log = pino({ level: 'silent' })

/** billing as a program beside CRS, in a home and on CRS's clock. */
const startBilling = (home: Home, { running, clock }: CrsDesk) =>
  billing.start({
    home,
    given: {
      MCSCP_CRS_FTP_PORT: new URL(running.listening.ftp ?? '').port,
      MCSCP_BILLING_ONLINE: '00:00-24:00',
      // The clock is moved on while CRS answers.
      MCSCP_BILLING_RECEIVE_MIN: '10080',
    },
    clock,
    log,
  })

/** billing's store while the program is down. */
const openBilling = (home: Home, clock: SetClock) =>
  openBillingStore({
    path: billingStore(home),
    clock,
    onBroken: fault => {
      throw fault
    },
  })

async function takeContracts(home: Home, clock: SetClock) {
  const store = openBilling(home, clock)
  const contracts = Array.from({ length: HANDSETS }, (_, n) => ({
    contract: contractId(`K${n}`),
    msisdn: handset(n),
    contractClass: 'mobile' as const,
    plan: 'A',
    validFrom: jst('2000-12-01T00:00:00'),
  }))
  await store.takeContracts(contracts)
  store.close()
}

function never(): never {
  throw new Error('a card is missing')
}
