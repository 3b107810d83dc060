import t from 'tap'
import { type ClipFile, phrase, TONES } from '../../guidance-audio/phrase.js'
import type { Action } from '../../ivr/charge-states.js'
import { LIMITS, Talk } from '../support/charge-dialogue-talk.js'
import {
  FULL_PROMPT,
  flush,
  ja,
  PIN,
  play,
  read,
  report,
  simple,
} from '../support/charge-dialogue-words.js'

t.test('a number is read key by key, and ends by #, by silence, or by its time', async t => {
  // biome-ignore format: table
  for (const [keys, ends, because] of [
    ['1',                     'reads on 5000',   'the first digit cancels the wait for it'],
    ['1234567890123',         'reads on 5000',   '13 digits are not yet the usual length'],
    ['12345678901234',        'reads on 1500',   'the usual length is reached, # may follow'],
    ['123456789012345',       'reads on 1500',   'keys keep coming: a longer PIN'],
    ['12345678901234567890',  'reads on 1500',   '20 digits: # may follow'],
    ['123456789012345678901', 'reads on 1500',   '21 are too many, told when the caller has finished'],
    ['12345678901234#',       'redeems',         '# ends it'],
    ['12345678901234567890#', 'redeems',         'the longest PIN'],
    ['1234567890123#',        'too-few-digits',  '# after 13'],
    ['#',                     'too-few-digits',  '# after none'],
    ['123456789012345678901#','too-many-digits', '21 digits'],
    ['1A2',                   'reads on 5000',   'A–D mean nothing here'],
    ['A',                     'reads on 10000',  'and do not begin a number'],
    ['123*',                  'cleared',         '* forgets what was keyed'],
    ['*',                     'repeats',         '* with nothing keyed'],
    ['123**',                 'repeats',         '* after it was cleared'],
    ['123*12345678901234#',   'redeems',         'the number begun again'],
  ] as const) {
    const talk = new Talk().toNumber()
    t.equal(outcomeOf(talk.key(keys)), ends, `${keys}: ${because}`)
  }
  // biome-ignore format: table
  for (const [keys, ends, because] of [
    ['',                      'no-input',        'nothing was keyed'],
    ['123*',                  'no-input',        'nothing after it was cleared'],
    ['1234567890123',         'too-few-digits',  '13 digits, and no more'],
    ['12345678901234',        'redeems',         'the usual length needs no #'],
    ['12345678901234567890',  'redeems',         'nor does the longest'],
    ['123456789012345678901', 'too-many-digits', '21 digits'],
  ] as const) {
    const talk = new Talk().toNumber()
    talk.key(keys)
    t.equal(outcomeOf(talk.silence()), ends, `${keys} and silence: ${because}`)
  }
})

t.test('an operator of longer PINs sets the usual length: shorter ones still end by #', async t => {
  const talk = new Talk({ pinLength: 16 }).toNumber()
  t.strictSame(talk.actions.at(-1), read(10_000, ...phrase('ja', 'enter-number', { length: 16 })))
  t.strictSame(talk.key('12345678901234'), [read(5_000)])
  t.strictSame(talk.key('56'), [read(1_500)])
  t.equal(outcomeOf(new Talk({ pinLength: 16 }).toNumber().key('12345678901234#')), 'redeems')
})

t.test('a number has 60 s from its first digit, however slowly it is keyed', async t => {
  // biome-ignore format: table
  for (const [keys, atMs, ends, because] of [
    ['1234567890123',   54_999, 'reads on 5000',  'more than the wait is left'],
    ['1234567890123',   55_001, 'reads on 4999',  'no wait goes beyond the 60 s'],
    ['1234567890123',   59_999, 'reads on 1',     'the last moment'],
    ['1234567890123',   60_000, 'too-few-digits', 'the time is over'],
    ['12345678901234',  60_000, 'redeems',        'the key that came counts'],
  ] as const) {
    const talk = new Talk().toNumber()
    talk.key(keys.slice(0, 1))
    const beganMs = talk.atMs
    talk.key(keys.slice(1, -1))
    talk.atMs = beganMs + atMs - 100
    t.equal(outcomeOf(talk.key(keys.slice(-1))), ends, `${atMs} ms: ${because}`)
  }
  const talk = new Talk().toNumber()
  talk.key('123')
  talk.atMs += 59_000
  talk.key('*4')
  t.equal(outcomeOf(talk.key('5')), 'reads on 5000', 'a number begun again has its own time')
})

