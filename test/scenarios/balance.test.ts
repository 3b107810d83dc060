import { join } from 'node:path'
import t from 'tap'
import { yen } from '../../domain/yen.js'
import { phrase } from '../../guidance-audio/phrase.js'
import { SocketClient } from '../../platform/http-client.js'
import { Callers, subscriber } from '../support/callers.js'
import { Network } from '../support/network.js'
import { ScpBooks } from '../support/scp-books.js'

t.setTimeout(300_000)

const MOBILERS = subscriber(31)
const ENGLISH = subscriber(40)
const LOCKED = subscriber(32)
const PREPAID = '09010014001'

/** Clips as handsets tell them: without the ending of the file. */
const clips = (files: readonly string[]) => files.map(file => file.replace(/\.wav$/, ''))

/** What a call to 157 tells up to a clip; the caller neither waits for the welcome to end nor for the rest. */
async function ask(callers: Callers, from: string, through: string) {
  const call = await callers.call(from, '157')
  await call.key('5')
  await call.hears(through)
  await call.hangUp()
  return call.transcript()
}

/** Whether these were heard one after the other. */
const tells = (heard: readonly string[], files: readonly string[]): boolean =>
  heard.join(' ').includes(clips(files).join(' '))

/** Keys a card, to the words that tell what became of it. */
async function keyCard(callers: Callers, from: string, pin: string, told: string) {
  const call = await callers.call(from)
  await call.key(`${pin}#`)
  await call.hears(told)
  await call.hangUp()
}

t.test('S-29, S-30, S-05: 157 before and after, locked, in English, and for Pricall', async t => {
  const network = await Network.start(t, { MCSCP_LOCK_CONSECUTIVE: '1' })
  const callers = new Callers(t, network)
  const books = new ScpBooks(network.home)
  const aris = new SocketClient(join(network.home.sockets, 'aris.sock'))
  const mscp = new SocketClient(join(network.home.sockets, 'mls.sock'))
  t.teardown(() => {
    aris.close()
    mscp.close()
  })
  const get = async (client: SocketClient, path: string) =>
    Object((await client.ask({ method: 'GET', path, deadlineMs: 5_000 })).body)
  const [first, second] = network.cards()
  const month = (amount: number, language: 'ja' | 'en' = 'ja') =>
    phrase(language, 'balance-month', { amount: yen(amount) })
  await network.until(async () => (await get(aris, '/updates')).through > 0)

  // Each caller in its own order, all at once.
  const ofMobilers = async () => {
    const before = await ask(callers, MOBILERS, 'ja/balance-month-2')
    await keyCard(callers, MOBILERS, `${second?.pin}`, 'ja/charge-succeeded-1')
    return { before, after: await ask(callers, MOBILERS, 'ja/balance-unconfirmed-2') }
  }
  const ofLocked = async () => {
    await keyCard(callers, LOCKED, '90817263545362', 'ja/locked')
    return ask(callers, LOCKED, 'ja/balance-locked')
  }
  const ofPrepaid = async () => {
    await keyCard(callers, PREPAID, `${first?.pin}`, 'ja/charge-succeeded-pricall-1')
    await network.until(async () => (await get(mscp, `/units/${PREPAID}`)).left > 0)
    return ask(callers, PREPAID, 'ja/balance-month-2')
  }
  const [{ before, after }, english, locked, units] = await Promise.all([
    ofMobilers(),
    ask(callers, ENGLISH, 'en/balance-repeat'),
    ofLocked(),
    ofPrepaid(),
  ])

  t.test('S-29: before a charge', async t => {
    t.ok(tells(before, month(0)), 'nothing this month')
    t.ok(tells(english, month(0, 'en')), 'in English by the profile')
    const nextBill = phrase('en', 'balance-next-bill', { amount: yen(0) })
    t.ok(tells(english, nextBill), 'billing’s figures, from ARIS')
    t.notOk(english.includes('en/balance-unconfirmed-1'), 'nothing unconfirmed is not told')
  })

  t.test('S-29, A-05: after a charge', async t => {
    t.ok(tells(after, month(3_000)), 'this month, exact at once')
    t.ok(
      tells(after, phrase('ja', 'balance-unconfirmed', { amount: yen(3_000) })),
      'not in billing’s figures yet: 未確定',
    )
  })

  t.test('S-30: a locked handset hears 157, and that it is locked', async t => {
    t.ok(books.lock(LOCKED).locked)
    t.ok(tells(locked, month(0)))
    t.ok(locked.includes('ja/balance-locked'))
  })

  t.test('S-05: a Pricall subscriber hears units', async t => {
    t.ok(tells(units, phrase('ja', 'pricall-units-left', { left: 300 })), '3,000 yen')
    t.notOk(units.includes('ja/balance-next-bill-1'), 'and no bill')
    const { additions } = await get(mscp, '/unit-additions')
    t.match(additions, [{ msisdn: PREPAID, units: 300 }])
  })

  t.test('architecture, point 7: no number stands in the logs of ivr and media', async t => {
    const lines = JSON.stringify([...network.log('ivr'), ...network.log('media')])
    for (const number of [MOBILERS, ENGLISH, LOCKED, PREPAID]) t.notMatch(lines, number)
  })
})
