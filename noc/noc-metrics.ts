import type { Clock } from '../domain/clock.js'
import { SEVERITIES } from '../platform/alarm-codes.js'
import type { Metrics } from '../platform/metrics/metrics.js'
import type { AlarmBook } from './store/alarm-book.js'
import type { TrafficState } from './traffic/collector.js'

/** Where noc's own metrics come from. */
export interface NocMetricsOptions {
  readonly alarms: Pick<AlarmBook, 'standing'>
  readonly traffic: () => TrafficState
  /** The network's. */
  readonly clock: Clock
}

/** What operators see of the whole network: who saw to its alarms, and how old the charge traffic is. */
export function nocMetrics(metrics: Metrics, { alarms, traffic, clock }: NocMetricsOptions): void {
  metrics.gauge(
    {
      name: 'mcscp_network_alarms_standing',
      help: 'Alarms of all programs that stand, by whether somebody acknowledged them.',
      labels: ['severity', 'acknowledged'],
    },
    async () => {
      const standing = await alarms.standing()
      return SEVERITIES.flatMap(severity =>
        [true, false].map(seen => ({
          labels: { severity, acknowledged: seen ? 'yes' : 'no' },
          value: standing.filter(
            one => one.severity === severity && (one.acknowledged !== undefined) === seen,
          ).length,
        })),
      )
    },
  )
  metrics.gauge(
    {
      name: 'mcscp_traffic_age_seconds',
      help: 'How old what noc knows of the charge traffic is, by the network’s clock; absent before scp told any.',
    },
    () => {
      const { asOf } = traffic()
      return asOf === undefined ? [] : Math.max(0, clock.now() - asOf) / 1_000
    },
  )
}
