import {
  answered,
  countOf,
  offered,
  type QuarterHourTraffic,
  type TrafficOfKind,
  totalYen,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { jstText, QUARTER_HOUR_MS } from '../../domain/jst.js'
import type { ViewRow } from '../../noc/traffic/messages.js'
import type { Span } from '../../noc/traffic/slots.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpSocket, scpStore } from '../../scp/config.js'
import { chargeKinds } from '../../scp/store/keys.js'
import { quarterHourFilesIn } from './quarter-hour-files.js'
import { spanName } from './span-recount.js'
import { RESULT_OF_FINDING, RESULT_OF_NOTICE } from './traffic-recount.js'

/** How long scp may take to tell its traffic, in ms. */
const DEADLINE_MS = 60_000

/** The rows of the traffic table from scp, from one moment to another. */
export async function trafficOf(
  home: Home,
  from: EpochMs,
  to: EpochMs,
): Promise<readonly QuarterHourTraffic[]> {
  const scp = new SocketClient(scpSocket(home))
  const path = `/v1/traffic?from=${from}&to=${to}`
  const { body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
  scp.close()
  return (body as { quarterHours: readonly QuarterHourTraffic[] }).quarterHours
}

/** Sums by what they are of. */
type Counts = Map<string, number>

function add(counts: Counts, of: string, amount: number): void {
  if (amount !== 0) counts.set(of, (counts.get(of) ?? 0) + amount)
}

/**
 * The identities of M-17 that a row breaks, each with both its sides. What calls came to is counted afresh
 * from call sessions and entries, cards from the quarter-hour files.
 */
export function brokenIdentities(
  home: Home,
  rows: readonly QuarterHourTraffic[],
): readonly string[] {
  const recounted = recount(home)
  const broken: string[] = []
  for (const { beganAt, kinds } of rows) {
    for (const row of kinds) {
      const key = `${beganAt} ${row.kind}`
      for (const [of, [one, other]] of Object.entries(identities(row, recounted.get(key)))) {
        if (one !== other) broken.push(`${jstText(beganAt)} ${row.kind}: ${of}: ${one}, ${other}`)
      }
      recounted.delete(key)
    }
  }
  // What is left happened, and stands in no row.
  for (const [key, counts] of recounted) broken.push(`${key}: ${JSON.stringify([...counts])}`)
  return broken
}

/** The values in which longer rows of the table differ from the call sessions and files of their time. */
export function brokenBySessions(
  home: Home,
  rows: readonly ViewRow[],
  { by, kind }: { readonly by: Span; readonly kind: TrafficOfKind['kind'] },
): readonly string[] {
  const counted = new Map<string, Counts>()
  for (const [key, counts] of recount(home)) {
    const [beganAt, of] = key.split(' ')
    if (of !== kind) continue
    const name = spanName(epochMs(Number(beganAt)), by)
    const sums = counted.get(name) ?? new Map()
    counted.set(name, sums)
    for (const [what, amount] of counts) add(sums, what, amount)
  }
  return rows.flatMap(({ beganAt, values }) => {
    const name = spanName(beganAt, by)
    const count = (of: string) => counted.get(name)?.get(of) ?? 0
    const value = (id: string) => values[id] ?? 0
    const faceValues = Object.keys(values).flatMap(id => /^cards_(\d+)$/.exec(id)?.[1] ?? [])
    const sides: [of: string, one: number, other: number][] = [
      ...[...CALL_COLUMNS, 'entries', 'newly_locked'].map((of): [string, number, number] => [
        of,
        value(of),
        count(of),
      ]),
      ...faceValues.map((of): [string, number, number] => [of, value(`cards_${of}`), count(of)]),
      ['sessions', value('offered') - value('no_identity'), count('sessions')],
      ['yen', value('total_yen'), count('yen')],
    ]
    return sides.flatMap(([of, one, other]) =>
      one === other ? [] : [`${name} ${of}: ${one}, ${other}`],
    )
  })
}

/** Both sides of each identity of a row. */
function identities(
  row: TrafficOfKind,
  recounted: Counts = new Map(),
): Readonly<Record<string, readonly [number, number]>> {
  const count = (of: string) => recounted.get(of) ?? 0
  const unanswered = UNANSWERED.reduce((sum, why) => sum + countOf(row, why), 0)
  const withoutSession = countOf(row, 'no_identity')
  const results = CALL_COLUMNS.map(of => [of, [countOf(row, of), count(of)] as const] as const)
  return {
    'offered = answered + unanswered': [offered(row), answered(row) + unanswered],
    'calls = sessions that ended': [offered(row) - withoutSession, count('sessions')],
    'abandoned, and unanswered after ⑧': [
      countOf(row, 'abandoned') + unanswered - withoutSession,
      count('nothing known'),
    ],
    entries: [countOf(row, 'entries'), count('entries')],
    'newly locked': [countOf(row, 'newly_locked'), count('newly_locked')],
    'yen = Σ face value × cards': [totalYen(row), count('yen')],
    cards: [row.cards.reduce((sum, [, cards]) => sum + cards, 0), count('cards')],
    ...Object.fromEntries(
      row.cards.map(([value, n]) => [`cards of ${value}`, [n, count(`${value}`)]]),
    ),
    ...Object.fromEntries(results),
  }
}

/** Columns that the store tells by itself. */
// biome-ignore format: table
const CALL_COLUMNS = [
  'locked', 'at_cap', 'no_input', 'short',
  'accepted', 'unknown', 'used', 'not_active', 'expired', 'over_cap', 'system_fault',
] as const

interface Session {
  readonly ended_at: number
  readonly charge_kind: number
  readonly notice: number | null
  readonly finding: number | null
  readonly entries: number
  readonly locking: number
}

/** By `<start of quarter-hour> <kind>`. */
function recount(home: Home): Map<string, Counts> {
  const rows = new Map<string, Counts>()
  const at = (moment: number, kind: string): Counts => {
    const key = `${moment - (moment % QUARTER_HOUR_MS)} ${kind}`
    const counts = rows.get(key) ?? new Map()
    rows.set(key, counts)
    return counts
  }
  const store = openStoreToRead(scpStore(home))
  const sessions = store.prepare<[], Session>(
    `SELECT ended_at, charge_kind, notice,
       (SELECT finding FROM entry WHERE entry.token = s.token ORDER BY entry DESC LIMIT 1) AS finding,
       (SELECT count(*) FROM entry WHERE entry.token = s.token) AS entries,
       (SELECT count(*) FROM entry WHERE entry.token = s.token AND now_locked = 1) AS locking
     FROM call_session AS s WHERE ended_at IS NOT NULL AND service = 1`,
  )
  for (const one of sessions.iterate()) {
    const counts = at(one.ended_at, chargeKinds.word(one.charge_kind))
    const result =
      one.finding === null ? RESULT_OF_NOTICE[one.notice ?? 0] : RESULT_OF_FINDING[one.finding]
    add(counts, 'sessions', 1)
    add(counts, result ?? 'nothing known', 1)
    add(counts, 'entries', one.entries)
    add(counts, 'newly_locked', one.locking)
  }
  store.close()
  for (const file of quarterHourFilesIn(home.quarterHourFiles)) {
    if (file.outcome === 'malformed') throw new Error(file.why)
    for (const { kind, faceValue } of file.records) {
      const counts = at(file.header.beganAt, kind)
      add(counts, 'cards', 1)
      add(counts, 'yen', faceValue)
      add(counts, `${faceValue}`, 1)
    }
  }
  return rows
}
