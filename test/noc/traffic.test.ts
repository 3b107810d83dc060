import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { QuarterHourTraffic } from '../../domain/charge-traffic.js'
import { type JstDay, jstDay, jstMonth } from '../../domain/jst.js'
import { nocStore } from '../../noc/config.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { MIGRATIONS } from '../../noc/store/migrations.js'
import { openNocStore } from '../../noc/store/open.js'
import { columnGroups } from '../../noc/traffic/columns.js'
import { trafficCsv } from '../../noc/traffic/csv.js'
import { DaySums } from '../../noc/traffic/day-sums.js'
import type { ViewChoice, ViewValues } from '../../noc/traffic/messages.js'
import { SPANS, type Span } from '../../noc/traffic/slots.js'
import { viewOf } from '../../noc/traffic/view.js'
import { csvRows } from '../../platform/csv.js'
import { homeAt, makeHome } from '../../platform/home.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStore } from '../../platform/store.js'
import { mcscp } from '../support/command-line.js'
import { NOTHING_TO_CRS, openNoc, quarterHoursFrom, someQuarterHour } from '../support/noc-desk.js'
import { brokenOnScreen } from '../support/noc-table.js'
import { jst } from '../support/scp-desk.js'
import { brokenSpans } from '../support/span-recount.js'

const DAY = '2001-01-15' as JstDay
const MIDNIGHT = jst(`${DAY}T00:00:00`)
const ALL = { day: DAY, by: 'quarter-hour', node: 'all', kind: 'all' } as const

/** Columns whose day is the sum of its rows. */
const SUMMED = columnGroups([1_000])
  .flatMap(({ columns }) => columns)
  .filter(
    ({ id, form }) =>
      ['count', 'yen'].includes(form) && !/^(peak|now_|not_p|holding|crs_(w|o|l))/.test(id),
  )
  .map(({ id }) => id)

const sum = (rows: readonly ViewValues[], id: string) =>
  rows.reduce((total, values) => total + Number(values[id]), 0)

t.test('M-16, M-17: the rows of a day, its nodes and its kinds add up', async t => {
  const { store, close } = await openNoc(t)
  const chance = seededChance(1)
  for (const node of ['scp1', 'scp2']) {
    const quarterHours = quarterHoursFrom(MIDNIGHT, 96).map(at => someQuarterHour(at, chance))
    await store.history.put({ node, denominations: [1_000], quarterHours })
  }
  const view = await viewOf(ALL, store.history)
  const values = view.rows.map(row => row.values)
  t.equal(values.length, 96)
  t.strictSame([view.rows[0]?.time, view.rows.at(-1)?.time], ['00:00', '23:45'])
  for (const id of SUMMED) t.equal(view.total[id], sum(values, id), `${id} over the day`)
  const refused = ['congestion', 'withdrawn', 'no_identity', 'out_of_service']
  const before = ['locked', 'at_cap', 'no_input', 'short', 'abandoned']
  const results = [
    'accepted',
    'unknown',
    'used',
    'not_active',
    'expired',
    'over_cap',
    'system_fault',
  ]
  for (const row of [...values, view.total]) {
    const add = (ids: readonly string[]) => ids.reduce((total, id) => total + Number(row[id]), 0)
    if (row.answered !== add([...before, ...results])) t.fail('answered = what was answered')
    if (row.offered !== Number(row.answered) + add(refused)) t.fail('offered = answered + refused')
    if (row.total_yen !== Number(row.cards_1000) * 1_000) t.fail('yen = denomination × count')
    if (row.completion !== Number(row.accepted) / Number(row.answered)) t.fail('completion')
  }
  const nodes = await Promise.all(
    ['scp1', 'scp2'].map(node => viewOf({ ...ALL, node }, store.history)),
  )
  const kinds = await Promise.all(
    (['mobilers', 'pricall'] as const).map(kind => viewOf({ ...ALL, kind }, store.history)),
  )
  for (const id of SUMMED) {
    t.equal(
      view.total[id],
      sum(
        nodes.map(one => one.total),
        id,
      ),
      `${id} over the nodes`,
    )
    // Calls of which nobody vouches for a kind are of none; no such call is answered.
    const unasserted =
      refused.includes(id) || id === 'offered' || /^(newly|unlocked|entries|crs)/.test(id)
    if (!unasserted)
      t.equal(
        view.total[id],
        sum(
          kinds.map(one => one.total),
          id,
        ),
        `${id} over the kinds`,
      )
  }
  t.equal(
    view.total.peak,
    Math.max(...values.map(row => Number(row.peak))),
    'the highest of the peaks',
  )
  t.strictSame(view.total.now_locked, values.at(-1)?.now_locked, 'as at the end of the day')
  await close()
})

