import t from 'tap'
import type { Permission } from '../../domain/charge-answer.js'
import { yen } from '../../domain/yen.js'
import { type ClipFile, phrase, TONES } from '../../guidance-audio/phrase.js'
import { textOf } from '../../guidance-audio/texts.js'
import type { EntryResult, HangUpReason } from '../../ivr/charge-guidance.js'
import { Talk } from '../support/charge-dialogue-talk.js'
import {
  FULL_PROMPT,
  flush,
  heard,
  ja,
  PIN,
  play,
  REDEEMED,
  read,
  report,
  simple,
  UNUSABLE,
} from '../support/charge-dialogue-words.js'

t.test('M-11, N-04, N-05: answered, then lock and cap, and only then a digit', async t => {
  const talk = new Talk()
  t.strictSame(talk.actions, [{ type: 'answer' }])
  t.strictSame(talk.tell({ type: 'answered' }), [{ type: 'ask_permission' }])
  t.strictSame(talk.permit(), [
    { type: 'take_step', step: 14 },
    read(1_000, ...simple('ja', 'welcome'), ...simple('en', 'language-hint')),
  ])
  t.strictSame(talk.silence(), [read(10_000, ...FULL_PROMPT)])
})

t.test('M-11, S-10, N-05: a call that may not charge keys nothing', async t => {
  const cap = yen(50_000)
  // biome-ignore format: table
  for (const [permission, clips, reason] of [
    [{ outcome: 'locked' },                                ja('locked'),                            'locked'],
    [{ outcome: 'must_wait' },                             ja('try-again-later'),                   'must_wait'],
    [{ outcome: 'at_month_cap', registered: yen(49_500), cap }, phrase('ja', 'month-cap-reached', { cap }), 'at_month_cap'],
  ] as const satisfies readonly (readonly [Permission, ClipFile[], HangUpReason])[]) {
    const talk = new Talk()
    talk.tell({ type: 'answered' })
    t.strictSame(talk.tell({ type: 'permission', permission }), [play(...clips)])
    t.strictSame(talk.played(), [{ type: 'hang_up' }])
    t.match(talk.state, { at: 'ended', ending: { by: 'ivr', because: reason } })
    t.notOk(talk.actions.some(({ type }) => type === 'read_key'), `${reason}: no key is read`)
  }
  t.equal(
    textOf('ja', 'locked'),
    'お客様の電話機からは、カードでの登録操作ができません。',
    'the words of the article',
  )
})

t.test('lock and cap cannot be asked: try again later', async t => {
  const talk = new Talk()
  talk.tell({ type: 'answered' })
  t.strictSame(talk.tell({ type: 'permission_failed' }), [
    report('system_fault', 0),
    play(...ja('try-again-later')),
  ])
  t.strictSame(talk.played(), [{ type: 'hang_up' }])
})

t.test('M-13: scp is told how a call ends where it cannot know it', async t => {
  const mute = new Talk().toNumber()
  mute.silence()
  mute.silence()
  t.strictSame(mute.silence().at(0), report('no_input', 0), 'nothing was keyed at all')

  const keyed = new Talk().toNumber()
  keyed.key(`${PIN}#`)
  keyed.result(UNUSABLE)
  keyed.played()
  keyed.silence()
  keyed.silence()
  t.match(keyed.silence(), [{ type: 'play' }], 'an entry tells it by itself')

  // biome-ignore format: table
  for (const [outcome, told] of [
    ['outcome_unknown', [report('system_fault', 1)]],
    ['abandoned',       [report('system_fault', 1)]],
    ['locked',          []],
    ['must_wait',       []],
  ] as const) {
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    const reports = talk.result({ outcome }).filter(({ type }) => type === 'report')
    t.strictSame(reports, told, outcome)
  }
})

t.test('three wrong numbers a call, counted apart from wrong formats', async t => {
  const talk = new Talk().toNumber()
  talk.silence()
  talk.key('1#')
  for (const [then, because] of [
    [[flush, read(10_000, ...ja('enter-number-where', 'enter-number-short'))], 'the first'],
    [[flush, read(10_000, ...ja('enter-number-where', 'enter-number-short'))], 'the second'],
  ] as const) {
    talk.key(`${PIN}#`)
    t.strictSame(
      talk.result(UNUSABLE),
      [{ type: 'stop_comfort_timer' }, play(...ja('card-refused'))],
      `${because} is refused`,
    )
    t.strictSame(talk.played(), then, `${because}: asked again, nothing typed before counts`)
  }
  talk.key(`${PIN}#`)
  t.strictSame(talk.result(UNUSABLE).at(-1), play(...ja('card-refused', 'tries-over')))
  t.strictSame(talk.played(), [{ type: 'hang_up' }])
  t.equal(talk.redeemed, 3)
})

