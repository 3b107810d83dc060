import { rmSync } from 'node:fs'
import { pino } from 'pino'
import t from 'tap'
import { arisSocket, arisStore } from '../../billing/aris/config.js'
import { ArisFeed } from '../../billing/aris/feed.js'
import { aris } from '../../billing/aris/main.js'
import { type ArisKnowledge, visibleAt } from '../../billing/aris/visible.js'
import { addMonths, type JstDay, type JstMonth } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import {
  enquiryTicketKey,
  openEnquiryTicket,
  sealEnquiryTicket,
  TICKET_LIFETIME_MS,
} from '../../platform/enquiry-ticket.js'
import { Fault } from '../../platform/fault.js'
import { SocketClient } from '../../platform/http-client.js'
import { charge, contractId, jst, number, openBillingDesk } from '../support/billing-desk.js'
import { quickLater, until } from '../support/exchange-rig.js'
import { freshHome } from '../support/fresh-home.js'

t.test('a ticket carries the number from scp to aris, and nobody between reads it', async t => {
  const home = freshHome(t)
  const key = enquiryTicketKey(home)
  t.equal(key.length, 32)
  t.strictSame(enquiryTicketKey(home), key, 'both programs have the same key')
  const caller = parseMsisdn('09012345678')
  if (!caller) throw new Error('not a number')
  const madeAt = 975_628_800_000
  const ticket = await sealEnquiryTicket(key, caller, madeAt)
  t.notMatch(Buffer.from(ticket, 'base64url').toString('latin1'), '12345678')
  t.equal(ticket.split('.').length, 5, 'a compact JWE')
  t.equal(ticket.split('.')[1], '', 'dir: no encrypted key')

  // biome-ignore format: table
  for (const [atMs, opened, because] of [
    [madeAt,                           true,  'at once'],
    [madeAt + TICKET_LIFETIME_MS,      true,  'five minutes later to the ms'],
    [madeAt + TICKET_LIFETIME_MS + 1,  false, 'later'],
    [madeAt - 60_000,                  true,  'made by a clock a minute ahead'],
    [madeAt - 60_001,                  false, 'made in the future'],
  ] as const) {
    const answer = openEnquiryTicket(key, ticket, atMs)
    if (opened) t.equal(await answer, caller, because)
    else await t.rejects(answer, { code: 'TICKET_REFUSED' }, because)
  }
  const other = enquiryTicketKey(freshHome(t))
  for (const [sealed, because] of [
    [ticket, 'another network’s key'],
    [
      ticket.replace(/\.(.)(?=[^.]*$)/, (_, c) => `.${c === 'A' ? 'B' : 'A'}`),
      'its tag was changed',
    ],
    ['', 'nothing at all'],
    ['a.b.c.d.e', 'not a JWE'],
  ] as const) {
    const opening = openEnquiryTicket(because.startsWith('another') ? other : key, sealed, madeAt)
    await t.rejects(opening, { code: 'TICKET_REFUSED' }, because)
  }
})

/** What is known of a contract, in short: entries by day of charge, months closed, days confirmed. */
function knowledge(t: {
  readonly charges?: readonly (readonly [day: string, amount: number])[]
  readonly invoices?: readonly (readonly [month: string, applied: number, out: number])[]
  readonly closed?: readonly string[]
  readonly through?: string
}): ArisKnowledge {
  const charges = (t.charges ?? []).map(([day, amount]) => ({
    amount: yen(amount),
    month: day.slice(0, 7) as JstMonth,
    day: day as JstDay,
    chargedAt: jst(`${day}T12:00`),
  }))
  const invoices = (t.invoices ?? []).map(([month, applied, carriedOut]) => ({
    month: month as JstMonth,
    appliedYen: yen(applied),
    carriedOutYen: yen(carriedOut),
  }))
  const applications = invoices.map(({ month, appliedYen }) => ({
    amount: yen(-appliedYen),
    month,
    day: undefined,
    chargedAt: undefined,
  }))
  return {
    entries: [...charges, ...applications],
    invoices,
    closedMonths: (t.closed ?? []) as JstMonth[],
    confirmedThrough: (t.through ?? '9999-12-31') as JstDay,
  }
}

t.test('A-03: a charge of day d can be asked for from d+2 at 0:00', async t => {
  const known = knowledge({ charges: [['2001-01-10', 3_000]] })
  // biome-ignore format: table
  for (const [at, asOf, balanceYen] of [
    ['2001-01-10T23:59',        '2001-01-08', 0],
    ['2001-01-11T23:59:59.999', '2001-01-09', 0],
    ['2001-01-12T00:00',        '2001-01-10', 3_000],
    ['2001-01-13T00:00',        '2001-01-11', 3_000],
  ] as const) {
    t.match(visibleAt(known, jst(at)), { asOf, balanceYen }, at)
  }
  const late = { ...known, confirmedThrough: '2001-01-09' as JstDay }
  t.match(visibleAt(late, jst('2001-01-20')), {
    asOf: '2001-01-09',
    balanceYen: 0,
    validUntil: null,
  })
})

