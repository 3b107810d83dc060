import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { startBilling } from './billing-program.js'
import { openNocAndOffice } from './noc-and-office.js'
import { PASSWORD } from './noc-desk.js'
import { POLICY } from './scp-values.js'
import { logIn } from './screens.js'

/** noc over a real card office and a billing program, on a port of the loopback, with a person of each role. */
export async function openDesks(t: Test) {
  const billing = await startBilling(t)
  const { noc, office, close } = await openNocAndOffice(t, POLICY, { billing })
  const screens = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(close)
  return {
    noc,
    office,
    screens,
    logIn: (page: Page, role: string) => logIn(page, screens, role, PASSWORD),
  }
}
