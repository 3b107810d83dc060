import t from 'tap'
import type { Language } from '../../domain/charge-answer.js'
import { epochMs } from '../../domain/clock.js'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { clipOf } from '../../guidance-audio/catalogue.js'
import { readingEn } from '../../guidance-audio/reading-en.js'
import { readingJa } from '../../guidance-audio/reading-ja.js'
import { UNITS_MAX, type Value, YEN_MAX } from '../../guidance-audio/values.js'
import { seededChance } from '../../platform/seeded-chance.js'

const read = (language: Language, value: Value): string[] =>
  language === 'ja' ? readingJa(value) : readingEn(value, 'inside')

/** What is heard of a value, as the catalogue says it; throws where a clip is missing. */
function heard(language: Language, value: Value, as: 'text' | 'kana'): string {
  const stretches = read(language, value).map(id => {
    const clip = clipOf(language, id)
    if (!clip) throw new Error(`${language} has no clip ${id}`)
    return clip[as]
  })
  return stretches.join(language === 'ja' ? '' : ' ')
}

const amount = (value: number): Value => ({ kind: 'yen', value: yen(value) })
const units = (value: number): Value => ({ kind: 'units', value })
const day = (text: string): Value => ({ kind: 'day', value: text as JstDay })
const date = (text: string): Value => ({ kind: 'date', value: text as JstDay })
const moment = (jst: string): Value => ({
  kind: 'moment',
  value: epochMs(Date.parse(`${jst}+09:00`)),
})

t.test('Japanese numbers are read with their changes of sound', async t => {
  // biome-ignore format: table
  for (const [value, kana, because] of [
    [amount(0),           'ぜろえん',                       'nothing is left'],
    [amount(1),           'いちえん',                       ''],
    [amount(4),           'よえん',                         'not よんえん'],
    [amount(7),           'ななえん',                       'not しち, which sounds like いち'],
    [amount(9),           'きゅうえん',                     ''],
    [amount(10),          'じゅうえん',                     ''],
    [amount(14),          'じゅうよえん',                   'よ before 円 in any ten'],
    [amount(100),         'ひゃくえん',                     'not いちひゃく'],
    [amount(300),         'さんびゃくえん',                 'ん voices 百'],
    [amount(500),         'ごひゃくえん',                   'the smallest card'],
    [amount(600),         'ろっぴゃくえん',                 'ろく doubles 百'],
    [amount(800),         'はっぴゃくえん',                 'はち doubles 百'],
    [amount(1000),        'せんえん',                       'not いっせん'],
    [amount(3000),        'さんぜんえん',                   'ん voices 千'],
    [amount(7000),        'ななせんえん',                   ''],
    [amount(8000),        'はっせんえん',                   'はち doubles 千'],
    [amount(9744),        'きゅうせんななひゃくよんじゅうよえん', 'the invoice of Figure 1'],
    [amount(10_000),      'いちまんえん',                   'not まん alone'],
    [amount(11_000),      'いちまんせんえん',               'a thousand after 万 is せん'],
    [amount(14_000),      'いちまんよんせんえん',           ''],
    [amount(48_000),      'よんまんはっせんえん',           'よん before 万'],
    [amount(50_000),      'ごまんえん',                     'the month cap'],
    [amount(100_000),     'じゅうまんえん',                 ''],
    [amount(1_000_000),   'ひゃくまんえん',                 ''],
    [amount(3_000_000),   'さんびゃくまんえん',             ''],
    [amount(10_000_000),  'いっせんまんえん',               'a thousand before 万 is いっせん'],
    [amount(10_000_001),  'いっせんまんいちえん',           'and keeps it when more follows'],
    [amount(30_000_000),  'さんぜんまんえん',               ''],
    [amount(80_000_600),  'はっせんまんろっぴゃくえん',     'zeros in between are not said'],
    [amount(YEN_MAX),     'きゅうせんきゅうひゃくきゅうじゅうきゅうまんきゅうせんきゅうひゃくきゅうじゅうきゅうえん', 'the largest'],
    [units(300),          'さんびゃくど',                   '3,000 yen in units'],
    [units(4),            'よんど',                         'よん before 度, not よ'],
    [units(0),            'ぜろど',                         ''],
    [units(10_000),       'いちまんど',                     '度 stands alone'],
    [units(10_100),       'いちまんひゃくど',               ''],
    [{ kind: 'digits', value: 14 }, 'じゅうよんけた',       'a PIN'],
    [{ kind: 'digits', value: 16 }, 'じゅうろっけた',       ''],
    [{ kind: 'digits', value: 20 }, 'にじゅっけた',         'the longest PIN'],
    [{ kind: 'digits', value: 2 },  'ふたけた',             'alone it is counted in the old way'],
    [{ kind: 'digits', value: 12 }, 'じゅうにけた',         'after ten it is not'],
    [{ kind: 'tries', value: 1 },   'いっかい',             ''],
    [{ kind: 'tries', value: 3 },   'さんかい',             ''],
    [{ kind: 'tries', value: 10 },  'じゅっかい',           ''],
    [{ kind: 'cards', value: 4 },   'よんまい',             ''],
    [{ kind: 'cards', value: 10 },  'じゅうまい',           ''],
  ] as const) {
    t.equal(heard('ja', value, 'kana'), kana, `${kana} ${because}`)
  }
})

