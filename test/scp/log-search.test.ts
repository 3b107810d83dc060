import { pino } from 'pino'
import t, { type Test } from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { httpEdge } from '../../platform/http-edge.js'
import { type Database, openStoreToRead } from '../../platform/store.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { scpSocket } from '../../scp/config.js'
import { entryRoutes } from '../../scp/http/entry-routes.js'
import { logCommand } from '../../scp/log/log-command.js'
import {
  ENTRIES_PAGE,
  type EntrySearch,
  EntrySearcher,
  entryQuery,
} from '../../scp/store/entry-search.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const START = jst('2001-01-15T12:00:00')
const after = (seconds: number): EpochMs => epochMs(START + seconds * 1_000)

/** A log of 220 wrong numbers of many handsets, a charge of one, and its card keyed by another. */
async function logged(t: Test) {
  const desk = await openDesk(t, { clock: new SetClock(START) })
  const card = await desk.card(1_000)
  const calls = new Map<number, string>()
  for (let n = 0; n < 110; n++) {
    desk.clock.set(after(n))
    const token = await desk.call(phone(n))
    calls.set(n, token)
    for (const entry of [1, 2]) await desk.key(token, wrongPin(entry))
  }
  desk.clock.set(after(200))
  const charge = await desk.call(phone(500))
  await desk.key(charge, card.pin)
  desk.clock.set(after(201))
  await desk.key(await desk.call(phone(501)), card.pin)
  const store = openStoreToRead(desk.file)
  t.teardown(() => store.close())
  return { desk, store, searcher: new EntrySearcher(store), card, charge, calls }
}

/** By which index SQLite finds the lines. */
function planOf(store: Database, search: EntrySearch): string {
  const { sql, values } = entryQuery(search)
  const plan = store.prepare<[typeof values], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
  return plan
    .all(values)
    .map(({ detail }) => detail)
    .join('; ')
}

/** A search that names a number, a card or a call walks through no table, by whatever index. */
const ANY_WALK = /SCAN (entry|call_session|charge_record|scenario_charge)/

/** One that names none may go back in time until its page is full. */
const WALK_BUT_BY_TIME = /SCAN (entry|call_session)(?! USING INDEX entry_by_time)/

t.test(
  'M-14: the charge-operation log is searched by number, serial, time, result and call',
  async t => {
    const { desk, store, searcher, card, charge, calls } = await logged(t)
    const third = calls.get(3) ?? ''
    // biome-ignore format: table
    for (const [search, lines, plan, because] of [
    [{ msisdn: phone(3) },                    2, /call_session_of_number/, 'a number'],
    [{ serial: card.serial },                 2, /entry_by_serial/,        'a card, whoever keyed it'],
    [{ from: after(3), to: after(5) },        4, /entry_by_time/,          'a time, half-open'],
    [{ outcome: 'redeemed' },                 1, /entry_by_time/,          'what was charged'],
    [{ outcome: 'unknown', to: after(2) },    4, /entry_by_finding/,       'a result and a time'],
    [{ call: third },                         2, /entry USING PRIMARY KEY/, 'a call by its token'],
    [{ call: 'a84b4c76e66710@pc33' },         0, /call_session USING INDEX sqlite_autoindex/, 'a call by its Call-ID'],
    [{ msisdn: phone(500), serial: card.serial }, 1, /entry_by_serial/,    'all that is given counts'],
    [{ msisdn: phone(3), outcome: 'used' },   0, /call_session_of_number/, 'all that is given counts'],
    [{},                          ENTRIES_PAGE, /entry_by_time/,           'everything, a page of it'],
  ] as const) {
    t.equal(searcher.search(search).length, lines, because)
    const told = planOf(store, search)
    t.match(told, plan, because)
    const named = 'msisdn' in search || 'serial' in search || 'call' in search
    t.notMatch(told, named ? ANY_WALK : WALK_BUT_BY_TIME, `${because}: ${told}`)
  }
    for (const search of [{}, { outcome: 'unknown' }, { outcome: 'redeemed' }] as const) {
      t.notMatch(planOf(store, search), /TEMP B-TREE/, 'pages come in the order of the index')
    }
    t.match(searcher.search({ call: charge }), [
      {
        at: after(200),
        msisdn: phone(500),
        outcome: 'redeemed',
        serial: card.serial,
        faceValue: 1_000,
      },
    ])
    await desk.close()
  },
)

t.test('pages follow one another without gap or repetition, also within one moment', async t => {
  const { desk, searcher } = await logged(t)
  const first = searcher.search({})
  const last = first.at(-1)
  const second = last ? searcher.search({ after: last }) : []
  const places = [...first, ...second].map(({ at, token, entry }) => `${at} ${token} ${entry}`)
  t.equal(places.length, 222)
  t.equal(new Set(places).size, 222)
  t.strictSame([...places].sort().reverse(), places, 'newest first')
  await desk.close()
})

t.test('scp tells it at its socket; no line has a card number', async t => {
  const { desk, searcher, card } = await logged(t)
  const edge = httpEdge(pino({ level: 'silent' }))
  entryRoutes(edge, async search => searcher.search(search))
  const ask = (query: string) => edge.inject(`/v1/entries?${query}`)
  const first = (await ask('')).json()
  t.equal(first.lines.length, ENTRIES_PAGE)
  const rest = (await ask(`after=${first.next}`)).json()
  t.equal(rest.lines.length, 22)
  t.equal(rest.next, undefined)
  const all = JSON.stringify([first, rest])
  for (const pin of [card.pin, wrongPin(1), wrongPin(2)]) t.notOk(all.includes(pin))
  // biome-ignore format: table
  for (const [query, status] of [
    [`msisdn=${phone(1)}`,      200], ['msisdn=0312345678', 400],
    [`serial=${card.serial}`,   200], ['serial=12',         400],
    ['outcome=redeemed',        200], ['outcome=lucky',     400],
    [`from=${START}`,           200], ['from=yesterday',    400],
    ['call=x',                  200], ['after=x',           400],
  ] as const) {
    t.equal((await ask(query)).statusCode, status, query)
  }
  const home = freshHome(t)
  await listenOnSocket(edge, scpSocket(home))
  const printed = t.capture(console, 'log', () => {})
  const search = async (...words: string[]) => {
    const command = logCommand({ home: () => home, given: () => ({}) })
    await command.parseAsync(['search', ...words], { from: 'user' })
    return printed()
      .map(({ args }) => args.join(' '))
      .join('\n')
  }
  t.match(
    await search('--serial', card.serial),
    /^time +number[\s\S]*12:03:21 +\d+ +mobilers +used[\s\S]*12:03:20 +\d+ +mobilers +redeemed +\w+ +1000/,
  )
  t.match(
    await search('--from', '2001-01-15T12:03:20', '--csv'),
    /^time,number,kind.*\r\n2001-01-15 12:03:21,/,
  )
  t.match(await search(), /\nMore: --after \d+-[0-9a-f]{32}-1$/)
  await t.rejects(search('--number', '0312345678'), { code: 'COMMAND_REFUSED' })
  await edge.close()
  await desk.close()
})
