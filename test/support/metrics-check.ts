import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { countOf, type QuarterHourTraffic, TRAFFIC_MEASURES } from '../../domain/charge-traffic.js'
import { epochMs } from '../../domain/clock.js'
import { COMMIT_BOUNDS_S } from '../../platform/metrics/commit-times.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { trafficOf } from './day-traffic.js'
import type { Network } from './network.js'
import { type Scraped, scrape, scrapeAll } from './scrape.js'

/** What every program tells. */
const OF_EVERY_PROGRAM = [
  'mcscp_ready',
  'mcscp_calls_in_progress',
  'mcscp_alarms_standing',
  'mcscp_network_clock_seconds',
  'mcscp_store_commit_duration_seconds',
  'mcscp_store_commits_failed_total',
  'mcscp_event_loop_delay_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
]

/** What the programs tell of the road from a call to its bill. */
const OF_ROAD = /^mcscp_(crs|billing|aris|ivr|media)_/

/** Columns of the traffic table that are no result of a call, with the counter and what a count is of it. */
// biome-ignore format: table
const SUMS: readonly [of: 'entries' | 'newly_locked' | 'held_calls' | 'held_ms', counter: string, per: number][] = [
  ['entries',      'mcscp_charge_entries_total',              1],
  ['newly_locked', 'mcscp_handsets_locked_total',             1],
  ['held_calls',   'mcscp_charge_calls_held_total',           1],
  ['held_ms',      'mcscp_charge_call_holding_seconds_total', 1_000],
]

/** `name{labels}` and value of everything that is counted, without what is 0. */
type Counts = Map<string, number>

function add(counts: Counts, key: string, value: number): void {
  if (value !== 0) counts.set(key, Number(((counts.get(key) ?? 0) + value).toFixed(6)))
}

/** The counters of charge traffic as a scrape has them. */
function countsScraped(scp: Scraped | undefined): Counts {
  const counts: Counts = new Map()
  for (const [name, { samples }] of scp?.families ?? []) {
    if (!/^mcscp_(charge|handsets).*_total$/.test(name)) continue
    for (const { labels, value } of samples) {
      add(counts, [name, ...Object.values(labels)].join(' '), value)
    }
  }
  return counts
}

/** The same from the rows of the traffic table. */
function countsOfTable(rows: readonly QuarterHourTraffic[]): Counts {
  const counts: Counts = new Map()
  for (const row of rows.flatMap(({ kinds }) => kinds)) {
    for (const measure of TRAFFIC_MEASURES) {
      const [, counter, per = 1] = SUMS.find(([of]) => of === measure) ?? []
      const name = counter ? [counter, row.kind] : ['mcscp_charge_calls_total', row.kind, measure]
      add(counts, name.join(' '), countOf(row, measure) / per)
    }
    for (const [faceValue, cards] of row.cards) {
      add(counts, `mcscp_charged_cards_total ${row.kind} ${faceValue}`, cards)
      add(counts, `mcscp_charged_yen_total ${row.kind} ${faceValue}`, cards * faceValue)
    }
  }
  return counts
}

const sorted = (counts: Counts) => [...counts].sort(([one], [other]) => (one < other ? -1 : 1))

/**
 * Scrapes every program of a network in which no call is under way, and holds what they tell against the
 * traffic table, against the board of deploy/, and against what must never be told.
 */
export async function checkMetrics(
  t: Test,
  network: Network,
  { first, secrets }: { readonly first: number; readonly secrets: readonly string[] },
): Promise<void> {
  const { home } = network
  t.equal((await scrape(home, first, 'scp', 'x'.repeat(43))).status, 401, 'not to everybody')
  let told: Scraped[] = []
  let table: Counts = new Map()
  // The end of a call is counted when its session is ended, a moment after the caller knows.
  await network.until(async () => {
    told = await scrapeAll(home, first)
    const rows = await trafficOf(home, epochMs(0), epochMs(Number.MAX_SAFE_INTEGER))
    table = countsOfTable(rows)
    const scraped = sorted(countsScraped(told.find(({ program }) => program === 'scp')))
    return JSON.stringify(scraped) === JSON.stringify(sorted(table))
  })
  t.ok(table.size > 5, 'the counters are the traffic table’s')
  const scp = told.find(({ program }) => program === 'scp')
  t.strictSame(sorted(countsScraped(scp)), sorted(table))

  for (const { program, families } of told) {
    const missing = OF_EVERY_PROGRAM.filter(name => !families.get(name)?.samples.length)
    t.strictSame(missing, [], `${program} tells what every program tells`)
    t.equal(families.get('mcscp_ready')?.samples[0]?.value, 1)
  }
  const commits = scp?.families.get('mcscp_store_commit_duration_seconds')?.samples ?? []
  t.equal(commits.length, COMMIT_BOUNDS_S.length + 3)
  t.ok(Number(commits.at(-1)?.value) > 0, 'commits of scp’s writer, a thread of its own')
  const events = told.find(({ program }) => program === 'mls')?.families
  t.ok(events?.get('mcscp_switch_events_total')?.samples.length, 'the switch’s counts')

  const all = told.map(({ text }) => text).join('\n')
  const secretsTold = secrets.filter(secret => all.includes(secret))
  t.strictSame(secretsTold, [], 'no number, serial number or PIN')
  const labels = told.flatMap(({ families }) =>
    [...families.values()].flatMap(({ samples }) =>
      samples.flatMap(one => Object.values(one.labels)),
    ),
  )
  t.strictSame(
    labels.filter(label => /\d{6}/.test(label)),
    [],
    'nor anything as long as one',
  )
  t.strictSame(
    namesOfBoards().filter(name => !told.some(one => one.families.has(name))),
    [],
  )
  const names = new Set(told.flatMap(({ families }) => [...families.keys()]))
  const own = [...names].filter(name => name.startsWith('mcscp_'))
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/operations.md'), 'utf8')
  t.strictSame(
    own.filter(name => !page.includes(`\`${name}`)),
    [],
    'docs/operations.md has every metric',
  )
  const board = namesOfBoards()
  t.strictSame(
    own.filter(name => OF_ROAD.test(name) && !board.includes(name)),
    [],
    'the board has those of the road from a call to its bill',
  )
  t.ok(own.filter(name => OF_ROAD.test(name)).length >= 20, 'there are some')
  t.ok(namesOfBoards().length > 15, 'every metric of the board is told by some program')
}

/** The metrics that the boards of deploy/grafana ask for. */
function namesOfBoards(): string[] {
  const folder = join(PRODUCT_FOLDER, 'deploy/grafana')
  const boards = readdirSync(folder).filter(name => name.endsWith('.json'))
  const names = boards.flatMap(name => {
    const asked: string[] = []
    JSON.parse(readFileSync(join(folder, name), 'utf8'), (key, value) => {
      if (key === 'expr' && typeof value === 'string') asked.push(value)
      return value
    })
    return asked.flatMap(expr => expr.match(/\b(?:mcscp|process)_[a-z0-9_]+/g) ?? [])
  })
  return [...new Set(names.map(name => name.replace(/_seconds_(bucket|sum|count)$/, '_seconds')))]
}
