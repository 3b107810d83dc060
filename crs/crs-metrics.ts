import type { Metrics } from '../platform/metrics/metrics.js'
import type { Counted } from './store/counted.js'

/** The counters without labels: what each is, and where it stands. */
// biome-ignore format: table
const COUNTERS: readonly [name: string, of: 'filesTaken' | 'repeated' | 'unmapped' | 'filesClosed', help: string][] = [
  ['mcscp_crs_files_taken_total',      'filesTaken',  'Quarter-hour files that were taken, each once.'],
  ['mcscp_crs_records_repeated_total', 'repeated',    'Charge records whose charge id had come before.'],
  ['mcscp_crs_records_unmapped_total', 'unmapped',    'Charge records that no code table maps, in error sections.'],
  ['mcscp_crs_files_closed_total',     'filesClosed', 'Hourly files and day closes that were closed for billing.'],
]

/** What CRS takes from nodes and closes for billing, since its store was made. */
export function crsMetrics(metrics: Metrics, counted: () => Promise<Counted>): void {
  const read = metrics.together(counted)
  for (const [name, of, help] of COUNTERS) {
    metrics.counter({ name, help }, async () => (await read())[of])
  }
  metrics.counter(
    {
      name: 'mcscp_crs_records_total',
      help: 'Charge records that were taken, each once.',
      labels: ['charge_kind'],
    },
    async () =>
      (await read()).kinds.map(one => ({ labels: { charge_kind: one.kind }, value: one.records })),
  )
  metrics.counter(
    {
      name: 'mcscp_crs_yen_total',
      help: 'Yen of these records.',
      labels: ['charge_kind'],
    },
    async () =>
      (await read()).kinds.map(one => ({ labels: { charge_kind: one.kind }, value: one.yen })),
  )
  metrics.gauge(
    {
      name: 'mcscp_crs_files_waiting',
      help: 'Closed files that billing had not reflected when it sent its last trigger.',
    },
    async () => (await read()).filesWaiting,
  )
}