t.test('M-13, M-17: hours and days are their quarter-hours, and peaks are no sums', async t => {
  const { store, close } = await openNoc(t)
  const chance = seededChance(6)
  const begins = quarterHoursFrom(jst('2001-01-30T00:00:00'), 4 * 96)
  const put = (node: string, quarterHours: readonly QuarterHourTraffic[]) =>
    store.history.put({ node, denominations: [1_000], quarterHours })
  const told = begins.map((at, n) => someQuarterHour(at, chance, n < begins.length - 1))
  await put('scp1', told)
  const days = new DaySums(store.history)
  const view = (day: string, by: Span, kind: ViewChoice['kind'] = 'all') =>
    viewOf({ day: day as JstDay, by, node: 'all', kind }, store.history, days)
  const ofDay = (day: string) => told.filter(({ beganAt }) => jstDay(beganAt) === day)

  for (const kind of ['all', 'mobilers', 'pricall'] as const) {
    const hours = await view('2001-01-31', 'hour', kind)
    t.equal(hours.rows.length, 24)
    t.strictSame(brokenSpans(hours.rows, ofDay('2001-01-31'), { by: 'hour', kind }), [])
    const month = await view('2001-01-07', 'day', kind)
    t.strictSame(
      month.rows.map(({ time }) => time),
      ['2001-01-30', '2001-01-31'],
      'the month of the day that is asked for, as far as it was told',
    )
    const january = told.filter(({ beganAt }) => jstMonth(beganAt) === '2001-01')
    t.strictSame(brokenSpans(month.rows, january, { by: 'day', kind }), [])
    t.strictSame([...hours.rows, ...month.rows].flatMap(brokenOnScreen), [], 'M-17')
    t.strictSame(
      (await view('2001-01-31', 'hour', kind)).total,
      (await view('2001-01-31', 'quarter-hour', kind)).total,
      'however long its rows, the sum of a day is the same',
    )
  }
  t.match(await view('2001-01-07', 'day'), {
    ...{ dayBefore: '2000-12-01', dayAfter: '2001-02-01' },
    ...{ from: jst('2001-01-01T00:00:00'), to: jst('2001-02-01T00:00:00') },
  })

  const february = await view('2001-02-28', 'day')
  t.match(february.rows, [{ open: false }, { time: '2001-02-02', open: true }])
  const last = begins.at(-1)
  if (!last) throw new Error('there are some')
  const changed = someQuarterHour(last, chance, false)
  await put('scp1', [changed])
  const again = await view('2001-02-28', 'day')
  t.strictSame(again.rows[0], february.rows[0])
  t.strictSame(
    brokenSpans(again.rows.slice(1), [...ofDay('2001-02-02').slice(0, -1), changed], {
      ...{ by: 'day', kind: 'all' },
    }),
    [],
    'a day that is not over is counted anew',
  )
  await put('scp2', [someQuarterHour(jst('2001-02-01T09:00:00'), chance)])
  const late = await view('2001-02-28', 'day')
  t.ok(
    Number(late.rows[0]?.values.offered) > Number(again.rows[0]?.values.offered),
    'so is one of which more was told since',
  )
  await close()
})

t.test('M-13: each table is a file, and a command shows it', async t => {
  const home = homeAt(t.testdir())
  makeHome(home)
  const store = openNocStore(nocStore(home))
  const chance = seededChance(5)
  const begins = quarterHoursFrom(jst('2001-01-15T09:00:00'), 6)
  const quarterHours = begins.map((at, n) => someQuarterHour(at, chance, n < 5))
  await store.history.put({ node: 'scp1', denominations: [1_000, 3_000], quarterHours })
  const files = new Map<Span, string>()
  for (const by of SPANS) {
    const view = await viewOf({ ...ALL, by }, store.history)
    const csv = trafficCsv(view, 'ja')
    files.set(by, csv)
    const [headings, ...lines] = csvRows(csv).map(({ fields }) => fields ?? [])
    t.equal(headings?.[0], by === 'day' ? '2001-01 日' : `${DAY} 時刻`)
    const times = view.rows.map(({ time }) => time)
    t.strictSame(
      lines.map(([first]) => first),
      [...times, '計'],
    )
    t.ok(lines.every(fields => fields.length === headings?.length))
    const share = headings?.findIndex(heading => heading.endsWith('完了率 %')) ?? -1
    const completion = Math.round((view.total.completion ?? 0) * 100_000) / 1_000
    t.ok(completion > 1, `${completion} %`)
    t.equal(lines.at(-1)?.[share], `${completion}`, 'a share is in per cent, as its heading says')
  }
  store.close()
  const run = (...words: string[]) => mcscp({ MCSCP_HOME: home.folder }, 'traffic', ...words)
  const { told } = await run('--by', 'hour')
  t.match(told, /^2001-01-15 Time {2}Offered {2}Answered {2}Congestion/, 'the newest day')
  t.match(told, /^09:00 +\d/m)
  t.match(told, /^10:00 \* +\d/m, 'what can still change is marked')
  const before = readFileSync(nocStore(home))
  await run('--by', 'day')
  t.ok(before.equals(readFileSync(nocStore(home))), 'who looks writes nothing')
  t.match(await run('--by', 'day', '--day', DAY, '--csv', '--lang', 'ja'), {
    code: 0,
    told: files.get('day'),
  })
})

