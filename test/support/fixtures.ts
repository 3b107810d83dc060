import { existsSync } from 'node:fs'
import type { Test } from 'tap'

/** Folders that are not part of the product: messages of the RFCs, and what real servers sent. */
export type FixtureFolder = 'SIP_TORTURE_DIR' | 'WIRE_CAPTURE_DIR'

/** Where such a folder lies; `undefined` when the environment names none, or none that is there. */
export function fixtureFolder(name: FixtureFolder): string | undefined {
  const folder = process.env[name]
  return folder && existsSync(folder) ? folder : undefined
}

/**
 * Says that so many of something are not looked at: a skipped check, which stands in the closing lines
 * of `npm test`, where it is added up with the others for want of the same folder.
 */
export function skipForWant(t: Test, name: FixtureFolder, count: number, what: string): void {
  t.pass('not looked at', { skip: `for want of ${name}: ${count} ${what}` })
}
