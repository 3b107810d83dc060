/** Words as written and as spoken. */
export interface Spoken {
  readonly text: string
  /** Kana as spoken: particles は and へ as わ and え. */
  readonly kana: string
}

/** What a number is counted in; `plain` is a number that more digits follow. */
export type CounterJa =
  | 'plain'
  | 'man' // 万, more digits follow
  | 'yen'
  | 'man-yen'
  | 'units'
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'digits'
  | 'tries'
  | 'cards'

const KANJI = ['', '一', '二', '三', '四', '五', '六', '七', '八', '九']
const KANA = ['', 'いち', 'に', 'さん', 'よん', 'ご', 'ろく', 'なな', 'はち', 'きゅう']

/** 百 and 千 change their sound after 三, 六 and 八. */
const HUNDREDS = [
  '',
  'ひゃく',
  'にひゃく',
  'さんびゃく',
  'よんひゃく',
  'ごひゃく',
  'ろっぴゃく',
  'ななひゃく',
  'はっぴゃく',
  'きゅうひゃく',
]
const THOUSANDS = [
  '',
  'せん',
  'にせん',
  'さんぜん',
  'よんせん',
  'ごせん',
  'ろくせん',
  'ななせん',
  'はっせん',
  'きゅうせん',
]

/** How a counter is spoken, and which last digits change what stands before it or itself. */
interface Counter extends Spoken {
  /** Last digit (10 for a number that ends in 十) → the digit and the counter together. */
  readonly changed?: Readonly<Record<number, string>>
  /** Numbers that are read in a way of their own. */
  readonly alone?: Readonly<Record<number, string>>
}

// biome-ignore format: table
const COUNTERS: Readonly<Record<CounterJa, Counter>> = {
  plain:     { text: '', kana: '' },
  man:       { text: '万', kana: 'まん' },
  yen:       { text: '円', kana: 'えん', changed: { 4: 'よえん' } },
  'man-yen': { text: '万円', kana: 'まんえん' },
  units:     { text: '度', kana: 'ど' },
  year:      { text: '年', kana: 'ねん', changed: { 4: 'よねん' } },
  month:     { text: '月', kana: 'がつ', changed: { 4: 'しがつ', 7: 'しちがつ', 9: 'くがつ' } },
  day:       { text: '日', kana: 'にち', changed: { 7: 'しちにち', 9: 'くにち' },
               alone: { 1: 'ついたち', 2: 'ふつか', 3: 'みっか', 4: 'よっか', 5: 'いつか', 6: 'むいか',
                        7: 'なのか', 8: 'ようか', 9: 'ここのか', 10: 'とおか', 14: 'じゅうよっか',
                        20: 'はつか', 24: 'にじゅうよっか' } },
  hour:      { text: '時', kana: 'じ', changed: { 4: 'よじ', 7: 'しちじ', 9: 'くじ' },
               alone: { 0: 'れいじ' } },
  minute:    { text: '分', kana: 'ふん',
               changed: { 1: 'いっぷん', 3: 'さんぷん', 4: 'よんぷん', 6: 'ろっぷん', 8: 'はっぷん', 10: 'じゅっぷん' } },
  digits:    { text: '桁', kana: 'けた',
               changed: { 1: 'いっけた', 6: 'ろっけた', 8: 'はっけた', 10: 'じゅっけた' },
               alone: { 1: 'ひとけた', 2: 'ふたけた' } },
  tries:     { text: '回', kana: 'かい',
               changed: { 1: 'いっかい', 6: 'ろっかい', 8: 'はっかい', 10: 'じゅっかい' } },
  cards:     { text: '枚', kana: 'まい' },
}

/** A number below a hundred in a counter, as written and as spoken. */
export function belowHundred(number: number, name: CounterJa): Spoken {
  const counter = COUNTERS[name]
  const tens = Math.floor(number / 10)
  const ones = number % 10
  const tensText = tens === 0 ? '' : `${tens === 1 ? '' : KANJI[tens]}十`
  const digits = number === 0 ? (name === 'hour' ? '零' : 'ゼロ') : `${tensText}${KANJI[ones]}`
  return { text: `${digits}${counter.text}`, kana: counter.alone?.[number] ?? regular() }

  function regular(): string {
    const tensKana = tens === 0 ? '' : `${tens === 1 ? '' : KANA[tens]}じゅう`
    if (number === 0) return `ぜろ${counter.kana}`
    if (ones > 0) return `${tensKana}${counter.changed?.[ones] ?? `${KANA[ones]}${counter.kana}`}`
    const ten = counter.changed?.[10] ?? `じゅう${counter.kana}`
    return `${tensKana.slice(0, -'じゅう'.length)}${ten}`
  }
}

/** 百 to 九百 in a counter. */
export const hundreds = (digit: number, name: CounterJa): Spoken => ({
  text: `${digit === 1 ? '' : KANJI[digit]}百${COUNTERS[name].text}`,
  kana: `${HUNDREDS[digit]}${COUNTERS[name].kana}`,
})

/** 千 to 九千 in a counter. One thousand is 千, but 一千 where 万 follows at once. */
export function thousands(digit: number, name: CounterJa): Spoken {
  const { text, kana } = COUNTERS[name]
  if (digit === 1 && text.startsWith('万')) return { text: `一千${text}`, kana: `いっせん${kana}` }
  return { text: `${digit === 1 ? '' : KANJI[digit]}千${text}`, kana: `${THOUSANDS[digit]}${kana}` }
}