t.test('commands that only look make no store, and say that there is nothing yet', async t => {
  const home = homeAt(t.testdir())
  makeHome(home)
  const run = (...words: string[]) => mcscp({ MCSCP_HOME: home.folder }, ...words)
  t.match(await run('traffic'), { code: 1, complaint: /noc has not fetched any charge traffic/ })
  for (const of of ['list', 'history']) {
    t.match(await run('alarms', of), { code: 0, told: 'No alarms: noc has not run here yet.\n' })
  }
  t.match(await run('noc', 'accounts', 'list'), {
    code: 0,
    told: 'No accounts: noc has not run here yet.\n',
  })
  t.notOk(existsSync(nocStore(home)), 'none of them made one')
  openStore(nocStore(home), MIGRATIONS.slice(0, 1)).close()
  t.match(await run('traffic'), { code: 1, complaint: /has form 1/ }, 'nor brings one forward')
})

t.test('an empty day, and a day that is not over', async t => {
  const { store, close } = await openNoc(t)
  const none = await viewOf(ALL, store.history)
  t.match(none, { rows: [], nodes: [], total: { offered: 0, completion: null, now_locked: null } })
  t.match(none, { dayBefore: '2001-01-14', dayAfter: '2001-01-16' })
  const empty: QuarterHourTraffic = {
    beganAt: jst(`${DAY}T10:15:00`),
    final: false,
    peak: 0,
    nowLocked: 2,
    unlocked: 0,
    toCrs: NOTHING_TO_CRS,
    kinds: [],
  }
  await store.history.put({ node: 'scp1', denominations: [500, 3_000], quarterHours: [empty] })
  const view = await viewOf(ALL, store.history)
  t.match(view.rows, [
    {
      time: '10:15',
      open: true,
      values: { offered: 0, cards_500: 0, now_locked: 2, holding_p95: null },
    },
  ])
  t.equal((await viewOf({ ...ALL, day: '2001-01-16' as JstDay }, store.history)).rows.length, 0)
  const csv = trafficCsv(view, 'ja').split('\r\n')
  t.match(
    csv[0],
    /^\ufeff2001-01-15 時刻,着信 着信数,.*金額 500 円 枚,金額 500 円 円,.*時間 完了率 %$/,
  )
  t.match(csv[1], /^10:15,0,0,/)
  t.match(csv[2], /^計,0,0,/)
  t.match(trafficCsv(view, 'en'), /Value ¥500 Cards/)
  await close()
})

t.test('Q13: a table is made once for all who ask, and anew when it has changed', async t => {
  const { app, live, store, close } = await openNoc(t)
  const chance = seededChance(5)
  const put = (at = MIDNIGHT) =>
    store.history.put({
      node: 'scp1',
      denominations: [1_000],
      quarterHours: [someQuarterHour(at, chance)],
    })
  await put()
  const [one, other] = await Promise.all([live.now(ALL), live.now(ALL)])
  t.equal(one.view, other.view, 'asked at once, it is made once')
  t.equal((await live.now(ALL)).view, one.view, 'and stays as long as nothing changes')
  t.not((await live.now({ ...ALL, by: 'hour' })).view, one.view, 'another choice, another table')
  const cookies = { [SESSION_COOKIE]: await store.sessions.begin('watch') }
  const headers = { host: '127.0.0.1:14080' }
  const url = `/api/traffic?day=${DAY}`
  const asked = async () => (await app.inject({ url, headers, cookies })).json()
  t.strictSame(await asked(), JSON.parse(JSON.stringify(one)), 'what is told is that table')
  await put(quarterHoursFrom(MIDNIGHT, 2)[1])
  t.equal((await asked()).view.rows.length, 2, 'a quarter-hour more')
  await store.history.refusedContracts.put({
    asOf: MIDNIGHT,
    refusedContracts: [{ beganAt: MIDNIGHT, calls: 7 }],
  })
  t.equal((await asked()).view.rows[0].values.not_permitted, 7, 'the switch told of some')
  await store.history.forgetBefore(quarterHoursFrom(MIDNIGHT, 2)[1] ?? MIDNIGHT)
  t.equal((await asked()).view.rows.length, 1, 'what was forgotten is gone')
  await close()
})
