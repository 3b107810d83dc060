import t from 'tap'
import { parseMsisdn } from '../../domain/msisdn.js'
import {
  enquiryTicketKey,
  openEnquiryTicket,
  sealEnquiryTicket,
  TICKET_LIFETIME_MS,
} from '../../platform/enquiry-ticket.js'
import { freshHome } from '../support/fresh-home.js'

t.test('a ticket carries the number from scp to aris, and nobody between reads it', async t => {
  const home = freshHome(t)
  const key = enquiryTicketKey(home)
  t.equal(key.length, 32)
  t.strictSame(enquiryTicketKey(home), key, 'both programs have the same key')
  const number = parseMsisdn('09012345678')
  if (!number) throw new Error('not a number')
  const madeAt = 975_628_800_000
  const ticket = await sealEnquiryTicket(key, number, madeAt)
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
    if (opened) t.equal(await answer, number, because)
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
