import { join } from 'node:path'
import type { AlarmJournal } from '../platform/alarm-journal.js'
import type { Running, Surroundings } from '../platform/program.js'
import { secretFile } from '../platform/secret-file.js'
import { readSettings } from '../platform/settings.js'
import { networkSettings } from './network-settings.js'
import { PROGRAMS } from './programs.js'

/** Where a program tells its metrics: ports follow each other in the order of the programs. */
export const metricsPortOf = (first: number, program: string): number =>
  first + PROGRAMS.findIndex(({ name }) => name === program)

/** What stands beside a program that has started. */
export interface StartedProgram {
  readonly name: string
  readonly running: Running
  readonly alarms: Pick<AlarmJournal, 'standing'>
}

/** Lets a program tell its metrics where the settings want it; the result ends that. */
export async function openMetrics(
  { name, running, alarms }: StartedProgram,
  { home, given, clock, log }: Surroundings,
): Promise<() => Promise<void>> {
  const { metricsPort } = readSettings(networkSettings, given)
  if (metricsPort === undefined) return async () => {}
  // Loaded only where they are wanted.
  const [{ Metrics }, { programMetrics }, { openMetricsEdge }] = await Promise.all([
    import('../platform/metrics/metrics.js'),
    import('../platform/metrics/program-metrics.js'),
    import('../platform/metrics/metrics-edge.js'),
  ])
  const metrics = new Metrics()
  const end = programMetrics(metrics, {
    status: () => running.status(),
    standing: () => alarms.standing(),
    clock,
  })
  running.registerMetrics?.(metrics)
  const close = await openMetricsEdge({
    port: metricsPortOf(metricsPort, name),
    setting: networkSettings.metricsPort.name,
    token: secretFile(join(home.keys, 'metrics-token')),
    metrics,
    log,
  })
  return async () => {
    await close()
    end()
  }
}
