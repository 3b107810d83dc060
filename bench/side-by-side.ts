import type { Evenness } from './jitter.js'

/** One side of a comparison of senders. */
export interface Side extends Evenness {
  /** Packets that were sent and did not come. */
  readonly lost: number
  /** Processor time of the sender for a second of one stream, in ms. */
  readonly cpuMsPerStreamSecond: number
}

// biome-ignore format: table
const ROWS: readonly (readonly [title: string, key: keyof Side, digits: number])[] = [
  ['streams',                                 'streams',              0],
  ['packets',                                 'packets',              0],
  ['packets lost',                            'lost',                 0],
  ['interarrival jitter, mean, ms',           'jitterMeanMs',         2],
  ['interarrival jitter, worst stream, ms',   'jitterWorstMs',        2],
  ['off its 20 ms: p50, ms',                  'p50Ms',                2],
  ['off its 20 ms: p99, ms',                  'p99Ms',                2],
  ['off its 20 ms: p99.9, ms',                'p999Ms',               2],
  ['off its 20 ms: most, ms',                 'maxMs',                2],
  ['CPU of the sender, ms a stream second',   'cpuMsPerStreamSecond', 2],
]

/** The product and the raw sender as lines of a table. */
export const sideBySide = (product: Side, raw: Side): string[] => [
  `${''.padEnd(40)}${'product'.padStart(12)}${'raw dgram'.padStart(12)}`,
  ...ROWS.map(([title, key, digits]) => {
    const cells = [product, raw].map(side => side[key].toFixed(digits).padStart(12))
    return `${title.padEnd(40)}${cells.join('')}`
  }),
]
