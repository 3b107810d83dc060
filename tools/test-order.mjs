// Which test files belong to which tier, and in which order they are run.
import { existsSync, readdirSync } from 'node:fs'
import { root } from './run.mjs'

/** Longest that a file may take in all, in s: one that hangs must not take the others' time. */
const COMMIT_FILE_LIMIT_S = 420
const NIGHT_FILE_LIMIT_S = 3 * 3_600

/** The tiers: commit needs npm alone, phones needs SIPp, baresip and Chromium, night takes long. */
export const TIERS = {
  commit: {
    holds: path => !/^(phones|browser|night)\//.test(path),
    fileLimitS: COMMIT_FILE_LIMIT_S,
  },
  phones: {
    holds: path => /^(phones|browser)\//.test(path),
    fileLimitS: COMMIT_FILE_LIMIT_S,
  },
  night: { holds: path => path.startsWith('night/'), fileLimitS: NIGHT_FILE_LIMIT_S },
}

/** These compare what a phone hears sample by sample: none of the rest may run while they do. */
const ALONE = ['phones/refusals', 'phones/charge-call', 'phones/keyed-calls']

/**
 * What takes longest must not be alone at the end. Those that take more than about 8 s, longest first; a
 * file's seconds stand in its line of every run.
 */
const LONGEST = [
  'scenarios/network',
  'browser/operator-screens',
  'browser/charge-traffic',
  'scenarios/mobilers-story',
  'scenarios/clock',
  'scenarios/day',
  'scenarios/at-once',
  'scenarios/customer-life',
  'scenarios/program-kills',
  'scenarios/hang-up-table',
  'scenarios/balance',
  'switch-sim/callers',
  'faults/road-kill-points',
  'faults/month-end',
  'mcscp/failures',
  'scp/kill',
  'scp/batch-making',
  'scp/simulator',
  'scp/kill-points',
  'scenarios/charge-dialogue',
  'engines/signalling/sip/fuzz',
  'scp/store-trouble',
  'scp/races',
  'mcscp/supervisor',
]

/** The files of some tiers in two groups: those that may run beside each other, and those that may not. */
export function orderedFiles(tiers) {
  for (const name of [...LONGEST, ...ALONE]) {
    if (!existsSync(`${root}test/${name}.test.ts`)) throw new Error(`no such test file: ${name}`)
  }
  const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .map(path => path.replace(/\.test\.ts$/, ''))
    .filter(path => tiers.some(tier => TIERS[tier].holds(path)))
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
  return {
    together: files.filter(path => !ALONE.includes(path)),
    alone: ALONE.filter(path => files.includes(path)),
  }
}

/** Place in the list of the longest, or behind it. */
const place = path => (LONGEST.includes(path) ? LONGEST.indexOf(path) : LONGEST.length)
