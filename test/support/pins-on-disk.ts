import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../../platform/home.js'

const PIN_LENGTH = 14

/**
 * Files of a home in which one of these PINs stands, wherever in a row of digits. The clear files of
 * demonstration cards are where they may (architecture, point 8).
 */
export function filesWithPins(home: Home, pins: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  for (const name of readdirSync(home.folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(home.folder, name)
    if (path.startsWith(home.cards) || !statSync(path, { throwIfNoEntry: false })?.isFile())
      continue
    for (const [digits] of readFileSync(path, 'latin1').matchAll(/[0-9]{14,}/g)) {
      for (let at = 0; at + PIN_LENGTH <= digits.length; at++) {
        if (pins.has(digits.slice(at, at + PIN_LENGTH))) found.add(name)
      }
    }
  }
  return [...found]
}
