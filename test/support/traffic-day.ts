import type { Test } from 'tap'
import { countOf, offered, type QuarterHourTraffic, totalYen } from '../../domain/charge-traffic.js'
import { epochMs } from '../../domain/clock.js'
import { DAY_MS, type JstDay, startOfJstDay } from '../../domain/jst.js'
import { openNocStore } from '../../noc/store/open.js'
import type { ViewChoice } from '../../noc/traffic/messages.js'
import { SPANS } from '../../noc/traffic/slots.js'
import { viewOf } from '../../noc/traffic/view.js'
import { SetClock } from '../../platform/clock.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import { brokenOnScreen } from './noc-table.js'
import { openDesk } from './scp-desk.js'
import { brokenSpans } from './span-recount.js'
import { holdIdentities, recountOf, rowsOf, sorted } from './traffic-rows.js'
import { runTraffic } from './traffic-run.js'

export const DAY = '2001-01-15' as JstDay
const FROM = startOfJstDay(DAY)
const TO = epochMs(FROM + DAY_MS)
const NODES = ['scp1', 'scp2'] as const
const KINDS = ['all', 'mobilers', 'pricall'] as const

/** Ticks before the end of the day in which no call begins, so that all of them end within it. */
const LAST_TICKS = 10

/** Handsets are so many times fewer than calls: some are locked again and again, most never are. */
const CALLS_A_HANDSET = 5

export interface TrafficDayOptions {
  readonly seed: number
  /** Of all nodes together. */
  readonly calls: number
  readonly tickMs: number
}

/**
 * A day of calls at two nodes, without signalling and audio: what callers were answered is counted apart from
 * scp, and held against every row of scp and of noc, by quarter-hour, hour and day, node and service.
 */
export async function trafficDay(t: Test, { seed, calls, tickMs }: TrafficDayOptions) {
  const folder = t.testdir({ scp1: {}, scp2: {} })
  const noc = openNocStore(`${folder}/noc.sqlite`)
  const told = new Map<string, readonly QuarterHourTraffic[]>()
  const each = calls / NODES.length
  await Promise.all(
    NODES.map(async (node, n) => {
      const quarterHours = await dayOfNode(t, {
        folder: `${folder}/${node}`,
        ...{ seed: seed + n, calls: each, tickMs },
      })
      told.set(node, quarterHours)
      await noc.history.put({ node, denominations: [500, 1_000, 3_000], quarterHours })
    }),
  )
  const view = (choice: Pick<ViewChoice, 'by' | 'node' | 'kind'>) =>
    viewOf({ day: DAY, ...choice }, noc.history)
  let rows = 0
  for (const by of SPANS) {
    for (const kind of KINDS) {
      const nodes = await Promise.all(NODES.map(node => view({ by, node, kind })))
      for (const [n, { rows: shown, total }] of nodes.entries()) {
        const node = NODES[n] ?? ''
        const broken = brokenSpans(shown, told.get(node) ?? [], { by, kind })
        t.strictSame(broken, [], `M-17: ${node} by ${by}, ${kind}`)
        t.strictSame([...shown.flatMap(brokenOnScreen), ...brokenTotal(total)], [])
        rows += shown.length
      }
      const both = await view({ by, node: 'all', kind })
      t.strictSame([...both.rows.flatMap(brokenOnScreen), ...brokenTotal(both.total)], [])
      rows += both.rows.length
      for (const id of ['offered', 'answered', 'accepted', 'total_yen', 'crs_sent', 'unlocked']) {
        const sum = nodes.reduce((all, { total }) => all + Number(total[id]), 0)
        t.equal(both.total[id], sum, `${id} of both nodes by ${by}, ${kind}`)
      }
    }
  }
  noc.close()
  t.comment(`seed ${seed}: ${calls} calls, ${rows} rows add up`)
}

/** The sum of a table as one more row. */
const brokenTotal = (values: Parameters<typeof brokenOnScreen>[0]['values']) =>
  brokenOnScreen({ beganAt: FROM, time: 'total', open: false, values })

interface NodeDay extends TrafficDayOptions {
  readonly folder: string
}

/** One node's rows of the day, held against what its callers were answered. */
async function dayOfNode(t: Test, { folder, seed, calls, tickMs }: NodeDay) {
  const clock = new SetClock(FROM)
  const desk = await openDesk(t, { folder, clock })
  const run = await runTraffic({
    ...{ desk, calls, tickMs, chance: seededChance(seed), from: FROM },
    ...{ handsets: Math.ceil(calls / CALLS_A_HANDSET), unlocks: true },
    ticks: DAY_MS / tickMs - LAST_TICKS,
    ticked: () => desk.store.ask('closeQuarterHours', { max: 64 }),
  })
  clock.set(TO)
  await desk.store.ask('closeQuarterHours', { max: 64 })
  const rows = rowsOf(desk, FROM).filter(({ beganAt }) => beganAt < TO)
  t.equal(rows.length, 96)
  t.ok(rows.every(({ final }) => final))
  t.strictSame(sorted(recountOf(rows).counts), sorted(run.counts), 'as callers were answered')
  t.strictSame(reached(recountOf(rows).peaks), reached(run.peaks), 'the peaks too')
  t.strictSame(sorted(recountOf(rows).unlocked), sorted(run.unlocked), 'and the locks released')
  holdIdentities(t, rows, (LAST_TICKS * tickMs) / 1_000)
  const kinds = rows.flatMap(row => row.kinds)
  const sum = (of: (row: (typeof kinds)[number]) => number) =>
    kinds.reduce((all, row) => all + of(row), 0)
  t.equal(sum(offered), calls, 'no call is missing, none counted twice')
  const unlocked = rows.reduce((all, row) => all + row.unlocked, 0)
  t.ok(unlocked > 0)
  const locked = sum(row => countOf(row, 'newly_locked'))
  t.equal(locked - unlocked, rows.at(-1)?.nowLocked, 'M-17: locked = unlocked + locked still')
  t.strictSame(
    onDisk(desk.file),
    [sum(row => row.cards.reduce((all, [, n]) => all + n, 0)), sum(totalYen)],
    'M-17: cards and yen are those of the day’s quarter-hour files',
  )
  await desk.close()
  return rows
}

/** Peaks of the quarter-hours in which there was any call: of the others a run notes nothing. */
const reached = (peaks: ReadonlyMap<number, number>): string[] =>
  sorted(new Map([...peaks].filter(([, calls]) => calls > 0)))

/** Cards and yen of the charge records in closed quarter-hours. */
function onDisk(file: string): readonly [cards: number, yen: number] {
  const store = openStoreToRead(file)
  const cards = store.prepare('SELECT sum(record_count) FROM quarter_hour_file').pluck().get()
  const yen = store.prepare('SELECT sum(face_value) FROM charge_record').pluck().get()
  store.close()
  return [Number(cards), Number(yen)]
}