t.test('M-11, N-08: each way out of ⑯ has its guidance, and what follows it', async t => {
  const bought = { faceValue: yen(3_000), registered: yen(7_000) }
  const remaining = yen(2_000)
  const locked: EntryResult = { outcome: 'unusable', nowLocked: true }
  // biome-ignore format: table
  for (const [result, clips, follows] of [
    [{ outcome: 'abandoned' },       ja('try-again-later', 'card-not-used'),   'unavailable'],
    [{ outcome: 'locked' },          ja('locked'),                             'locked'],
    [{ outcome: 'must_wait' },       ja('try-again-later', 'card-not-used'),   'must_wait'],
    [UNUSABLE,                       ja('card-refused'),                       'the number again'],
    [locked,                         ja('card-refused', 'locked'),             'locked'],
    [{ outcome: 'own_card', ...bought },
        phrase('ja', 'card-already-yours', { amount: yen(3_000) }),            'another card?'],
    [{ outcome: 'over_month_cap', faceValue: yen(3_000), remaining },
        phrase('ja', 'over-month-cap', { remaining }),                         'another card?'],
    [REDEEMED,
        phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(7_000) }), 'another card?'],
    [{ outcome: 'outcome_unknown' }, ja('outcome-unknown'),                    'outcome_unknown'],
  ] as const satisfies readonly (readonly [EntryResult, ClipFile[], string])[]) {
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    t.strictSame(talk.result(result).at(-1), play(...clips), `${result.outcome} is told uncut`)
    const then = talk.played()
    const told = result === REDEEMED ? [heard(1)] : []
    if (follows === 'the number again') t.match(then, [flush, { type: 'read_key', waitMs: 10_000 }])
    else if (follows === 'another card?')
      t.strictSame(then, [...told, flush, read(5_000, ...ja('next-card'))])
    else t.match(talk.state, { at: 'ended', ending: { by: 'ivr', because: follows } })
  }
})

t.test(
  'N-09: a charge is told to scp as heard once it was, and not when its caller left before',
  async t => {
    const heardIn = ({ actions }: Talk) =>
      actions.flatMap(action => (action.type === 'report_heard' ? [action.entry] : []))
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    talk.result(UNUSABLE)
    talk.played()
    talk.key(`${PIN}#`)
    talk.result(REDEEMED)
    t.strictSame(heardIn(talk), [], 'a refusal is none, and the result still plays')
    talk.played()
    t.strictSame(heardIn(talk), [2])
    talk.key('1')
    talk.permit()
    talk.key(`${PIN}#`)
    talk.result(REDEEMED)
    talk.tell({ type: 'caller_gone' })
    talk.played()
    t.strictSame(heardIn(talk), [2], 'the second charge: gone while its result played')
  },
)

t.test('⑮ and ⑰ are taken by a keyed and by a registered card only', async t => {
  const steps = (result: EntryResult) => {
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    talk.result(result)
    return talk.actions.flatMap(action => (action.type === 'take_step' ? [action.step] : []))
  }
  t.strictSame(steps(REDEEMED), [14, 15, 17])
  t.strictSame(steps(UNUSABLE), [14, 15])
})

t.test('another card: 1 asks lock and cap again, anything else says goodbye', async t => {
  // biome-ignore format: table
  for (const [key, then] of [
    ['1', [{ type: 'ask_permission' }]],
    ['2', [play(...ja('goodbye'))]],
    ['*', [play(...ja('goodbye'))]],
    ['',  [play(...ja('goodbye'))]],
  ] as const) {
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    talk.result(REDEEMED)
    talk.played()
    t.strictSame(key === '' ? talk.silence() : talk.key(key), then, key || 'silence')
  }
  const talk = new Talk().toNumber()
  talk.key(`${PIN}#`)
  talk.result(REDEEMED)
  talk.played()
  talk.key('1')
  t.strictSame(talk.permit(), [read(10_000, ...ja('enter-number-short'))], 'no second welcome')
  talk.key(PIN)
  t.match(talk.silence().at(-1), { type: 'redeem', entry: 2 })
})

t.test(
  'M-11: ten cards a call, whatever became of them; refused numbers are not among them',
  async t => {
    const talk = new Talk().toNumber()
    talk.key(`${PIN}#`)
    talk.result(UNUSABLE)
    talk.played()
    for (let card = 1; card <= 10; card += 1) {
      talk.key(`${PIN}#`)
      talk.result(REDEEMED)
      const then = talk.played()
      if (card < 10) {
        t.strictSame(then.at(-1), read(5_000, ...ja('next-card')), `after card ${card}`)
        talk.key('1')
        talk.permit()
      } else {
        const over = phrase('ja', 'cards-per-call', { cards: 10 })
        t.strictSame(then, [heard(11), play(...over, ...ja('goodbye'))], 'the tenth is the last')
      }
    }
    t.strictSame(talk.played(), [{ type: 'hang_up' }])
  },
)

