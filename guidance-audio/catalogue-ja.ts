import { type Clip, endOf, type Neighbour, SILENT } from './clip.js'
import { exampleOf } from './example-values.js'
import { belowHundred, type CounterJa, hundreds, type Spoken, thousands } from './numerals-ja.js'
import { readingJa } from './reading-ja.js'
import { isSlot, type Part, partsOf } from './slots.js'
import { clippedParts, TEXT_IDS, type TextId, textJa } from './texts.js'
import { COUNT_MAX } from './values.js'

/** All clips of Japanese: numbers, dates, times, then the texts. */
export function clipsJa(): Clip[] {
  const numbers = [...amounts(), ...counts(), ...dates(), ...times()]
  const spokenBy = new Map(numbers.map(clip => [clip.id, clip]))
  const spoken = (id: string): Spoken => spokenBy.get(id) ?? missing(id)
  return [...numbers, ...TEXT_IDS.flatMap(id => clipsOfText(id, spoken))]
}

const missing = (id: string): never => {
  throw new Error(`no Japanese clip says ${id}`)
}

// What is said after a number when its clip is made: a sound like the one that will follow it.
const DESU: Neighbour = { text: 'です。', kana: 'です' }
const THIRTY_YEN: Neighbour = { text: '三十円です。', kana: 'さんじゅうえんです' }
const THREE_THOUSAND_YEN: Neighbour = { text: '三千円です。', kana: 'さんぜんえんです' }

function amounts(): Clip[] {
  return [
    numberClip('0-yen', belowHundred(0, 'yen'), DESU),
    numberClip('0-units', belowHundred(0, 'units'), DESU),
    ...hundredsAndThousands('plain', 1, '', THIRTY_YEN),
    ...upToThousands('man', 10_000, '', THREE_THOUSAND_YEN),
    ...upToThousands('yen', 1, '-yen', DESU),
    ...upToThousands('man-yen', 10_000, '-yen', DESU),
    ...upToThousands('units', 1, '-units', DESU),
    {
      ...numberClip('units', { text: '度', kana: 'ど' }, DESU),
      before: { text: '三十万', kana: 'さんじゅうまん' },
    },
  ]
}

const upToThousands = (counter: CounterJa, scale: number, suffix: string, after: Neighbour) => [
  ...range(1, 99).map(number =>
    numberClip(`${number * scale}${suffix}`, belowHundred(number, counter), after),
  ),
  ...hundredsAndThousands(counter, scale, suffix, after),
]

const hundredsAndThousands = (
  counter: CounterJa,
  scale: number,
  suffix: string,
  after: Neighbour,
): Clip[] =>
  range(1, 9).flatMap(digit => [
    numberClip(`${digit * 100 * scale}${suffix}`, hundreds(digit, counter), after),
    numberClip(`${digit * 1000 * scale}${suffix}`, thousands(digit, counter), after),
  ])

const counts = (): Clip[] =>
  range(1, COUNT_MAX).flatMap(number => [
    numberClip(`${number}-digits`, belowHundred(number, 'digits'), {
      text: 'の番号です。',
      kana: 'のばんごうです',
    }),
    numberClip(`${number}-tries`, belowHundred(number, 'tries'), DESU),
    numberClip(`${number}-cards`, belowHundred(number, 'cards'), DESU),
  ])

function dates(): Clip[] {
  const tenth: Neighbour = { text: '十日です。', kana: 'とおかです' }
  const october: Neighbour = { text: '十月です。', kana: 'じゅうがつです' }
  return [
    numberClip('2000-year', thousands(2, 'year'), october),
    ...range(1, 99).map(year => numberClip(`${year}-year`, belowHundred(year, 'year'), october)),
    ...range(1, 12).map(month => numberClip(`${month}-month`, belowHundred(month, 'month'), tenth)),
    ...range(1, 31).map(day => ({
      ...numberClip(`${day}-day`, belowHundred(day, 'day'), DESU),
      // Beside a month, or the first of it would be read as «one day».
      before: { text: '十月', kana: 'じゅうがつ' },
    })),
  ]
}

const times = (): Clip[] => [
  ...range(0, 23).map(hour =>
    numberClip(`${hour}-hour`, belowHundred(hour, 'hour'), {
      text: '三十分です。',
      kana: 'さんじゅっぷんです',
    }),
  ),
  ...range(1, 59).map(minute => ({
    ...numberClip(`${minute}-minute`, belowHundred(minute, 'minute'), DESU),
    // Beside an hour, or ten minutes would be read as «enough».
    before: { text: '十時', kana: 'じゅうじ' },
  })),
]

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, place) => first + place)

const numberClip = (id: string, { text, kana }: Spoken, after: Neighbour): Clip => ({
  language: 'ja',
  id,
  text,
  kana,
  before: SILENT,
  after,
  pauseBefore: false,
  ends: 'joined',
})

/** The clips of a text's words, each said within the whole text with example values. */
function clipsOfText(id: TextId, spoken: (clipId: string) => Spoken): Clip[] {
  const { text, kana, say } = textJa(id)
  const said = saidParts(say ?? text, kana, spoken)
  return clippedParts(id, say ?? text).flatMap(({ part, clipId }, place): Clip[] => {
    const own = said[place]
    if (clipId === undefined || isSlot(part) || own === undefined) return []
    const ends = place < said.length - 1 ? 'comma' : endOf(part.words)
    return [
      {
        language: 'ja',
        id: clipId,
        ...own,
        before: joined(said.slice(0, place)),
        after: joined(said.slice(place + 1)),
        pauseBefore: part.pauseBefore,
        ends,
      },
    ]
  })
}

/** The stretches as they are said, the places filled with example values; a pause leads to a value. */
function saidParts(text: string, kana: string, spoken: (clipId: string) => Spoken): Spoken[] {
  const parts = partsOf(text)
  const kanaWords = kana.split(/\{\w+\}/).filter(words => /\p{L}/u.test(words))
  return parts.map((part, place) => {
    if (isSlot(part)) return joined(readingJa(exampleOf(part.kind)).map(spoken))
    const words = isSlot(parts[place + 1] ?? part) ? withComma(part.words) : part.words
    return { text: words, kana: kanaWords[parts.slice(0, place).filter(isWords).length] ?? '' }
  })
}

const isWords = (part: Part): boolean => !isSlot(part)

const withComma = (words: string): string => (endOf(words) === 'joined' ? `${words}、` : words)

const joined = (stretches: readonly Spoken[]): Neighbour => ({
  text: stretches.map(({ text }) => text).join(''),
  kana: stretches.map(({ kana }) => kana).join(''),
})
