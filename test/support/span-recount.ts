import {
  CALL_RESULTS,
  type QuarterHourTraffic,
  type TrafficOfKind,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { jstText } from '../../domain/jst.js'
import type { ViewRow } from '../../noc/traffic/messages.js'
import type { Span } from '../../noc/traffic/slots.js'

/** Which charge kind is looked at. */
type Kind = 'mobilers' | 'pricall' | 'all'

/** How much of `2001-01-15T10:15` names the row in which a moment stands. */
const NAME_LENGTH: Readonly<Record<Span, number>> = { 'quarter-hour': 16, hour: 13, day: 10 }

/** `2001-01-15T10:15`, `2001-01-15T10` or `2001-01-15`: the row in which a moment stands. */
export const spanName = (beganAt: Parameters<typeof jstText>[0], by: Span): string =>
  jstText(beganAt).slice(0, NAME_LENGTH[by])

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

/**
 * The values in which rows differ from what one node told of their quarter-hours, counted afresh here: counts
 * are added up, peaks are not, and holding times are taken call by call.
 */
export function brokenSpans(
  rows: readonly ViewRow[],
  told: readonly QuarterHourTraffic[],
  { by, kind }: { readonly by: Span; readonly kind: Kind },
): readonly string[] {
  const groups = new Map<string, QuarterHourTraffic[]>()
  for (const one of told) {
    const name = spanName(one.beganAt, by)
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  const broken: string[] = []
  for (const { beganAt, values } of rows) {
    const name = spanName(beganAt, by)
    const expected = expectedOf(groups.get(name) ?? [], kind, Object.keys(values))
    groups.delete(name)
    for (const [id, value] of Object.entries(expected)) {
      if (!near(values[id], value)) broken.push(`${name} ${id}: ${values[id]}, ${value}`)
    }
  }
  return [...broken, ...[...groups.keys()].map(name => `${name} has no row`)]
}

const near = (one: number | null | undefined, other: number | null): boolean =>
  typeof one === 'number' && other !== null ? Math.abs(one - other) < 1e-9 : one === other

function expectedOf(
  quarterHours: readonly QuarterHourTraffic[],
  kind: Kind,
  ids: readonly string[],
): Record<string, number | null> {
  const kinds = quarterHours.flatMap(one =>
    one.kinds.filter(row => kind === 'all' || row.kind === kind),
  )
  const count = (of: keyof TrafficOfKind['counts']) =>
    sum(kinds.map(({ counts }) => counts[of] ?? 0))
  const answered = sum(CALL_RESULTS.map(count))
  const peaks =
    kind === 'all' ? quarterHours.map(({ peak }) => peak) : kinds.map(({ peak }) => peak)
  const cards = (faceValue: number) =>
    sum(kinds.flatMap(row => row.cards.filter(([of]) => of === faceValue).map(([, n]) => n)))
  const faceValues = ids.flatMap(id => /^cards_(\d+)$/.exec(id)?.[1] ?? []).map(Number)
  const lengths = kinds
    .flatMap(({ holding }) => holding.flatMap(([s, calls]) => Array<number>(calls).fill(s)))
    .sort((one, other) => one - other)
  const last = quarterHours.at(-1)
  return {
    ...Object.fromEntries(
      [...UNANSWERED, ...CALL_RESULTS, 'entries', 'newly_locked'].map(of => [
        of,
        count(of as keyof TrafficOfKind['counts']),
      ]),
    ),
    answered,
    offered: answered + sum(UNANSWERED.map(count)),
    out_of_service: count('not_in_service') + count('service_stopped'),
    peak: Math.max(0, ...peaks),
    entries_per_call: answered === 0 ? null : count('entries') / answered,
    completion: answered === 0 ? null : count('accepted') / answered,
    holding_mean: lengths.length === 0 ? null : count('held_ms') / lengths.length / 1_000,
    holding_p95: lengths[Math.ceil(lengths.length * 0.95) - 1] ?? null,
    ...Object.fromEntries(faceValues.map(of => [`cards_${of}`, cards(of)])),
    ...Object.fromEntries(faceValues.map(of => [`yen_${of}`, cards(of) * of])),
    total_yen: sum(faceValues.map(of => cards(of) * of)),
    now_locked: last?.nowLocked ?? null,
    unlocked: sum(quarterHours.map(({ unlocked }) => unlocked)),
    crs_sent: sum(quarterHours.map(({ toCrs }) => toCrs.sent)),
    crs_resent: sum(quarterHours.map(({ toCrs }) => toCrs.resent)),
    crs_errors: sum(quarterHours.map(({ toCrs }) => toCrs.errors)),
    crs_last: last?.toCrs.lastNumber ?? null,
    crs_acknowledged: sum(quarterHours.map(({ toCrs }) => toCrs.acknowledged)),
    crs_waiting: last?.toCrs.waiting ?? null,
    crs_oldest: last?.toCrs.oldestMinutes ?? null,
  }
}
