import {
  answered,
  CALL_RESULTS,
  completionRate,
  countOf,
  holdingP95,
  meanHoldingSeconds,
  offered,
  totalYen,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { TrafficHistory } from '../store/traffic-history.js'
import { byQuarterHour, DaySums } from './day-sums.js'
import { type Sum, sumOfNodes, sumOfTimes } from './fold.js'
import type { TrafficView, ViewChoice, ViewValues } from './messages.js'
import { type Period, periodOf, type Span, slotName, slotOf } from './slots.js'

/** A row before it is written out. */
interface Row {
  readonly beganAt: EpochMs
  readonly sum: Sum
}

/** The table of a day or month as the history has it. */
export async function viewOf(
  choice: ViewChoice,
  history: TrafficHistory,
  days: DaySums = new DaySums(history),
): Promise<TrafficView> {
  const { day, by } = choice
  const period = periodOf(day, by)
  const rows =
    by === 'day' ? await days.between(period, choice) : await rowsOfDay(history, period, choice)
  const total = sumOfTimes(rows.map(({ sum }) => sum))
  const known = await history.nodes()
  const denominations = [
    ...known.flatMap(one => one.denominations),
    ...total.traffic.cards.map(([faceValue]) => faceValue),
  ]
  const refused = refusedBySlot(history, period, by)
  const sold = [...new Set(denominations)].sort((one, other) => one - other)
  return {
    ...choice,
    from: period.from,
    to: period.to,
    dayBefore: period.before,
    dayAfter: period.after,
    nodes: known.map(one => one.node),
    kinds: total.kinds,
    denominations: sold,
    rows: rows.map(({ beganAt, sum }) => ({
      beganAt,
      time: slotName(beganAt, by),
      open: sum.open,
      values: { ...valuesOf(sum, sold), not_permitted: refused.of(beganAt) },
    })),
    total: { ...valuesOf(total, sold), not_permitted: refused.total },
  }
}

/** 非許容契約 of each row; `null` where no switch told of it. */
function refusedBySlot({ refusedContracts }: TrafficHistory, { from, to }: Period, by: Span) {
  const toldUntil = refusedContracts.toldUntil()
  const isTold = (beganAt: EpochMs) => toldUntil !== undefined && beganAt <= toldUntil
  const counts = new Map<EpochMs, number>()
  let sum = 0
  for (const [beganAt, calls] of refusedContracts.between(from, to)) {
    const slot = slotOf(epochMs(beganAt), by)
    counts.set(slot, (counts.get(slot) ?? 0) + calls)
    sum += calls
  }
  return {
    of: (beganAt: EpochMs) => (isTold(beganAt) ? (counts.get(beganAt) ?? 0) : null),
    total: isTold(from) ? sum : null,
  }
}

/** The quarter-hours or hours of a day, oldest first. */
async function rowsOfDay(
  history: TrafficHistory,
  { from, to }: Period,
  { by, node, kind }: ViewChoice,
): Promise<Row[]> {
  const kept = await history.between(from, to)
  const told = kept.filter(one => node === 'all' || one.node === node)
  const slots = new Map<EpochMs, Sum[]>()
  for (const nodes of byQuarterHour(told)) {
    const [first] = nodes
    if (!first) continue
    const beganAt = slotOf(first.traffic.beganAt, by)
    slots.set(beganAt, [...(slots.get(beganAt) ?? []), sumOfNodes(nodes, kind)])
  }
  return [...slots].map(([beganAt, sums]) => ({ beganAt, sum: sumOfTimes(sums) }))
}

/** Every value that a row may show; columns that are not asked for are not looked at. */
function valuesOf({ traffic, node }: Sum, denominations: readonly number[]): ViewValues {
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
    ...node,
  }
}
