import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Given } from '../../platform/settings.js'
import { ENTRY } from './entry.js'

/** How long one run may take on a busy machine, in ms; then it is killed, and has no exit code. */
const PATIENCE_MS = 60_000

/** What a person at a terminal was told by one run, and its exit code. */
export interface Run {
  readonly code: number | null
  readonly told: string
  readonly complaint: string
}

/** Runs `mcscp` with these words in a process of its own, as a person would, with these settings alone. */
export async function mcscp(given: Given, ...words: string[]): Promise<Run> {
  const child = spawn(process.execPath, [ENTRY, ...words], {
    env: { PATH: process.env.PATH, ...given },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [told, complaint] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const [code] = await once(child, 'close')
  clearTimeout(patience)
  return { code, told, complaint }
}
