import type { ChargeRecord } from '../../domain/charge-record.js'
import type { Company } from '../../domain/company.js'
import type { HourlyRecord } from '../../domain/hourly-file.js'
import { type JstDay, jstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'

/** Numbers that belong to one company in a half-open span of days. */
export interface NumberRange {
  /** Both ends belong to it. */
  readonly first: Msisdn
  readonly last: Msisdn
  readonly from: JstDay
  /** The day from which it holds no more; `undefined`: it holds on. */
  readonly until: JstDay | undefined
  readonly company: Company
}

/** The tables of コード変換 (seed 004 §4.2; requirements C-02, C-10). Plain values, so that a store can keep them. */
export interface CodeTables {
  /** Charge kind to its code of two characters. */
  readonly chargeKinds: Readonly<Record<string, string>>
  /** Face value in yen to its code of two characters. */
  readonly faceValues: Readonly<Record<string, string>>
  /** Name of a node to its code of three characters. */
  readonly nodes: Readonly<Record<string, string>>
  readonly numberRanges: readonly NumberRange[]
}

/** A charge record with where CRS took it from. */
export type ReceivedRecord = ChargeRecord & Pick<HourlyRecord, 'node' | 'fileNumber' | 'place'>

/** Numbers from one place on, up to the next segment, with the ranges that hold there by day. */
interface Segment {
  readonly first: Msisdn
  readonly ranges: readonly NumberRange[]
}

/** Converts records by one set of tables. What they do not map, goes to the error section with its reason. */
export class CodeConverter {
  readonly #tables: CodeTables
  readonly #segments: readonly Segment[]

  constructor(tables: CodeTables) {
    this.#tables = tables
    this.#segments = segmentsOf(tables.numberRanges)
  }

  coded(record: ReceivedRecord): HourlyRecord {
    const { chargeKinds, faceValues, nodes } = this.#tables
    const kindCode = own(chargeKinds, record.kind)
    const faceValueCode = own(faceValues, `${record.faceValue}`)
    const nodeCode = own(nodes, record.node)
    const whole = kindCode !== undefined && faceValueCode !== undefined && nodeCode !== undefined
    const company = whole ? this.companyOf(record.msisdn, jstDay(record.chargedAt)) : undefined
    return { ...record, kindCode, faceValueCode, nodeCode, company }
  }

  /** The company that a number belongs to on a day; `undefined` when no range holds. */
  companyOf(number: Msisdn, day: JstDay): Company | undefined {
    const ranges = this.#segmentOf(number)?.ranges ?? []
    return ranges.find(({ from, until }) => from <= day && (until === undefined || day < until))
      ?.company
  }

  /** The last segment that begins at or before a number. */
  #segmentOf(number: Msisdn): Segment | undefined {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      const { first } = this.#segments[middle] ?? { first: number }
      if (first <= number) low = middle + 1
      else high = middle
    }
    return this.#segments[low - 1]
  }
}

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** Cuts the numbers wherever a range begins or has ended, so that a look-up searches once. */
function segmentsOf(ranges: readonly NumberRange[]): Segment[] {
  const cuts = new Set(ranges.flatMap(({ first, last }) => [first, after(last)]))
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : 1))
  let open: NumberRange[] = []
  let next = 0
  return [...cuts].sort().map(first => {
    open = open.filter(({ last }) => last >= first)
    for (; next < sorted.length; next++) {
      const range = sorted[next]
      if (!range || range.first > first) break
      open.push(range)
    }
    return { first, ranges: [...open] }
  })
}

/** The number after a number; all have eleven digits, so they sort as texts do. */
const after = (number: Msisdn): Msisdn => `${Number(number) + 1}`.padStart(11, '0') as Msisdn

/** Two ranges that claim one number for one day. */
export function overlaps(ranges: readonly NumberRange[]): readonly [NumberRange, NumberRange][] {
  const found = new Map<string, [NumberRange, NumberRange]>()
  for (const { ranges: together } of segmentsOf(ranges)) {
    for (const [index, one] of together.entries()) {
      for (const other of together.slice(index + 1)) {
        const name = `${ranges.indexOf(one)} ${ranges.indexOf(other)}`
        if (daysOverlap(one, other)) found.set(name, [one, other])
      }
    }
  }
  return [...found.values()]
}

const daysOverlap = (one: NumberRange, other: NumberRange): boolean =>
  (other.until === undefined || one.from < other.until) &&
  (one.until === undefined || other.from < one.until)
