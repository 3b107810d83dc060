import Database from 'better-sqlite3'
import { pino } from 'pino'
import type { Test } from 'tap'
import { billingSocket, billingStore } from '../../billing/config.js'
import { billing } from '../../billing/main.js'
import { SocketClient } from '../../platform/http-client.js'
import { charge, contractId, jst, number } from './billing-desk.js'
import { freshHome } from './fresh-home.js'
import { freePort } from './network.js'
import { openRatedDesk } from './rated-desk.js'

/** A subscriber of the books below, and one whose charge came before the contract did. */
export const SUBSCRIBER = number(1)
export const LATECOMER = number(9)

/**
 * billing as a program, over books of three months: two that are closed with their invoices, and February 2001, of
 * which the usage has come in and nothing is calculated. One charge is held. CRS is away.
 */
export async function startBilling(t: Test): Promise<SocketClient> {
  const desk = await openRatedDesk(t)
  const plan = 'digital-800-a'
  await desk.contract('K1', 1, plan, '2000-11-15')
  await desk.contract('K2', 2, plan, '2000-11-15')
  const used = [
    { of: 1, item: 'call', unitPrice: 2_000 },
    { of: 2, item: 'call', unitPrice: 700 },
  ]
  await desk.live(
    '2000-12',
    [
      charge(1, '2000-12-05T10:00', 5_000),
      charge(1, '2000-12-20T18:30', 3_000),
      charge(2, '2000-12-21T09:15', 1_000),
    ],
    used,
  )
  await desk.live('2001-01', [charge(1, '2001-01-15T12:10', 3_000)], used)
  const late = [charge(1, '2001-02-10T20:00', 10_000), charge(9, '2001-02-10T20:30', 5_000)]
  for (const one of late) desk.files.hour(one.chargedAt, [one])
  // Its close tells of one charge only.
  desk.files.close('2001-02-10', late.slice(0, 1))
  await desk.reflect()
  await desk.used('2001-02', [
    { of: 1, item: 'call', unitPrice: 2_000 },
    { of: 2, item: 'call', unitPrice: 950 },
  ])
  desk.clock.set(jst('2001-03-02T10:00'))
  await desk.store.takeContracts([
    {
      contract: contractId('K9'),
      msisdn: LATECOMER,
      contractClass: 'mobile',
      plan,
      validFrom: jst('2001-02-01'),
    },
  ])
  const home = freshHome(t)
  const books = new Database(desk.path)
  books.prepare('VACUUM INTO ?').run(billingStore(home))
  books.close()
  const running = await billing.start({
    home,
    given: {
      MCSCP_CRS_FTP_PORT: `${await freePort()}`,
      MCSCP_BILLING_ONLINE: '00:00-24:00',
    },
    clock: desk.clock,
    log: pino({ level: 'silent' }),
  })
  t.teardown(() => running.close())
  // Its first trigger never gets through, and the time for that is over.
  desk.clock.set(jst('2001-03-02T20:00'))
  const client = new SocketClient(billingSocket(home))
  t.teardown(() => client.close())
  return client
}
