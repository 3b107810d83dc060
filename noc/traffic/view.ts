import {
  addTraffic,
  answered,
  CALL_RESULTS,
  completionRate,
  countOf,
  holdingP95,
  meanHoldingSeconds,
  NO_TRAFFIC,
  offered,
  type Traffic,
  totalYen,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { epochMs } from '../../domain/clock.js'
import { jstDay, jstText, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import type { NodeQuarterHour, TrafficHistory } from '../store/traffic-history.js'
import type { TrafficView, ViewChoice, ViewValues } from './messages.js'

/** The table of a day as the history has it. */
export async function viewOf(choice: ViewChoice, history: TrafficHistory): Promise<TrafficView> {
  const { day, node } = choice
  const kept = await history.between(startOfJstDay(day), startOfJstDay(nextJstDay(day)))
  const known = await history.nodes()
  const told = kept.filter(one => node === 'all' || one.node === node)
  const rows = [...byQuarterHour(told)].map(([beganAt, nodes]) => rowOf(beganAt, nodes, choice))
  const charged = told.flatMap(({ traffic }) => traffic.kinds).flatMap(({ cards }) => cards)
  const denominations = [
    ...known.flatMap(one => one.denominations),
    ...charged.map(([faceValue]) => faceValue),
  ]
  const sold = [...new Set(denominations)].sort((one, other) => one - other)
  const parts = rows.map(({ traffic }) => traffic)
  const total = addTraffic(parts, Math.max(0, ...parts.map(({ peak }) => peak)))
  return {
    ...choice,
    dayBefore: jstDay(epochMs(startOfJstDay(day) - 1)),
    dayAfter: nextJstDay(day),
    nodes: known.map(one => one.node),
    denominations: sold,
    rows: rows.map(({ traffic, node: one, ...row }) => ({
      ...row,
      values: { ...valuesOf(traffic, sold), ...one },
    })),
    total: { ...valuesOf(total, sold), ...totalOfNode(rows.map(row => row.node)) },
  }
}

function byQuarterHour(told: readonly NodeQuarterHour[]): Map<number, NodeQuarterHour[]> {
  const rows = new Map<number, NodeQuarterHour[]>()
  for (const one of told) {
    rows.set(one.traffic.beganAt, [...(rows.get(one.traffic.beganAt) ?? []), one])
  }
  return rows
}

/**
 * One quarter-hour of one or more nodes. Peaks of several nodes need not have come together, so their
 * sum is the most that there can have been.
 */
function rowOf(beganAt: number, nodes: readonly NodeQuarterHour[], { kind }: ViewChoice) {
  const parts = nodes.flatMap(({ traffic }) =>
    traffic.kinds.filter(one => kind === 'all' || one.kind === kind),
  )
  const peaks =
    kind === 'all' ? nodes.map(({ traffic }) => traffic.peak) : parts.map(({ peak }) => peak)
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  return {
    beganAt: epochMs(beganAt),
    time: jstText(epochMs(beganAt)).slice(11, 16),
    open: nodes.some(({ traffic }) => !traffic.final),
    traffic: parts.length > 0 ? addTraffic(parts, sum(peaks)) : { ...NO_TRAFFIC, peak: sum(peaks) },
    node: {
      now_locked: sum(nodes.map(({ traffic }) => traffic.nowLocked)),
      crs_acknowledged: sum(nodes.map(({ traffic }) => traffic.toCrs.acknowledged)),
      crs_waiting: sum(nodes.map(({ traffic }) => traffic.toCrs.waiting)),
      crs_oldest: Math.max(...nodes.map(({ traffic }) => traffic.toCrs.oldestMinutes)),
    },
  }
}

/** What is told of whole nodes, whatever the kind. */
type NodeValues = ReturnType<typeof rowOf>['node']

/** Of a day: what was acknowledged in all, and how the rest stands at its end, or now. */
const totalOfNode = (rows: readonly NodeValues[]): NodeValues | ViewValues => ({
  ...(rows.at(-1) ?? { now_locked: null, crs_waiting: null, crs_oldest: null }),
  crs_acknowledged: rows.reduce((sum, row) => sum + row.crs_acknowledged, 0),
})

/** Every value that a row may show; columns that are not asked for are not looked at. */
function valuesOf(traffic: Traffic, denominations: readonly number[]): ViewValues {
  const counts = [...UNANSWERED, ...CALL_RESULTS, 'entries', 'newly_locked'] as const
  const calls = answered(traffic)
  const cards = new Map(traffic.cards)
  return {
    ...Object.fromEntries(counts.map(measure => [measure, countOf(traffic, measure)])),
    offered: offered(traffic),
    answered: calls,
    peak: traffic.peak,
    out_of_service: countOf(traffic, 'not_in_service') + countOf(traffic, 'service_stopped'),
    entries_per_call: calls === 0 ? null : countOf(traffic, 'entries') / calls,
    ...Object.fromEntries(denominations.map(value => [`cards_${value}`, cards.get(value) ?? 0])),
    ...Object.fromEntries(
      denominations.map(value => [`yen_${value}`, (cards.get(value) ?? 0) * value]),
    ),
    total_yen: totalYen(traffic),
    holding_mean: meanHoldingSeconds(traffic) ?? null,
    holding_p95: holdingP95(traffic) ?? null,
    completion: completionRate(traffic) ?? null,
  }
}