t.test('Japanese dates and times are read in their own ways', async t => {
  // biome-ignore format: table
  for (const [value, kana, because] of [
    [day('2000-12-01'),  'じゅうにがつついたち',   'the day the service began'],
    [day('2000-01-02'),  'いちがつふつか',         ''],
    [day('2000-02-03'),  'にがつみっか',           ''],
    [day('2000-04-04'),  'しがつよっか',           '四月 is しがつ'],
    [day('2000-05-05'),  'ごがついつか',           ''],
    [day('2000-06-06'),  'ろくがつむいか',         ''],
    [day('2000-07-07'),  'しちがつなのか',         '七月 is しちがつ'],
    [day('2000-08-08'),  'はちがつようか',         ''],
    [day('2000-09-09'),  'くがつここのか',         '九月 is くがつ'],
    [day('2000-10-10'),  'じゅうがつとおか',       ''],
    [day('2000-11-14'),  'じゅういちがつじゅうよっか', ''],
    [day('2000-11-17'),  'じゅういちがつじゅうしちにち', ''],
    [day('2000-11-19'),  'じゅういちがつじゅうくにち', ''],
    [day('2000-11-20'),  'じゅういちがつはつか',   ''],
    [day('2000-11-24'),  'じゅういちがつにじゅうよっか', ''],
    [day('2004-02-29'),  'にがつにじゅうくにち',   ''],
    [date('2002-11-30'), 'にせんにねんじゅういちがつさんじゅうにち', ''],
    [date('2000-12-31'), 'にせんねんじゅうにがつさんじゅういちにち', 'no 零年'],
    [date('2024-04-30'), 'にせんにじゅうよねんしがつさんじゅうにち', '四年 is よねん'],
    [moment('2000-12-13T10:14:59.999'), 'じゅうにがつじゅうさんにちじゅうじじゅうよんぷん', 'seconds are not said'],
    [moment('2000-12-13T04:00:00'), 'じゅうにがつじゅうさんにちよじ', 'a full hour'],
    [moment('2000-12-13T00:10:00'), 'じゅうにがつじゅうさんにちれいじじゅっぷん', 'midnight'],
    [moment('2000-12-13T19:09:00'), 'じゅうにがつじゅうさんにちじゅうくじきゅうふん', ''],
    [moment('2000-12-13T07:08:00'), 'じゅうにがつじゅうさんにちしちじはっぷん', ''],
  ] as const) {
    t.equal(heard('ja', value, 'kana'), kana, `${kana} ${because}`)
  }
})

t.test('English numbers, dates and times are read as they are said', async t => {
  // biome-ignore format: table
  for (const [value, words] of [
    [amount(0),          'zero yen'],
    [amount(1),          'one yen'],
    [amount(3000),       'three thousand yen'],
    [amount(14_300),     'fourteen thousand three hundred yen'],
    [amount(100_000),    'one hundred thousand yen'],
    [amount(345_021),    'three hundred forty five thousand twenty one yen'],
    [amount(1_000_000),  'one million yen'],
    [amount(YEN_MAX),    'ninety nine million nine hundred ninety nine thousand nine hundred ninety nine yen'],
    [units(1),           'one unit'],
    [units(300),         'three hundred units'],
    [{ kind: 'digits', value: 14 }, 'fourteen digit'],
    [{ kind: 'tries', value: 1 },   'one try'],
    [{ kind: 'tries', value: 2 },   'two tries'],
    [{ kind: 'cards', value: 10 },  'ten cards'],
    [day('2000-11-20'),  'November twentieth'],
    [day('2000-11-01'),  'November first'],
    [day('2000-11-12'),  'November twelfth'],
    [day('2000-11-23'),  'November twenty third'],
    [date('2002-11-30'), 'November thirtieth two thousand two'],
    [date('2010-05-08'), 'May eighth twenty ten'],
    [moment('2000-12-13T10:14:00'), 'December thirteenth ten fourteen A M'],
    [moment('2000-12-13T00:05:00'), 'December thirteenth twelve oh five A M'],
    [moment('2000-12-13T12:00:00'), "December thirteenth twelve o'clock P M"],
    [moment('2000-12-13T23:59:00'), 'December thirteenth eleven fifty nine P M'],
  ] as const) {
    t.equal(heard('en', value, 'text'), words)
  }
})

