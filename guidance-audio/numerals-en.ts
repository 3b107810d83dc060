// biome-ignore format: two rows of ten
const BELOW_TWENTY = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine',
  'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
]

const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']

/** Ordinals that are not the number with «th» added. */
const ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}

/** English names of the months, January first. */
export const MONTHS_EN = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** 0 to 99 in words, each word apart so that a voice says it plainly: `forty five`. */
export function wordsBelowHundred(number: number): string {
  const small = BELOW_TWENTY[number]
  if (small !== undefined) return small
  const ones = number % 10
  return `${TENS[Math.floor(number / 10)]}${ones === 0 ? '' : ` ${BELOW_TWENTY[ones]}`}`
}

/** 1 to 31 as a day of the month: `twenty first`. */
export function ordinalWords(number: number): string {
  const words = wordsBelowHundred(number).split(' ')
  const last = words.pop() ?? ''
  return [...words, ORDINALS[last] ?? `${last.replace(/y$/, 'ie')}th`].join(' ')
}

/** A year from 2000 to 2099: `two thousand`, `two thousand one`, `twenty ten`. */
export function yearWords(year: number): string {
  const ofCentury = year - 2000
  if (ofCentury === 0) return 'two thousand'
  if (ofCentury < 10) return `two thousand ${wordsBelowHundred(ofCentury)}`
  return `twenty ${wordsBelowHundred(ofCentury)}`
}
