import { readdir } from 'node:fs/promises'
import type { Home } from '../../platform/home.js'

const STATUS = '.status'

/** The programs that run in a home, or ended without a chance to say so: their status sockets are there. */
export async function programsOf(home: Home): Promise<string[]> {
  const names = await readdir(home.sockets)
  return names.filter(name => name.endsWith(STATUS)).map(name => name.slice(0, -STATUS.length))
}
