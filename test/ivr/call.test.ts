import { pino } from 'pino'
import t from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { ChargeAnswer } from '../../domain/charge-answer.js'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { phrase, TONES } from '../../guidance-audio/phrase.js'
import { converse } from '../../ivr/call.js'
import type { Gone } from '../../ivr/channel.js'
import { chargeCall } from '../../ivr/charge-call.js'
import { ivrSettings } from '../../ivr/config.js'
import { readSettings } from '../../platform/settings.js'
import { FakeChannel } from '../support/fake-channel.js'
import { ANSWER_LOST, AT_ONCE, FakeScp, type Fate, LOST } from '../support/fake-scp.js'
import { VirtualTime } from '../support/virtual-time.js'

const SESSION = '0123456789abcdef0123456789abcdef' as CallSessionToken
const PIN = '72345678901234'
const WRONG = '60000000000000'

const REDEEMED: ChargeAnswer = {
  outcome: 'redeemed',
  faceValue: yen(3_000),
  registered: yen(3_000),
  chargedAt: epochMs(0),
}
const SUCCESS = phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(3_000) })

/** A call as it comes in, with the settings that hold when nothing is set. */
function callIn(language?: string) {
  const time = new VirtualTime()
  const scp = new FakeScp(time)
  scp.decide = pin => (pin === PIN ? REDEEMED : { outcome: 'unusable', nowLocked: false })
  const channel = new FakeChannel(time, SESSION, language)
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const config = readSettings(ivrSettings, {})
  const service = { scp, time, limits: config, patience: config, language: config.language, log }
  const call = chargeCall(channel, SESSION, service)
  const ended = () =>
    logged.map(line => JSON.parse(line)).find(({ msg }) => msg === 'charge call ended')
  const steps = () => logged.map(line => JSON.parse(line).step).filter(step => step !== undefined)
  return { time, scp, channel, call, logged, ended, steps }
}

/** Answered, greeted and asked for the number: the welcome, its hint, the pause, the prompt begins. */
const TO_NUMBER_MS = 3_500

t.test('a card is charged: what is heard, asked and done, in order', async t => {
  const { time, scp, channel, call, ended, steps } = callIn()
  await time.pass(TO_NUMBER_MS)
  channel.press(`${PIN}#`)
  await time.pass(30_000)
  await call.over
  const prompt = phrase('ja', 'enter-number', { length: 14 })
  t.strictSame(channel.heard, [
    'answer',
    ...phrase('ja', 'welcome'),
    ...phrase('en', 'language-hint'),
    ...prompt.slice(0, 1),
    ...SUCCESS,
    'flush',
    ...phrase('ja', 'next-card'),
    ...phrase('ja', 'goodbye'),
    'hang up',
  ])
  t.strictSame(scp.questions, ['permission', 'charge 1'])
  t.strictSame(steps(), [14, 15, 17])
  t.match(ended(), { by: 'ivr', because: 'finished', entries: 1, cards: 1, callId: SESSION })
})

