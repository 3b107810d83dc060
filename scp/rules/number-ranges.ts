import { type ContractClass, isContractClass } from '../../domain/contract-class.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import { type Complain, readTableText, type TableReading, type TableRow } from './table-text.js'

/** 番号帯: numbers that are served, with the classes of contract that they may have. */
export interface NumberRange {
  /** Both ends belong to it. */
  readonly first: Msisdn
  readonly last: Msisdn
  /** `any`: the switch's word alone tells. */
  readonly classes: readonly ContractClass[] | 'any'
}

/** Ranges in the order of their numbers; none overlaps another. */
export type NumberRanges = readonly NumberRange[]

const COLUMNS = ['first', 'last', 'classes'] as const

type Row = TableRow<(typeof COLUMNS)[number]>

/** Reads the table of number ranges. */
export const readNumberRanges = (text: string): TableReading<NumberRanges> =>
  readTableText(text, COLUMNS, (rows, complain) => {
    const ranges = rows
      .flatMap(row => {
        const range = rangeIn(row, complain)
        return range ? [{ line: row.line, range }] : []
      })
      .sort((one, other) => (one.range.first < other.range.first ? -1 : 1))
    let before: (typeof ranges)[number] | undefined
    for (const one of ranges) {
      if (before && one.range.first <= before.range.last) {
        const [above = 0, below = 0] = [before.line, one.line].sort((a, b) => a - b)
        complain(below, `it has numbers that line ${above} has: part them`)
      }
      if (!before || before.range.last < one.range.last) before = one
    }
    return ranges.map(({ range }) => range)
  })

function rangeIn({ line, fields }: Row, complain: Complain): NumberRange | undefined {
  const first = parseMsisdn(fields.first)
  const last = parseMsisdn(fields.last)
  const words = fields.classes.split(/ +/)
  const classes = words.filter(isContractClass)
  if (!first || !last) complain(line, 'first and last must be numbers such as 09010000000')
  else if (last < first) complain(line, 'it ends before it begins: exchange first and last')
  else if (fields.classes === 'any') return { first, last, classes: 'any' }
  else if (classes.length < words.length) {
    const strange = words.filter(word => !isContractClass(word)).join(', ')
    complain(
      line,
      `its classes must be any, or classes of contract with spaces between: ${strange}`,
    )
  } else return { first, last, classes }
  return undefined
}

/** The range that a number lies in; `undefined` when no range has it. */
export function rangeOf(ranges: NumberRanges, number: Msisdn): NumberRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    const { first } = ranges[middle] ?? { first: number }
    if (first <= number) low = middle + 1
    else high = middle
  }
  const range = ranges[low - 1]
  return range && number <= range.last ? range : undefined
}