t.test('A-04: fixed invoice figures show from the 15th, and all figures with them', async t => {
  const known = knowledge({
    charges: [
      ['2001-01-20', 8_000],
      ['2001-02-03', 1_000],
    ],
    invoices: [
      ['2000-12', 0, 2_000],
      ['2001-01', 9_744, 256],
    ],
    closed: ['2000-12', '2001-01'],
  })
  const carried = {
    amount: yen(2_000),
    month: '2000-12',
    day: '2000-12-05',
    chargedAt: jst('2000-12-05'),
  }
  const entries = [...known.entries, carried] as ArisKnowledge['entries']
  // biome-ignore format: table
  for (const [at, next, balance, invoice, because] of [
    ['2001-02-14T23:59:59.999', 10_000, 11_000, { month: '2000-12', appliedYen: 0,     carriedOutYen: 2_000 }, 'the old figures'],
    ['2001-02-15T00:00',        1_256,  1_256,  { month: '2001-01', appliedYen: 9_744, carriedOutYen: 256 },   'the new ones'],
  ] as const) {
    const told = visibleAt({ ...known, entries }, jst(at))
    t.match(told, { nextApplicationYen: next, balanceYen: balance, lastInvoice: invoice }, because)
    t.equal(told.validUntil, '2003-02-28')
  }
  const open = { ...known, entries, closedMonths: ['2000-12'] as JstMonth[] }
  t.match(
    visibleAt(open, jst('2001-02-20')),
    { nextApplicationYen: 10_000, lastInvoice: { month: '2000-12' } },
    'a month that is not closed is not told on the 15th either',
  )
  t.match(
    visibleAt({ ...open, closedMonths: [] }, jst('2001-02-14')),
    { nextApplicationYen: 10_000, balanceYen: 11_000, lastInvoice: null },
    'before the first close the calendar says which invoice is next',
  )
})

t.test('S-25: what is over is not there, also before it is booked', async t => {
  const known = knowledge({ charges: [['2001-01-20', 8_000]] })
  // biome-ignore format: table
  for (const [at, next, balance, until, because] of [
    ['2003-01-14', 8_000, 8_000, '2003-01-31', 'the invoice issued in January may use it'],
    ['2003-01-31', 0,     8_000, '2003-01-31', 'the one issued in February is too late'],
    ['2003-02-01', 0,     0,     null,         'over'],
  ] as const) {
    const told = visibleAt({ ...known, closedMonths: ['2002-11'] as JstMonth[] }, jst(at))
    t.match(told.balanceYen, balance, because)
    t.equal(told.validUntil, until)
    const closed = addMonths(at.slice(0, 7) as JstMonth, at.endsWith('14') ? -2 : -1)
    const onTime = visibleAt({ ...known, closedMonths: [closed] }, jst(at))
    t.equal(onTime.nextApplicationYen, next, because)
  }
})

t.test(
  'B-06, A-01, A-05: aris is told every change, once, and answers with billing stopped',
  async t => {
    const desk = openBillingDesk(t, '2001-01-10')
    const home = freshHome(t)
    const log = pino({ level: 'silent' })
    const client = new SocketClient(arisSocket(home))
    t.teardown(() => client.close())
    let lost = 0
    /** A wire that loses every third answer, after aris has taken what was asked. */
    const lossy: Pick<SocketClient, 'ask'> = {
      async ask(request) {
        const answer = await client.ask(request)
        if (++lost % 3 === 0) throw new Fault('PEER_UNREACHABLE', 'the answer was lost')
        return answer
      },
    }
    const feed = new ArisFeed({ store: desk.store, aris: lossy, log, later: quickLater })
    t.teardown(() => feed.close())
    for (const n of [1, 2]) await desk.contract(n)
    feed.run()
    const start = () =>
      aris.start({ home, given: { MCSCP_ARIS_PAGE_PORT: 'off' }, clock: desk.clock, log })
    let running = await start()
    t.teardown(() => running.close())
    const key = enquiryTicketKey(home)
    const ask = async (body: unknown) =>
      client.ask({ method: 'POST', path: '/enquiries', body, deadlineMs: 5_000 })
    const enquire = async (n: number) => {
      const { body } = await ask({ ticket: await sealEnquiryTicket(key, number(n), Date.now()) })
      return Object(body)
    }
    await desk.days('2001-01-10', '2001-01-31', [charge(1, '2001-01-10T12:00', 3_000)])
    feed.run()
    desk.clock.set(jst('2001-02-08'))
    await until('the charge', async () => (await enquire(1)).balanceYen === 3_000)
    t.strictSame(await enquire(1), {
      asOf: '2001-01-31',
      nextApplicationYen: 3_000,
      balanceYen: 3_000,
      validUntil: '2003-01-31',
      lastInvoice: null,
    })
    t.match(await enquire(9), { code: 'NO_SUCH_SUBSCRIBER' })
    t.match(await ask({ ticket: 'a.b.c.d.e' }), { status: 401, body: { code: 'TICKET_REFUSED' } })
    t.match(await ask({ number: '09000000001' }), {
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    })

    // aris is away while much changes; then it is told all of it.
    await running.close()
    await desk.closeMonth('2001-01', { 1: 1_200 })
    await desk.store.changeNumber(contractId('K1'), number(7), jst('2001-02-08'))
    feed.run()
    running = await start()
    desk.clock.set(jst('2001-02-15'))
    await until('the rest', async () => (await enquire(7)).lastInvoice?.month === '2001-01')
    t.match(await enquire(7), {
      nextApplicationYen: 1_800,
      balanceYen: 1_800,
      lastInvoice: { month: '2001-01', appliedYen: 1_200, carriedOutYen: 1_800 },
    })
    t.match(await enquire(1), { code: 'NO_SUCH_SUBSCRIBER' }, 'the number is nobody’s now')
    await feed.close()
    t.match(await enquire(7), { balanceYen: 1_800 }, 'billing has stopped, aris has not')

    // A store of aris's that is lost is filled again from the beginning.
    await running.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${arisStore(home)}${end}`, { force: true })
    running = await start()
    const again = new ArisFeed({ store: desk.store, aris: client, log, later: quickLater })
    t.teardown(() => again.close())
    again.run()
    await until('all of it again', async () => (await enquire(7)).balanceYen === 1_800)
  },
)