t.test('the hang-up table: what a caller who leaves has done', async t => {
  const locked = { outcome: 'locked' } as const
  const atCap = { outcome: 'at_month_cap', registered: yen(50_000), cap: yen(50_000) } as const
  // Each row: what is keyed after the prompt began, how long the caller stays after that, how the entry
  // fares, what scp was asked, what is recorded, where the dialogue stood.
  // biome-ignore format: table
  for (const [keys, staysMs, fate, asked, recorded, during, because] of [
    ['',         0,     AT_ONCE,     [],           undefined,  'collecting',       'nothing keyed'],
    ['7234567',  500,   AT_ONCE,     [],           undefined,  'collecting',       'before the number is complete'],
    [PIN,        1_499, AT_ONCE,     [],           undefined,  'collecting',       '14 digits, no #: not evaluated, not counted'],
    [PIN,        1_501, AT_ONCE,     ['charge 1'], REDEEMED,   'telling',          'the wait is over: evaluated'],
    [`${PIN}#`,  1_000, slow(2_000), ['charge 1'], REDEEMED,   'validating',       'during validation, and the commit came'],
    [`${PIN}#`,  1_000, ANSWER_LOST, ['charge 1'], REDEEMED,   'validating',       'during validation, and its answer was lost'],
    [`${PIN}#`,  50,    LOST,        ['charge 1'], undefined,  'validating',       'during validation, and nothing had arrived: never asked again'],
    [`${PIN}#`,  2_000, slow(2_200), ['charge 1'], REDEEMED,   'validating',       'while the comfort tone plays'],
    [`${PIN}#`,  500,   AT_ONCE,     ['charge 1'], REDEEMED,   'telling',          'after the commit, while the result plays'],
    [`${PIN}#`,  (SUCCESS.length + 1) * 1_000, AT_ONCE, ['charge 1'], REDEEMED, 'asking_next_card', 'after the result'],
    [`${WRONG}#`, 500,  AT_ONCE,     ['charge 1'], { outcome: 'unusable', nowLocked: false }, 'telling', 'a wrong number counts, heard or not'],
  ] as const satisfies readonly (readonly [string, number, Fate, string[], ChargeAnswer | undefined, string, string])[]) {
    for (const why of ['hung_up', 'link_lost'] satisfies Gone[]) {
      const { time, scp, channel, call, ended } = callIn()
      await time.pass(TO_NUMBER_MS)
      scp.fates = [fate]
      channel.press(keys)
      await time.pass(staysMs)
      channel.leave(why)
      await time.pass(20_000)
      await call.over
      t.strictSame(scp.questions.slice(1), asked, `${because}, ${why}: asked`)
      t.strictSame(scp.recorded.get(1), recorded, `${because}, ${why}: recorded`)
      t.match(ended(), { by: 'caller', during }, `${because}, ${why}: counted there`)
      t.notOk(channel.heard.includes('hang up'), 'a caller who has gone is not hung up on')
    }
  }
  for (const permission of [locked, atCap]) {
    const { time, scp, channel, call, ended } = callIn()
    scp.permissionAnswer = permission
    await time.pass(500)
    channel.leave()
    await time.pass(20_000)
    await call.over
    t.strictSame(scp.questions, ['permission'], `${permission.outcome} notice: nothing`)
    t.match(ended(), { by: 'caller', during: 'telling' })
  }
  for (const [staysMs, during] of [
    [0, 'asking_permission'],
    [1_500, 'welcoming'],
  ] as const) {
    const { time, scp, channel, call, ended } = callIn()
    scp.fates = [slow(1_000), AT_ONCE]
    await time.pass(staysMs)
    channel.leave()
    await time.pass(20_000)
    await call.over
    t.match(ended(), { by: 'caller', during }, `${during}: nothing`)
  }
})

t.test('the program died after the commit: the same card is found registered', async t => {
  const { time, scp, channel, call } = callIn()
  scp.decide = () => ({ outcome: 'own_card', faceValue: yen(3_000), registered: yen(3_000) })
  await time.pass(TO_NUMBER_MS)
  channel.press(`${PIN}#`)
  await time.pass(500)
  const [told] = phrase('ja', 'card-already-yours', { amount: yen(3_000) })
  t.equal(channel.heard.at(-1), told)
  channel.leave()
  await call.over
})

t.test('scp is lost before any entry: try again later', async t => {
  for (const fate of [LOST, ANSWER_LOST]) {
    const { time, scp, channel, call, ended } = callIn()
    scp.fates = [fate]
    await time.pass(20_000)
    await call.over
    t.strictSame(channel.heard, ['answer', ...phrase('ja', 'try-again-later'), 'hang up'])
    t.match(ended(), { by: 'ivr', because: 'unavailable' })
  }
})