t.test('three tries of format a call, each asked for in other words', async t => {
  const talk = new Talk().toNumber()
  const again = (...clips: ClipFile[]) => [flush, read(10_000, ...clips)]
  t.strictSame(
    talk.silence(),
    again(...ja('no-input', 'enter-number-short', 'enter-number-hint')),
    'shorter, with a hint',
  )
  t.strictSame(
    talk.key('123#'),
    again(...ja('too-few-digits', 'enter-number-where', 'enter-number-short')),
    'where the number is',
  )
  t.strictSame(talk.key('*'), [read(10_000, ...ja('enter-number-where', 'enter-number-short'))])
  t.strictSame(
    talk.silence(),
    [report('short', 0), play(...ja('no-input', 'tries-over'))],
    'the third ends it',
  )
  t.strictSame(talk.played(), [{ type: 'hang_up' }])
  t.match(talk.state, { at: 'ended', ending: { by: 'ivr', because: 'tries_over' } })
})

t.test('type-ahead: keys during the welcome begin the number', async t => {
  const talk = new Talk().toWelcome()
  t.strictSame(talk.key('1'), [read(5_000)])
  talk.key(PIN.slice(1))
  t.match(talk.silence().at(-1), { type: 'redeem', entry: 1, pin: PIN })
  for (const key of ['*', '#']) {
    t.strictSame(new Talk().toWelcome().key(key), [read(10_000, ...FULL_PROMPT)], `${key} skips it`)
  }
})

t.test('9 alone during the welcome chooses English; 9 and a digit is a number', async t => {
  const inEnglish = [
    read(10_000, ...simple('en', 'welcome'), ...phrase('en', 'enter-number', { length: 14 })),
  ]
  const alone = new Talk().toWelcome()
  t.strictSame(alone.key('9'), [read(1_500)])
  t.strictSame(alone.silence(), inEnglish)
  t.strictSame(alone.silence().at(-1)?.type, 'read_key')
  t.match(alone.actions.at(-1), { clips: [/^en\//, /^en\//, /^en\//] }, 'English to the end')

  t.strictSame(new Talk().toWelcome().key('9#'), inEnglish)
  t.strictSame(new Talk().toWelcome().key('9*'), [read(10_000, TONES.cleared)])
  const number = new Talk().toWelcome()
  t.match(number.key('91234567890123#').at(-1), { type: 'redeem', pin: '91234567890123' })
  t.strictSame(new Talk().toNumber().key('9'), [read(5_000)], 'after the welcome 9 is a digit')

  const oneLanguage = new Talk({ offerLanguage: false }).toWelcome()
  t.strictSame(oneLanguage.actions.at(-1), read(1_000, ...ja('welcome')))
  t.strictSame(oneLanguage.key('9'), [read(5_000)], 'where no language is offered, a digit too')
})

/** What a key or a silence led to, in a word. */
function outcomeOf(actions: readonly Action[]): string {
  const last = actions.at(-1)
  if (last?.type === 'redeem') return 'redeems'
  if (last?.type !== 'read_key') return 'ends'
  const { clips, waitMs } = last
  if (clips.length === 0) return `reads on ${waitMs}`
  if (clips[0] === TONES.cleared && waitMs === LIMITS.firstDigitWaitMs) return 'cleared'
  const cause = (['no-input', 'too-few-digits', 'too-many-digits'] as const).find(
    id => clips[0] === simple('ja', id)[0],
  )
  return cause ?? 'repeats'
}
