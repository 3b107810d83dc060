import type { CallReport } from './load.js'

/** The value below which `percent` of all lie; the nearest that is there. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]
}

const tally = (words: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const word of [...words].sort()) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Calls that came to something else than their behaviour must; a table has room for the first few. */
const UNEXPECTED_SHOWN = 10

/** What a load came to, as lines of a table. */
export function loadSummary(reports: readonly CallReport[], tookMs: number): string[] {
  const seconds = tookMs / 1000
  const unexpected = reports.filter(report => !report.asExpected)
  const lost = reports.reduce((sum, { lostPackets }) => sum + lostPackets, 0)
  return [
    `${reports.length} calls in ${seconds.toFixed(1)} s, ${(reports.length / seconds).toFixed(1)} a second`,
    '',
    'heard by the caller',
    ...rows(tally(reports.map(({ result }) => result))),
    'ended',
    ...rows(tally(reports.map(endingText))),
    'behaviour',
    ...rows(tally(reports.map(({ behaviour }) => behaviour))),
    'ms                       p50     p95     p99',
    times(
      'dialled to answer',
      reports.flatMap(({ answerMs }) => answerMs ?? []),
    ),
    times(
      'dialled to guidance',
      reports.flatMap(({ guidanceMs }) => guidanceMs ?? []),
    ),
    '',
    `packets of audio lost: ${lost}`,
    `not as expected: ${unexpected.length}`,
    ...unexpected
      .slice(0, UNEXPECTED_SHOWN)
      .map(report => `  ${report.behaviour}: heard ${report.result}, ${endingText(report)}`),
  ]
}

const rows = (counts: ReadonlyMap<string, number>): string[] => [
  ...[...counts].map(([word, count]) => `  ${word.padEnd(28)}${`${count}`.padStart(7)}`),
  '',
]

function times(name: string, values: readonly number[]): string {
  const cells = [50, 95, 99].map(percent => percentile(values, percent))
  const text = cells.map(value => (value === undefined ? '–' : value.toFixed(0)).padStart(8))
  return `  ${name.padEnd(19)}${text.join('')}`
}

function endingText({ ending }: CallReport): string {
  switch (ending.how) {
    case 'refused':
      return `refused ${ending.status}`
    case 'hung_up':
      return `hung up by ${ending.by}`
    case 'failed':
      return `failed: ${ending.why}`
    case 'cut_off':
      return 'cut off from the switch'
    case 'cancelled':
      return 'cancelled'
  }
}
