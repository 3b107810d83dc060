import { pino } from 'pino'
import t from 'tap'
import type { BalanceAnswer } from '../../domain/balance-answer.js'
import type { BalanceEnquiry } from '../../domain/balance-enquiry.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { JstDay, JstMonth } from '../../domain/jst.js'
import { units } from '../../domain/units.js'
import { yen } from '../../domain/yen.js'
import { type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import { ArisClient } from '../../ivr/aris-client.js'
import { balanceCall } from '../../ivr/balance-call.js'
import { begin, type Event, next, type State } from '../../ivr/balance-dialogue.js'
import { ivrSettings } from '../../ivr/config.js'
import { parseKey } from '../../ivr/dialogue.js'
import { SocketClient } from '../../platform/http-client.js'
import { readSettings } from '../../platform/settings.js'
import { FakeAris } from '../support/fake-aris.js'
import { FakeChannel } from '../support/fake-channel.js'
import { AT_ONCE, FakeScp, LOST } from '../support/fake-scp.js'
import { type Reply, scpSocketOf } from '../support/scp-socket.js'
import { VirtualTime } from '../support/virtual-time.js'

const SESSION = '0123456789abcdef0123456789abcdef' as CallSessionToken
const day = (text: string) => text as JstDay

/** Of a Mobilers subscriber on 15 January: 3,000 yen on the 5th, 1,000 yesterday, 500 today. */
const SCP: BalanceAnswer = {
  outcome: 'mobilers',
  registered: yen(4_500),
  locked: false,
  byDay: [
    { day: day('2001-01-05'), amount: yen(3_000) },
    { day: day('2001-01-14'), amount: yen(1_000) },
    { day: day('2001-01-15'), amount: yen(500) },
  ],
  from: day('2000-10-14'),
  ticket: 'a.sealed.number',
}

const ARIS: BalanceEnquiry = {
  asOf: day('2001-01-13'),
  nextApplicationYen: yen(7_000),
  balanceYen: yen(9_000),
  validUntil: day('2003-01-31'),
  lastInvoice: { month: '2000-11' as JstMonth, appliedYen: yen(0), carriedOutYen: yen(0) },
}

/** A call to 157 as it comes in, with the settings that hold when nothing is set. */
function callIn(language?: string) {
  const time = new VirtualTime()
  const scp = new FakeScp(time)
  scp.balanceAnswer = SCP
  const aris = new FakeAris(time)
  aris.answer = ARIS
  const channel = new FakeChannel(time, SESSION, language, 'balance')
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const config = readSettings(ivrSettings, {})
  const call = balanceCall(channel, SESSION, {
    ...{ scp, aris, time, log },
    limits: config,
    patience: config,
    language: config.language,
  })
  const ended = () =>
    logged.map(line => JSON.parse(line)).find(({ msg }) => msg === 'balance call ended')
  return { time, scp, aris, channel, call, logged, ended }
}

const GREETED = ['answer', ...phrase('ja', 'balance-welcome'), ...phrase('en', 'language-hint')]
const REPEAT = phrase('ja', 'balance-repeat')
const BYE = [...phrase('ja', 'goodbye'), 'hang up']
const MONTH = phrase('ja', 'balance-month', { amount: yen(4_500) })

const BILLING = [
  ...phrase('ja', 'balance-as-of', { day: day('2001-01-13') }),
  ...phrase('ja', 'balance-next-bill', { amount: yen(7_000) }),
]
const UNCONFIRMED = phrase('ja', 'balance-unconfirmed', { amount: yen(1_500) })
const VALID = phrase('ja', 'balance-valid-until', { last: day('2003-01-31') })
const UNAVAILABLE = phrase('ja', 'balance-bill-unavailable')

t.test('S-29, A-05: 157 tells everything, in order, once for a silent caller', async t => {
  const { time, scp, aris, channel, call, ended, logged } = callIn()
  await time.pass(120_000)
  await call.over
  t.strictSame(channel.heard, [
    ...GREETED,
    ...MONTH,
    ...BILLING,
    ...UNCONFIRMED,
    ...VALID,
    ...REPEAT,
    ...BYE,
  ])
  t.strictSame(scp.questions, ['balance'])
  t.strictSame(aris.tickets, ['a.sealed.number'])
  t.match(ended(), { by: 'ivr', because: 'finished', language: 'ja', told: 1 })
  t.notMatch(logged.join(''), 'sealed', 'no ticket in the log')
})

t.test('what is told follows from what is known', async t => {
  const locked = { ...SCP, locked: true }
  const prepaid = (left: number | null, isLocked = false): BalanceAnswer => ({
    outcome: 'pricall',
    registered: yen(3_000),
    locked: isLocked,
    units: left === null ? null : units(left),
  })
  const LOCKED = phrase('ja', 'balance-locked')
  const BOUGHT = phrase('ja', 'balance-month', { amount: yen(3_000) })
  const left = (count: number) => phrase('ja', 'pricall-units-left', { left: count })
  const none = phrase('ja', 'pricall-units-unavailable')
  // biome-ignore format: table
  for (const [answer, billing, told, because] of [
    [SCP,     { ...ARIS, asOf: day('2001-01-14') },  [...MONTH, ...phrase('ja', 'balance-as-of', { day: day('2001-01-14') }), ...BILLING.slice(-3), ...phrase('ja', 'balance-unconfirmed', { amount: yen(500) }), ...VALID], 'only what came after the as-of date is unconfirmed'],
    [SCP,     { ...ARIS, asOf: day('2001-01-15') },  [...MONTH, ...phrase('ja', 'balance-as-of', { day: day('2001-01-15') }), ...BILLING.slice(-3), ...VALID], 'nothing unconfirmed is not said to be 0 yen'],
    [SCP,     { ...ARIS, validUntil: null },         [...MONTH, ...BILLING, ...UNCONFIRMED],             'nothing left has no validity'],
    [locked,  ARIS,                                  [...MONTH, ...BILLING, ...UNCONFIRMED, ...VALID, ...LOCKED], 'S-30: a locked handset hears all, and that'],
    [SCP,     'NO_SUCH_SUBSCRIBER' as const,         [...MONTH, ...UNAVAILABLE],                         'billing knows no contract'],
    [SCP,     'TICKET_REFUSED' as const,             [...MONTH, ...UNAVAILABLE],                         'aris has another key'],
    [SCP,     'PEER_UNREACHABLE' as const,           [...MONTH, ...UNAVAILABLE],                         'aris is away'],
    [locked,  'PEER_UNREACHABLE' as const,           [...MONTH, ...UNAVAILABLE, ...LOCKED],              'aris is away, and the lock is scp’s to tell'],
    [SCP,     { ...ARIS, asOf: day('2000-10-13') },  [...MONTH, ...UNAVAILABLE],                         'figures older than the days that scp tells'],
    [SCP,     { ...ARIS, asOf: day('2000-10-14') },  [...MONTH, ...phrase('ja', 'balance-as-of', { day: day('2000-10-14') }), ...BILLING.slice(-3), ...phrase('ja', 'balance-unconfirmed', { amount: yen(4_500) }), ...VALID], 'as old as those exactly'],
    [prepaid(300),       'PEER_UNREACHABLE' as const, [...left(300), ...BOUGHT],                         'units of a Pricall subscriber, and no bill'],
    [prepaid(0),         'PEER_UNREACHABLE' as const, [...left(0), ...BOUGHT],                           'none left'],
    [prepaid(null),      'PEER_UNREACHABLE' as const, [...none, ...BOUGHT],                              'the MSCP is away'],
    [prepaid(300, true), 'PEER_UNREACHABLE' as const, [...left(300), ...BOUGHT, ...LOCKED],              'a locked handset'],
  ] as const) {
    const { time, scp, aris, channel, call } = callIn()
    scp.balanceAnswer = answer
    aris.answer = billing
    await time.pass(120_000)
    await call.over
    t.strictSame(channel.heard, [...GREETED, ...told, ...REPEAT, ...BYE], because)
    if (answer.outcome === 'pricall') t.strictSame(aris.tickets, [], 'billing is not asked')
  }
})

t.test('in English by the profile, and in the other language by 9', async t => {
  const english = callIn('en')
  await english.time.pass(120_000)
  await english.call.over
  t.ok(english.channel.heard.includes('en/balance-welcome.wav'))
  const spoken = english.channel.heard.filter(clip => clip.startsWith('ja/'))
  t.strictSame(spoken, phrase('ja', 'language-hint'), 'Japanese only invites into Japanese')

  const japanese = callIn('ja')
  await japanese.time.pass(500)
  japanese.channel.press('9')
  await japanese.time.pass(120_000)
  await japanese.call.over
  const after = japanese.channel.heard.slice(2)
  t.equal(after[0], 'en/balance-welcome.wav', '9 in the welcome')
  t.strictSame(
    after.filter(clip => clip.startsWith('ja/')),
    [],
  )
  t.match(japanese.ended(), { language: 'en', told: 1 })
})

/** The dialogue alone, on a clock that only the test moves; `limits` as the settings have them. */
class Talk {
  state: State
  atMs = 0
  clips: readonly ClipFile[] = []
  readonly did: string[] = []

  constructor(changed: { offerLanguage?: boolean } = {}) {
    const limits = { ...readSettings(ivrSettings, {}), ...changed }
    const [state] = begin(limits, 'ja')
    this.state = state
  }

  tell(...events: Event[]): this {
    for (const event of events) {
      const [state, ...actions] = next(this.state, event, this.atMs)
      this.state = state
      for (const action of actions) {
        this.did.push(action.type)
        if ('clips' in action) this.clips = action.clips
      }
    }
    return this
  }

  key(text: string): this {
    const key = parseKey(text)
    if (!key) throw new Error('not a key')
    return this.tell({ type: 'key', key })
  }
}

const FIGURES = { of: 'mobilers', registered: yen(4_500), locked: false } as const
const ANSWER: Event = { type: 'answer', tellable: FIGURES }
const TOLD = [...MONTH, ...UNAVAILABLE, ...REPEAT]

const told = (changed: { offerLanguage?: boolean } = {}) =>
  new Talk(changed).tell({ type: 'answered' }, ANSWER, { type: 'no_key' })

t.test('1 repeats, 9 repeats in the other language, another key asks, silence ends', async t => {
  const talk = told()
  t.equal(talk.state.at, 'telling')
  t.strictSame(talk.clips, TOLD)
  t.equal(talk.key('1').state.at, 'telling', 'also when it cuts what is told')
  t.strictSame(talk.clips, TOLD)
  talk.key('5')
  t.equal(talk.state.at, 'asking_repeat')
  t.strictSame(talk.clips, REPEAT, 'no key leads out by mistake')
  t.strictSame(talk.key('1').clips, TOLD)
  t.strictSame(talk.key('9').clips.slice(0, 1), ['en/balance-month-1.wav'])
  t.equal(talk.state.call.told, 4)
  t.strictSame(talk.tell({ type: 'no_key' }).clips, phrase('en', 'goodbye'))
  talk.tell({ type: 'played' })
  t.match(talk.state, { at: 'ended', ending: { by: 'ivr', because: 'finished' } })
  t.equal(talk.did.at(-1), 'hang_up')

  t.equal(told().key('5').key('2').state.at, 'last_words', 'the question answered otherwise')
  t.equal(told({ offerLanguage: false }).key('9').state.at, 'asking_repeat')
})

t.test('the answer may come at any time: before, during and after the welcome', async t => {
  const late = new Talk().tell({ type: 'answered' }, { type: 'no_key' })
  t.equal(late.state.at, 'waiting')
  t.strictSame(late.clips, phrase('ja', 'one-moment'), 'no long silence')
  t.equal(late.tell({ type: 'played' }).state.at, 'waiting')
  t.strictSame(late.tell(ANSWER).clips, TOLD, 'told as soon as it is there')

  const during = new Talk().tell({ type: 'answered' }, { type: 'no_key' }, ANSWER)
  t.equal(during.state.at, 'waiting', 'words that are spoken are not cut')
  t.strictSame(during.tell({ type: 'played' }).clips, TOLD)

  const none = new Talk().tell({ type: 'answered' }, { type: 'no_answer' }, { type: 'no_key' })
  t.strictSame(none.clips, phrase('ja', 'balance-unavailable'))
  none.tell({ type: 'played' })
  t.match(none.state, { ending: { because: 'unavailable' } })
})

t.test('the end: the caller goes, the program ends, the time is over', async t => {
  for (const talk of [new Talk(), new Talk().tell({ type: 'answered' }), told(), told().key('5')]) {
    const during = talk.state.at
    talk.tell({ type: 'caller_gone' })
    t.match(talk.state, { at: 'ended', ending: { by: 'caller', during } })
    t.strictSame(talk.tell(ANSWER, { type: 'no_key' }).state.at, 'ended', 'and nothing after')
  }
  const closing = told().tell({ type: 'closing' })
  t.equal(closing.state.at, 'telling', 'what is under way is told')
  closing.key('1')
  t.strictSame(closing.clips, phrase('ja', 'goodbye'), 'and nothing more')
  const long = told()
  long.atMs = 270_000
  long.key('1')
  t.strictSame(long.clips, phrase('ja', 'call-time-over'))
})

t.test('asking: scp and aris are asked again, for a time, while the caller is there', async t => {
  const away = callIn()
  away.scp.fates = [LOST]
  await away.time.pass(120_000)
  await away.call.over
  const heard = away.channel.heard.filter(clip => clip.startsWith('ja/balance'))
  t.strictSame(heard.slice(1), phrase('ja', 'balance-unavailable'), 'without scp nothing is told')
  t.ok(away.scp.questions.length > 3, 'it was asked again')
  t.strictSame(away.aris.tickets, [])

  const restarting = callIn()
  restarting.scp.fates = [LOST, LOST, AT_ONCE]
  restarting.aris.answer = 'PEER_UNREACHABLE'
  restarting.time.after(900, () => {
    restarting.aris.answer = ARIS
  })
  await restarting.time.pass(120_000)
  await restarting.call.over
  t.ok(restarting.channel.heard.includes('ja/balance-next-bill-1.wav'), 'both came back in time')

  const slow = callIn()
  slow.aris.takesMs = 60_000
  await slow.time.pass(8_000)
  t.ok(slow.channel.heard.includes(UNAVAILABLE[0] ?? ''), 'a slow aris does not hold the call')

  const gone = callIn()
  gone.scp.fates = [LOST]
  await gone.time.pass(50)
  gone.channel.leave()
  await gone.time.pass(20_000)
  await gone.call.over
  t.ok(gone.scp.questions.length <= 2, 'nothing is asked for a caller who has gone')
})

t.test('docs/formats/balance-enquiry.md: aris is asked by the ticket alone', async t => {
  const ask = async (reply: Reply) => {
    const { path, questions } = await scpSocketOf(t, () => reply)
    const socket = new SocketClient(path)
    t.teardown(() => socket.close())
    return { asked: new ArisClient(socket).enquire('a.ticket', 2_000), questions }
  }
  const { asked, questions } = await ask({ status: 200, body: ARIS })
  t.strictSame(await asked, ARIS)
  t.strictSame(questions, [{ method: 'POST', path: '/enquiries', body: '{"ticket":"a.ticket"}' }])
  const nothing = { ...ARIS, validUntil: null, lastInvoice: null }
  t.strictSame(await (await ask({ status: 200, body: nothing })).asked, nothing)
  // biome-ignore format: table
  for (const [status, body, code, because] of [
    [404, { code: 'NO_SUCH_SUBSCRIBER' },        'NO_SUCH_SUBSCRIBER',  'no contract'],
    [401, { code: 'TICKET_REFUSED' },            'TICKET_REFUSED',      'another key'],
    [503, { code: 'STORE_FAILED' },              'PEER_UNREACHABLE',    'not now'],
    [400, { code: 'REQUEST_INVALID' },           'PEER_ANSWER_INVALID', 'our mistake'],
    [200, { ...ARIS, asOf: '2001-02-30' },       'PEER_ANSWER_INVALID', 'no day of the calendar'],
    [200, { ...ARIS, nextApplicationYen: -1 },   'PEER_ANSWER_INVALID', 'less than nothing'],
    [200, { asOf: '2001-01-13' },                'PEER_ANSWER_INVALID', 'half an answer'],
  ] as const) {
    await t.rejects((await ask({ status, body })).asked, { code }, because)
  }
})
