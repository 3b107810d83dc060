import { existsSync, readFileSync } from 'node:fs'
import { type Later, nodeLater } from '../../platform/deadline.js'
import { writeDurably } from '../../platform/durable-file.js'
import { guidanceFile } from '../../platform/guidance-clips.js'
import type { Home } from '../../platform/home.js'
import type { Logger } from '../../platform/log.js'
import { Rounds } from '../../platform/rounds.js'
import { readGuidanceTable } from '../rules/guidance-table.js'
import type { ScpStore } from '../store/questions.js'
import type { StandingTables } from '../store/table-versions.js'

/** Pause before the file is written again that could not be, in ms. */
const RETRY_MS = 5_000

export interface GuidanceInForceOptions {
  readonly home: Pick<Home, 'guidance'>
  readonly store: ScpStore
  readonly later?: Later
  readonly log: Logger
}

/**
 * Tells ivr by a file which guidance is in force, now and later (requirement M-05). The store decides; the
 * file follows it, whole by rename, after each act and at each start: so a kill between the two is mended.
 */
export const guidanceInForce = ({ home, store, later = nodeLater, log }: GuidanceInForceOptions) =>
  new Rounds({
    work: async () => {
      const content = contentOf(await store.ask('standingTables', undefined))
      const path = guidanceFile(home)
      if (existsSync(path) && readFileSync(path, 'utf8') === content) return undefined
      writeDurably(path, content)
      return undefined
    },
    what: 'tell ivr of its guidance',
    retryMs: RETRY_MS,
    later,
    log,
  })

function contentOf({ tables }: StandingTables): string {
  const standing = tables
    .filter(({ name }) => name === 'guidance')
    // The first is in force by the writer's own time, whatever the clock that ivr looks at shows.
    .map(({ from, text }, place) => ({ from: place === 0 ? 0 : from, clips: clipsIn(text) }))
  return `${JSON.stringify({ version: 1, standing }, null, 1)}\n`
}

function clipsIn(text: string): Readonly<Record<string, string>> {
  const reading = readGuidanceTable(text)
  const rows = reading.outcome === 'whole' ? reading.table : []
  return Object.fromEntries(rows.map(({ clip, sha256 }) => [clip, sha256]))
}
