import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { openNocAndOffice } from './noc-and-office.js'
import { PASSWORD } from './noc-desk.js'
import { logIn } from './screens.js'

/** noc over a real card office, on a port of the loopback, with a person of each role. */
export async function openDesks(t: Test) {
  const { noc, office, close } = await openNocAndOffice(t)
  const screens = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(close)
  return {
    noc,
    office,
    screens,
    logIn: (page: Page, role: string) => logIn(page, screens, role, PASSWORD),
  }
}
