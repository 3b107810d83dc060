import { cpus, loadavg, totalmem } from 'node:os'

/** What a figure was measured on. */
export const machine = () => ({
  node: process.version,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 1_048_576),
})

/** Load averages over 1, 5 and 15 minutes. */
export const loadAverage = (): number[] => loadavg().map(load => Number(load.toFixed(2)))
