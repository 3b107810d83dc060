import type { Metrics } from '../platform/metrics/metrics.js'
import type { Database } from '../platform/store.js'

/** What is counted since the store was made; nothing of it is ever deleted, so the last number is the count. */
// biome-ignore format: table
const COUNTERS: readonly [name: string, sql: string, help: string][] = [
  ['mcscp_billing_files_reflected_total', 'SELECT count(*) FROM received_file',       'Files of CRS that were reflected.'],
  ['mcscp_billing_charges_total',         'SELECT max(charge_no) FROM charge',        'Charges taken in, those held as errors too.'],
  ['mcscp_billing_ledger_entries_total',  'SELECT max(entry_no) FROM ledger_entry',   'Entries of the ledger.'],
]

/** What stands at present. */
// biome-ignore format: table
const GAUGES: readonly [name: string, sql: string, help: string][] = [
  ['mcscp_billing_held_charges',     'SELECT count(*) FROM held_charge WHERE settled_at IS NULL',                            'Charges that are held as errors.'],
  ['mcscp_billing_unconfirmed_days', 'SELECT count(*) FROM day WHERE difference IS NOT NULL AND confirmed_at IS NULL',       'Days whose close differs and that nobody has confirmed.'],
  ['mcscp_billing_exchange_stopped', "SELECT count(*) FROM exchange WHERE state = 'stopped'",                                'Whether billing sends no triggers until somebody lets it: 1 or 0.'],
]

/** What billing took in and holds, read beside its writer. */
export function billingMetrics(metrics: Metrics, beside: Database): void {
  const reading = (sql: string) => {
    const read = beside.prepare<[], number | null>(sql).pluck()
    return () => Number(read.get() ?? 0)
  }
  for (const [name, sql, help] of COUNTERS) metrics.counter({ name, help }, reading(sql))
  for (const [name, sql, help] of GAUGES) metrics.gauge({ name, help }, reading(sql))
}
