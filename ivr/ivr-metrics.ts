import type { Metrics } from '../platform/metrics/metrics.js'
import type { Tally } from '../platform/metrics/tally.js'

/** A call as it is counted: which dialogue, and what it came to. */
export type CountedCall = { readonly dialogue: string; readonly result: string }

/** A dialogue's last state, as far as it tells how the call ended. */
export interface LastState {
  readonly at: string
  readonly ending?: { readonly by: 'caller' } | { readonly by: 'ivr'; readonly because: string }
}

/** What a call came to: why ivr ended it, that its caller did, or that it was cut off. */
export function resultOf({ ending }: LastState): string {
  if (!ending) return 'cut_off'
  return ending.by === 'ivr' ? ending.because : 'caller_gone'
}

/** Calls by what they came to, since ivr's start. */
export function ivrMetrics(metrics: Metrics, calls: Tally<CountedCall>): void {
  metrics.counter(
    {
      name: 'mcscp_ivr_calls_total',
      help: 'Calls that ivr spoke with, by dialogue and by what they came to.',
      labels: ['dialogue', 'result'],
    },
    () => calls.samples(),
  )
}
