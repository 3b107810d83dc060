import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Home, homeAt, makeHome } from '../../platform/home.js'

/** A home of the test's own, gone with the test; its path is short enough for Unix sockets. */
export function freshHome(t: { teardown(end: () => unknown): unknown }): Home {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-')))
  t.teardown(() => rmSync(home.folder, { recursive: true, force: true }))
  makeHome(home)
  return home
}
