import type { Metrics } from '../../platform/metrics/metrics.js'
import type { Bindings } from './bindings.js'
import type { Counts } from './counts.js'

/** What the switch counts: 非許容契約 of Figure 6 too, which the MCSCP never sees. */
export function switchMetrics(
  metrics: Metrics,
  counts: Pick<Counts, 'all'>,
  bindings: Pick<Bindings, 'registeredNumbers'>,
): void {
  metrics.counter(
    {
      name: 'mcscp_switch_events_total',
      help: 'What the switch has counted since its start, by the names of its counts.',
      labels: ['event'],
    },
    () => Object.entries(counts.all()).map(([event, value]) => ({ labels: { event }, value })),
  )
  metrics.gauge({ name: 'mcscp_registered_handsets', help: 'Handsets that are registered.' }, () =>
    bindings.registeredNumbers(),
  )
}
