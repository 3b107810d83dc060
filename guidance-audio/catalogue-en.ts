import { type Clip, endOf, type Neighbour, SILENT } from './clip.js'
import { exampleOf } from './example-values.js'
import { MONTHS_EN, ordinalWords, wordsBelowHundred, yearWords } from './numerals-en.js'
import { readingEn } from './reading-en.js'
import { isSlot, type Part, partsOf } from './slots.js'
import { clippedParts, TEXT_IDS, type TextId, textOf } from './texts.js'
import { COUNT_MAX, YEAR_MAX, YEAR_MIN } from './values.js'

/** All clips of English: numbers, dates, times, then the texts. */
export function clipsEn(): Clip[] {
  const numbers = [...cardinals(), ...counters(), ...counts(), ...dates(), ...times()]
  const wordsBy = new Map(numbers.map(clip => [clip.id, clip.text]))
  const words = (id: string): string => wordsBy.get(id) ?? missing(id)
  return [...numbers, ...TEXT_IDS.flatMap(id => clipsOfText(id, words))]
}

const missing = (id: string): never => {
  throw new Error(`no English clip says ${id}`)
}

const YEN_GOES_ON = 'yen has been registered.'

function cardinals(): Clip[] {
  const belowHundred = range(1, 99)
  return [
    numberClip('0', 'zero', '', YEN_GOES_ON),
    ...belowHundred.map(count => numberClip(`${count}`, wordsBelowHundred(count), '', YEN_GOES_ON)),
    ...range(1, 9).map(digit =>
      numberClip(
        `${digit * 100}`,
        `${wordsBelowHundred(digit)} hundred`,
        '',
        `forty five ${YEN_GOES_ON}`,
      ),
    ),
    ...belowHundred.map(count =>
      numberClip(`${count * 1000}`, `${wordsBelowHundred(count)} thousand`, '', YEN_GOES_ON),
    ),
    numberClip('thousand', 'thousand', 'three hundred', YEN_GOES_ON),
    ...belowHundred.map(count =>
      numberClip(
        `${count * 1_000_000}`,
        `${wordsBelowHundred(count)} million`,
        '',
        `three hundred ${YEN_GOES_ON}`,
      ),
    ),
  ]
}

/** The words that follow a number, within a sentence and at its end, where the voice falls. */
const counters = (): Clip[] => [
  numberClip('yen', 'yen', 'three thousand', 'has been registered.'),
  numberClip('yen-last', 'yen.', 'Your total for this month is three thousand', ''),
  numberClip('unit', 'unit', 'one', 'has been added.'),
  numberClip('unit-last', 'unit.', 'You now have one', ''),
  numberClip('units', 'units', 'three hundred', 'have been added.'),
  numberClip('units-last', 'units.', 'You now have three hundred', ''),
]

const counts = (): Clip[] =>
  range(1, COUNT_MAX).flatMap(count => {
    const words = wordsBelowHundred(count)
    const many = count > 1
    return [
      numberClip(`${count}-digits`, `${words} digit`, 'Please enter the', 'number.'),
      numberClip(`${count}-tries`, `${words} ${many ? 'tries' : 'try'}`, 'You have', 'left.'),
      numberClip(`${count}-cards`, `${words} ${many ? 'cards' : 'card'}`, 'Up to', 'in one call.'),
    ]
  })

const dates = (): Clip[] => [
  ...MONTHS_EN.map(month => numberClip(month.toLowerCase(), month, 'until', 'twentieth.')),
  ...range(1, 31).map(day =>
    numberClip(`${day}-day`, ordinalWords(day), 'until November', 'two thousand two.'),
  ),
  ...range(YEAR_MIN, YEAR_MAX).map(year =>
    numberClip(`${year}-year`, yearWords(year), 'until November twentieth', 'in Japan.'),
  ),
]

/** Hours and minutes from ten on are said with the clips of the numbers. */
const times = (): Clip[] => [
  ...range(1, 9).map(minute =>
    numberClip(`oh-${minute}`, `oh ${wordsBelowHundred(minute)}`, 'at ten', 'in the morning.'),
  ),
  numberClip('oclock', "o'clock", 'at ten', 'in the morning.'),
  numberClip('am', 'A M', 'at ten fourteen', 'in Japan.'),
  numberClip('pm', 'P M', 'at ten fourteen', 'in Japan.'),
]

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, place) => first + place)

const numberClip = (id: string, text: string, before: string, after: string): Clip => ({
  language: 'en',
  id,
  text,
  kana: '',
  before: neighbour(before),
  after: neighbour(after),
  pauseBefore: false,
  ends: endOf(text),
})

const neighbour = (text: string): Neighbour => (text === '' ? SILENT : { text, kana: '' })

/** The clips of a text's words, each said within the whole text with example values. */
function clipsOfText(id: TextId, words: (clipId: string) => string): Clip[] {
  const text = textOf('en', id)
  const parts = partsOf(text)
  const said = parts.map((part, place) => saidPart(part, place === parts.length - 1, words))
  return clippedParts(id, text).flatMap(({ part, clipId }, place): Clip[] => {
    if (clipId === undefined || isSlot(part)) return []
    return [
      {
        language: 'en',
        id: clipId,
        text: part.words,
        kana: '',
        before: neighbour(said.slice(0, place).join(' ')),
        after: neighbour(said.slice(place + 1).join(' ')),
        pauseBefore: part.pauseBefore,
        ends: endOf(part.words),
      },
    ]
  })
}

function saidPart(part: Part, last: boolean, words: (clipId: string) => string): string {
  if (!isSlot(part)) return `${part.pauseBefore ? ', ' : ''}${part.words}`
  return readingEn(exampleOf(part.kind), last ? 'last' : 'inside')
    .map(words)
    .join(' ')
}
