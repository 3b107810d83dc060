import { CHARGE_KINDS } from '../domain/charge-kind.js'
import {
  CALL_RESULTS,
  type TrafficKind,
  type TrafficMeasure,
  type TransferCounts,
  UNANSWERED,
} from '../domain/charge-traffic.js'
import type { Clock } from '../domain/clock.js'
import type { Metrics, Sample } from '../platform/metrics/metrics.js'
import type { TrafficTotals } from './store/traffic-totals.js'

/** Where scp's own metrics come from. */
export interface TrafficMetricsOptions {
  readonly totals: (now: ReturnType<Clock['now']>) => Promise<TrafficTotals>
  /** The network's. */
  readonly clock: Clock
}

/** Counters that are told by charge kind alone, with what they count. */
const BY_KIND: readonly [name: string, measure: TrafficMeasure, help: string, per: number][] = [
  ['mcscp_charge_entries_total', 'entries', 'Card numbers that were looked at.', 1],
  ['mcscp_handsets_locked_total', 'newly_locked', 'Entries that locked a handset.', 1],
  ['mcscp_charge_calls_held_total', 'held_calls', 'Answered calls whose length is known.', 1],
  ['mcscp_charge_call_holding_seconds_total', 'held_ms', 'Length of these calls, in s.', 1_000],
]

/**
 * The charge traffic (Figure 6) as counters, all that this node ever counted: calls by what they came to, cards
 * and yen; and what waits on its way to CRS.
 */
export function trafficMetrics(metrics: Metrics, { totals, clock }: TrafficMetricsOptions): void {
  const read = metrics.together(() => totals(clock.now()))
  metrics.counter(
    {
      name: 'mcscp_charge_calls_total',
      help: 'Calls to 1400 that ended or were refused, by what they came to: each in one result.',
      labels: ['charge_kind', 'result'],
    },
    async () => {
      const counted = await read()
      return kindsOf(counted).flatMap(kind =>
        [...UNANSWERED, ...CALL_RESULTS].map(result => ({
          labels: { charge_kind: kind, result },
          value: countOf(counted, kind, result),
        })),
      )
    },
  )
  for (const [name, measure, help, per] of BY_KIND) {
    metrics.counter({ name, help, labels: ['charge_kind'] }, async () => {
      const counted = await read()
      return kindsOf(counted).map(kind => ({
        labels: { charge_kind: kind },
        value: countOf(counted, kind, measure) / per,
      }))
    })
  }
  cardMetrics(metrics, read)
  transferMetrics(metrics, read)
  waitingMetrics(metrics, read)
}

function cardMetrics(metrics: Metrics, read: () => Promise<TrafficTotals>): void {
  const byValue = (per: (faceValue: number) => number) => async (): Promise<Sample[]> =>
    (await read()).cards.map(({ kind, faceValue, cards }) => ({
      labels: { charge_kind: kind, face_value_yen: `${faceValue}` },
      value: cards * per(faceValue),
    }))
  const labels = ['charge_kind', 'face_value_yen']
  metrics.counter(
    { name: 'mcscp_charged_cards_total', help: 'Cards that were registered.', labels },
    byValue(() => 1),
  )
  metrics.counter(
    { name: 'mcscp_charged_yen_total', help: 'Face value of these cards, in yen.', labels },
    byValue(faceValue => faceValue),
  )
}

/** What went to CRS, by its count. */
const TO_CRS: readonly [name: string, of: keyof TransferCounts, help: string][] = [
  ['mcscp_crs_sent_records_total', 'sent', 'Charge records sent to CRS for the first time.'],
  ['mcscp_crs_resent_files_total', 'resent', 'Quarter-hour files that were sent once more.'],
  ['mcscp_crs_transfer_errors_total', 'errors', 'Requests that CRS did not acknowledge.'],
]

function transferMetrics(metrics: Metrics, read: () => Promise<TrafficTotals>): void {
  for (const [name, of, help] of TO_CRS) {
    metrics.counter({ name, help }, async () => (await read()).transfers[of])
  }
}

function waitingMetrics(metrics: Metrics, read: () => Promise<TrafficTotals>): void {
  metrics.gauge(
    { name: 'mcscp_handsets_locked', help: 'Handsets that are locked.' },
    async () => (await read()).nowLocked,
  )
  metrics.gauge(
    {
      name: 'mcscp_crs_backlog_files',
      help: 'Closed quarter-hour files that CRS has not acknowledged.',
    },
    async () => (await read()).waiting,
  )
  metrics.gauge(
    {
      name: 'mcscp_crs_backlog_oldest_seconds',
      help: 'For how long the oldest of them waits, by the network’s clock.',
    },
    async () => (await read()).oldestMs / 1_000,
  )
}

/** The network's own kinds, from the first scrape on, and those of added scenarios once they had a call. */
const kindsOf = ({ counts }: TrafficTotals): readonly TrafficKind[] => [
  ...new Set<TrafficKind>([...CHARGE_KINDS, 'none', ...counts.map(({ kind }) => kind)]),
]

const countOf = ({ counts }: TrafficTotals, kind: TrafficKind, measure: TrafficMeasure): number =>
  counts.find(one => one.kind === kind && one.measure === measure)?.amount ?? 0
