import type { Metrics } from '../../platform/metrics/metrics.js'
import type { Tally } from '../../platform/metrics/tally.js'
import type { ArisStore } from './store.js'

/** What became of an enquiry. */
export type CountedEnquiry = { readonly result: 'told' | 'unknown' | 'refused' }

/** How often ARIS was asked, since its start, and how far billing's changes have come. */
export function arisMetrics(
  metrics: Metrics,
  store: Pick<ArisStore, 'through'>,
  enquiries: Tally<CountedEnquiry>,
): void {
  metrics.counter(
    {
      name: 'mcscp_aris_enquiries_total',
      help: 'Enquiries about a balance: told, of a number that billing does not know, or refused by its ticket.',
      labels: ['result'],
    },
    () => enquiries.samples(),
  )
  metrics.counter(
    {
      name: 'mcscp_aris_updates_total',
      help: 'Changes of billing’s that are taken.',
    },
    () => store.through(),
  )
}