t.test(
  'M-11: validation over 1.5 s is not silent, and its result waits for the sound to end',
  async t => {
    const talk = new Talk().toNumber()
    t.strictSame(talk.key(`${PIN}#`), [
      { type: 'take_step', step: 15 },
      { type: 'start_comfort_timer', ms: 1_500 },
      { type: 'redeem', entry: 1, pin: PIN },
    ])
    t.strictSame(talk.tell({ type: 'comfort_timer' }), [play(TONES.comfort)])
    t.strictSame(talk.played(), [play(...ja('one-moment'))])
    t.strictSame(talk.played(), [play(TONES.comfort)])
    t.strictSame(talk.result(REDEEMED), [], 'nothing is said over it')
    t.match(talk.played(), [{ type: 'take_step', step: 17 }, { type: 'play' }])
    t.strictSame(talk.tell({ type: 'comfort_timer' }), [], 'a timer that comes late says nothing')
  },
)

t.test('optional words are off unless set', async t => {
  const roomy = new Talk({ sayRoomLeft: true }).toNumber()
  roomy.key(`${PIN}#`)
  t.strictSame(
    roomy.result(REDEEMED).at(-1),
    play(
      ...phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(7_000) }),
      ...phrase('ja', 'room-left', { remaining: yen(43_000) }),
    ),
  )
  const counting = new Talk({ sayTriesLeft: true, tries: 4 }).toNumber()
  // biome-ignore format: table
  for (const [left, clips] of [
    [3, ja('card-refused')],
    [2, [...ja('card-refused'), ...phrase('ja', 'tries-left', { tries: 2 })]],
    [1, [...ja('card-refused'), ...phrase('ja', 'tries-left', { tries: 1 })]],
  ] as const) {
    counting.key(`${PIN}#`)
    t.strictSame(counting.result(UNUSABLE).at(-1), play(...clips), `${left} left`)
    counting.played()
  }
})

t.test('after its time a call is asked nothing more', async t => {
  const timeOver = [play(...ja('call-time-over'))]
  const late = new Talk().toWelcome()
  late.atMs = 269_999
  t.strictSame(late.tell({ type: 'no_key' }), [read(1, ...FULL_PROMPT)], 'just in time')
  t.strictSame(late.silence(), [report('no_input', 0), ...timeOver])
  t.strictSame(late.played(), [{ type: 'hang_up' }])

  const keying = new Talk().toNumber()
  keying.atMs = 260_000
  keying.key('1234567890123')
  keying.atMs = 270_000 - 100
  t.strictSame(
    keying.key('4'),
    [report('no_input', 0), ...timeOver],
    'a number that is not complete',
  )
  const complete = new Talk().toNumber()
  complete.key(PIN)
  complete.atMs = 270_000
  t.match(complete.key('#').at(-1), { type: 'redeem' }, 'one that is, counts')
  complete.result(REDEEMED)
  t.strictSame(complete.played(), [heard(1), ...timeOver], 'and no other is asked for')
})

t.test('closing: what is under way is told, nothing more is asked', async t => {
  const closing = { type: 'closing' } as const
  const later = [report('system_fault', 0), play(...ja('try-again-later'))]
  const waiting = new Talk().toNumber()
  t.strictSame(waiting.tell(closing), [])
  t.strictSame(waiting.silence(), later)
  t.strictSame(waiting.played(), [{ type: 'hang_up' }])

  const charged = new Talk().toNumber()
  charged.key(`${PIN}#`)
  charged.tell(closing)
  t.match(charged.result(REDEEMED).at(-1), { type: 'play' }, 'a charge is told')
  t.strictSame(charged.played(), [heard(1), play(...ja('goodbye'))])
  t.strictSame(charged.played(), [{ type: 'hang_up' }])

  const asked = new Talk()
  asked.tell({ type: 'answered' })
  asked.tell(closing)
  t.strictSame(asked.permit(), later)
})

t.test('the caller leaves: every state ends, does nothing more, and keeps no digit', async t => {
  const at: Record<string, Talk> = {}
  const leave = (talk: Talk) => {
    at[talk.state.at] = talk
  }
  leave(new Talk())
  const asking = new Talk()
  asking.tell({ type: 'answered' })
  leave(asking)
  leave(new Talk().toWelcome())
  const nine = new Talk().toWelcome()
  nine.key('9')
  leave(nine)
  const collecting = new Talk().toNumber()
  collecting.key(PIN)
  leave(collecting)
  const validating = new Talk().toNumber()
  validating.key(`${PIN}#`)
  leave(validating)
  const telling = new Talk().toNumber()
  telling.key(`${PIN}#`)
  telling.result(REDEEMED)
  leave(telling)
  const next = new Talk().toNumber()
  next.key(`${PIN}#`)
  next.result(REDEEMED)
  next.played()
  leave(next)
  t.equal(Object.keys(at).length, 8, 'all states but ended')
  for (const [during, talk] of Object.entries(at)) {
    const actions = talk.tell({ type: 'caller_gone' })
    t.strictSame(
      actions,
      during === 'validating' ? [{ type: 'stop_comfort_timer' }] : [],
      `${during}: nothing is done`,
    )
    t.match(talk.state, { at: 'ended', ending: { by: 'caller', during } })
    t.notMatch(JSON.stringify(talk.state), /12345/, `${during}: no digit is kept`)
    for (const type of ['played', 'no_key', 'comfort_timer', 'answered'] as const) {
      t.strictSame(talk.tell({ type }), [], `${type} comes too late`)
    }
  }
})