/** An independent reader of kanji numerals: the number that a text says before its counter. */
function numberInKanji(text: string): number {
  let [total, group, digit] = [0, 0, 0]
  for (const kanji of text.replace(/[円度]$/, '')) {
    const place = { 十: 10, 百: 100, 千: 1000 }[kanji]
    if (kanji === 'ゼ' || kanji === 'ロ') continue
    if (kanji === '万') {
      total = (group + digit) * 10_000
      group = 0
    } else if (place) group += (digit || 1) * place
    digit = place || kanji === '万' ? 0 : '一二三四五六七八九'.indexOf(kanji) + 1
  }
  return total + group + digit
}

/** The same for English words. */
function numberInWords(text: string): number {
  const small =
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
      ' ',
    )
  const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
  let [total, group] = [0, 0]
  for (const word of text.replace(/ (yen|units?)$/, '').split(' ')) {
    if (word === 'hundred') group *= 100
    else if (word === 'thousand' || word === 'million') {
      total += group * (word === 'thousand' ? 1000 : 1_000_000)
      group = 0
    } else group += small.includes(word) ? small.indexOf(word) : (tens.indexOf(word) + 2) * 10
  }
  return total + group
}

const numberHeard = (language: Language, value: Value): number =>
  language === 'ja'
    ? numberInKanji(heard('ja', value, 'text'))
    : numberInWords(heard('en', value, 'text'))

t.test('every amount from 0 to 99,999,999 yen is read with clips that say that amount', async t => {
  // Every group of four digits in the lower place, in the upper place with nothing below, and in the
  // upper place with something below. A reading is the upper group's clips and then the lower one's
  // (next test), so these cases hold every clip of every amount, in both languages.
  let wrong = 0
  for (const language of ['ja', 'en'] as const) {
    for (let group = 0; group <= 9999; group += 1) {
      for (const number of [group, group * 10_000, group * 10_000 + 1]) {
        if (numberHeard(language, amount(number)) !== number) wrong += 1
      }
    }
  }
  t.equal(wrong, 0, '60,000 amounts')
})

t.test('an amount is its ten thousands and then the rest', async t => {
  const chance = seededChance(1400)
  for (let round = 0; round < 5000; round += 1) {
    const upper = 1 + Math.floor(chance() * 9999)
    const lower = 1 + Math.floor(chance() * 9999)
    const number = upper * 10_000 + lower
    const whole = readingJa(amount(number))
    const above = readingJa(amount(upper * 10_000 + 1)).slice(0, -1)
    const same = JSON.stringify(whole) === JSON.stringify([...above, ...readingJa(amount(lower))])
    if (!same) t.fail(`${number} yen is read ${whole.join(' ')}`)
    if (numberHeard('en', amount(number)) !== number) t.fail(`${number} yen in English`)
  }
})

t.test('every count of units is read with clips that say that count', async t => {
  let wrong = 0
  for (const language of ['ja', 'en'] as const) {
    for (let group = 0; group <= 9999; group += 1) {
      const above = (group % 1000) * 10_000
      for (const number of [group, above, above + 1]) {
        if (numberHeard(language, units(number)) !== number) wrong += 1
      }
    }
  }
  t.equal(wrong, 0)
  t.equal(numberHeard('ja', units(UNITS_MAX)), UNITS_MAX)
})

t.test('every count, day, year, hour and minute has its clips', async t => {
  for (const language of ['ja', 'en'] as const) {
    for (let count = 1; count <= 20; count += 1) {
      for (const kind of ['digits', 'tries', 'cards'] as const) {
        heard(language, { kind, value: count }, 'text')
      }
    }
    // 2000 is a leap year: each of its days is a day of any year.
    for (let of = 0; of < 366; of += 1) {
      const text = new Date(Date.UTC(2000, 0, 1 + of)).toISOString().slice(0, 10)
      t.match(heard(language, day(text), 'text'), /./)
    }
    for (let year = 2000; year <= 2099; year += 1) heard(language, date(`${year}-11-20`), 'text')
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const at = epochMs(Date.UTC(2000, 11, 13) + minute * 60_000)
      heard(language, { kind: 'moment', value: at }, 'text')
    }
  }
})

t.test('a number beyond what can be read is refused', async t => {
  for (const language of ['ja', 'en'] as const) {
    for (const value of [
      amount(-1),
      amount(YEN_MAX + 1),
      units(UNITS_MAX + 1),
      units(0.5),
      { kind: 'cards', value: 0 },
      { kind: 'digits', value: 21 },
      date('1999-12-31'),
      date('2100-01-01'),
    ] as const) {
      t.throws(() => read(language, value), RangeError, `${value.kind} ${value.value}`)
    }
  }
})

t.test('the voice falls on the last word of an English sentence', async t => {
  t.strictSame(readingEn(amount(3000), 'last'), ['3000', 'yen-last'])
  t.strictSame(readingEn(units(1), 'last'), ['1', 'unit-last'])
})
