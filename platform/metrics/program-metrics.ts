import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../../domain/clock.js'
import { SEVERITIES, type Severity } from '../alarm-codes.js'
import type { ProgramStatus } from '../status.js'
import { COMMIT_BOUNDS_S, commitTimes } from './commit-times.js'
import type { Metrics } from './metrics.js'

/** How often the event loop is looked at, in ms. */
const LOOK_EVERY_MS = 20

const NANOSECONDS = 1e9

/** Where the metrics that every program tells come from. */
export interface ProgramMetricsOptions {
  readonly status: () => ProgramStatus
  /** How many of its alarms stand, by severity. */
  readonly standing: () => ReadonlyMap<Severity, number>
  /** The network's. */
  readonly clock: Clock
}

/** The metrics that every program tells. The result ends what they stand on. */
export function programMetrics(
  metrics: Metrics,
  { status, standing, clock }: ProgramMetricsOptions,
): () => void {
  metrics.gauge(
    {
      name: 'mcscp_ready',
      help: 'Whether the program has all that it needs for its work: 1 or 0.',
    },
    () => Number(status().ready),
  )
  metrics.gauge(
    {
      name: 'mcscp_calls_in_progress',
      help: 'Calls that the program holds anything for; a signalling engine counts dialogs.',
    },
    () => status().calls,
  )
  metrics.gauge(
    {
      name: 'mcscp_alarms_standing',
      help: 'Alarms that the program raised and has not cleared.',
      labels: ['severity'],
    },
    () => {
      const counts = standing()
      return SEVERITIES.map(severity => ({
        labels: { severity },
        value: counts.get(severity) ?? 0,
      }))
    },
  )
  metrics.gauge(
    {
      name: 'mcscp_network_clock_seconds',
      help: 'The clock of the network, in seconds since 1970; only a simulation moves it.',
    },
    () => clock.now() / 1_000,
  )
  storeMetrics(metrics)
  return processMetrics(metrics)
}

function storeMetrics(metrics: Metrics): void {
  metrics.histogram(
    {
      name: 'mcscp_store_commit_duration_seconds',
      help: 'How long commits of the program’s store took until they were on disk.',
    },
    () => {
      const { counts, sumSeconds } = commitTimes.read()
      return { bounds: COMMIT_BOUNDS_S, counts, sum: sumSeconds }
    },
  )
  metrics.counter(
    { name: 'mcscp_store_commits_failed_total', help: 'Commits that failed.' },
    () => commitTimes.read().failed,
  )
}

/** What Node knows of the process, by the names that Prometheus’ own clients give it. */
function processMetrics(metrics: Metrics): () => void {
  const startedAt = Date.now() / 1_000 - process.uptime()
  metrics.gauge(
    {
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970.',
    },
    () => startedAt,
  )
  metrics.counter(
    { name: 'process_cpu_seconds_total', help: 'CPU time of the process, in seconds.' },
    () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000_000
    },
  )
  metrics.gauge(
    { name: 'process_resident_memory_bytes', help: 'Memory of the process, in bytes.' },
    () => process.memoryUsage.rss(),
  )
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS })
  delay.enable()
  metrics.gauge(
    {
      name: 'mcscp_event_loop_delay_seconds',
      help: 'How late the event loop was since it was asked last, beside the pause between two looks.',
      labels: ['statistic'],
    },
    () => eventLoopDelay(delay),
  )
  return () => delay.disable()
}

function eventLoopDelay(delay: IntervalHistogram) {
  const seconds = (nanoseconds: number) =>
    Math.max(0, nanoseconds / NANOSECONDS - LOOK_EVERY_MS / 1_000)
  const looked = delay.count > 0
  const told = [
    { labels: { statistic: 'p50' }, value: looked ? seconds(delay.percentile(50)) : 0 },
    { labels: { statistic: 'p99' }, value: looked ? seconds(delay.percentile(99)) : 0 },
    { labels: { statistic: 'max' }, value: looked ? seconds(delay.max) : 0 },
  ]
  delay.reset()
  return told
}
