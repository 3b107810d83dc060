import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { metricsPortOf } from '../../mcscp/open-metrics.js'
import { PROGRAMS } from '../../mcscp/programs.js'
import type { Home } from '../../platform/home.js'
import { readSecretFile } from '../../platform/secret-file.js'
import { type Family, readPrometheusText } from './prometheus-text.js'

/** Where free ports in a row are looked for: below those that the system gives out by itself. */
const FIRST = 15_000
const ROWS = 400

/** Longest that a program may take to tell its metrics on a busy machine, in ms. */
const PATIENCE_MS = 60_000

/** What one program told. */
export interface Scraped {
  readonly program: string
  readonly text: string
  readonly families: ReadonlyMap<string, Family>
}

/** The first of as many free ports in a row as there are programs. */
export async function freeMetricsPort(): Promise<number> {
  const length = PROGRAMS.length
  for (let row = 0; row < ROWS; row++) {
    const first = FIRST + ((process.pid + row) % ROWS) * length
    const free = await Promise.all(Array.from({ length }, (_, n) => isFree(first + n)))
    if (free.every(Boolean)) return first
  }
  throw new Error('there are no free ports in a row')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const listens = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!listens) return false
  server.close()
  await once(server, 'close')
  return true
}

/** Asks a program as Prometheus would; the answer as it came. */
export function scrape(home: Home, first: number, program: string, token?: string) {
  const shown = token ?? readSecretFile(join(home.keys, 'metrics-token')) ?? ''
  return fetch(`http://127.0.0.1:${metricsPortOf(first, program)}/metrics`, {
    headers: shown === '' ? {} : { authorization: `Bearer ${shown}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
}

/** What every program tells, read strictly. */
export const scrapeAll = (home: Home, first: number): Promise<Scraped[]> =>
  Promise.all(
    PROGRAMS.map(async ({ name: program }) => {
      const answer = await scrape(home, first, program)
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${program}: ${answer.status} ${text}`)
      return { program, text, families: readPrometheusText(text) }
    }),
  )