t.test('scp is lost during an entry: 8 s, its conclusion, then the outcome is unknown', async t => {
  const { time, scp, channel, call, ended } = callIn()
  await time.pass(TO_NUMBER_MS)
  scp.fates = [ANSWER_LOST]
  channel.press(`${PIN}#`)
  await time.pass(40_000)
  await call.over
  t.same(new Set(scp.questions), new Set(['permission', 'charge 1', 'conclude 1']))
  const heard = channel.heard.slice(channel.heard.indexOf(TONES.comfort))
  t.ok(heard.filter(clip => clip === TONES.comfort).length >= 5, 'not left in silence')
  t.ok(heard.includes(`${phrase('ja', 'one-moment')[0]}`))
  t.strictSame(heard.slice(-2), [...phrase('ja', 'outcome-unknown'), 'hang up'])
  t.match(ended(), { because: 'outcome_unknown' })
})

t.test('keys wait while the number is asked for, and not across a result', async t => {
  const { time, scp, channel, call } = callIn()
  channel.press(`${WRONG}#`)
  await time.pass(100)
  t.strictSame(scp.questions, ['permission', 'charge 1'], 'typed ahead of the welcome')
  channel.press('999#')
  await time.pass(phrase('ja', 'card-refused').length * 1_000)
  channel.press(`${PIN}#`)
  await time.pass(10)
  t.strictSame(scp.questions.slice(2), ['charge 2'], 'keys typed during the result are forgotten')
  channel.leave()
  await call.over
})

t.test(
  "a subscriber's language is spoken from the first word, and 9 chooses the other",
  async t => {
    const english = callIn('en')
    await english.time.pass(TO_NUMBER_MS)
    t.match(english.channel.heard[1], /^en\//)
    t.match(english.channel.heard[2], /^ja\//, 'Japanese is offered')
    english.channel.leave()
    await english.call.over

    const other = callIn('xx')
    await other.time.pass(1_500)
    t.match(other.channel.heard[1], /^ja\//, 'a language we do not speak')
    other.channel.press('9')
    await other.time.pass(TO_NUMBER_MS)
    t.match(other.channel.heard.at(-1), /^en\//)
    other.channel.leave()
    await other.call.over
  },
)

t.test('closing: a caller who is idle is told and hung up on', async t => {
  const { time, channel, call, ended } = callIn()
  await time.pass(TO_NUMBER_MS)
  call.close()
  await time.pass(30_000)
  await call.over
  t.strictSame(channel.heard.slice(-2), [...phrase('ja', 'try-again-later'), 'hang up'])
  t.match(ended(), { because: 'closing' })
})

t.test('an error of our own ends the conversation, and is not lost', async t => {
  const fail = () => {
    throw new TypeError('broken')
  }
  const dialogue = (type: 'answer' | 'own') => ({
    begin: ['on', { type }] as const,
    next: () => ['on'] as const,
    isOver: () => false,
  })
  const { channel, time } = callIn()
  await t.rejects(converse(dialogue('own'), channel, time, fail).over, TypeError, 'at once')
  const later = async () => fail()
  await t.rejects(converse(dialogue('own'), channel, time, later).over, TypeError, 'later')
  channel.answer = later
  await t.rejects(converse(dialogue('answer'), channel, time, fail).over, TypeError, 'on the line')
})

t.test('no key is in any line of the log', async t => {
  const { time, scp, channel, call, logged } = callIn()
  scp.fates = [AT_ONCE, LOST, AT_ONCE]
  await time.pass(TO_NUMBER_MS)
  channel.press('31#')
  await time.pass(100)
  channel.press(`${WRONG}#`)
  await time.pass(10_000)
  channel.press(`${PIN}#`)
  await time.pass(60_000)
  await call.over
  t.ok(logged.length > 5)
  for (const line of logged) {
    t.notMatch(line, PIN)
    t.notMatch(line, WRONG)
    t.notMatch(line, /"(?:pin|digits?|keys?|keyed)"/)
  }
})

function slow(takesMs: number): Fate {
  return { takesMs, arrives: true }
}
