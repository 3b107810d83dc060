import { addMonths, type JstMonth } from '../../../domain/jst.js'
import type { Contract } from './answers.js'

/** What a month brought and took of a contract's balance, and what was left at its end, in yen. */
export interface MonthFigures {
  readonly month: string
  readonly registered: number
  readonly applied: number
  readonly lost: number
  readonly left: number
  /** Whether the balance as it stands now is applied in this month. */
  readonly valid: boolean
}

/** A contract's months, and for how many after them its balance is applied. */
export interface MonthsOfContract {
  readonly months: readonly MonthFigures[]
  readonly ahead: number
  /** Last day in which the balance is applied. */
  readonly validTo: string | undefined
}

/** Most months that are drawn, the latest of them. */
const MONTHS_MAX = 18

/** The months of a contract's ledger without gap, and those to come in which its balance is applied. */
export function monthsOf({
  entries,
  validity,
}: Pick<Contract, 'entries' | 'validity'>): MonthsOfContract {
  const named = entries.map(({ month }) => month).sort()
  const [first, last] = [named[0], named.at(-1)]
  const validTo = validity?.end
  if (first === undefined || last === undefined) return { months: [], ahead: 0, validTo }
  const months: MonthFigures[] = []
  let left = 0
  for (let month = first as JstMonth; month <= last; month = addMonths(month, 1)) {
    const own = entries.filter(entry => entry.month === month)
    const sum = (...kinds: readonly string[]) =>
      own.filter(({ kind }) => kinds.includes(kind)).reduce((all, { amount }) => all + amount, 0)
    left += own.reduce((all, { amount }) => all + amount, 0)
    months.push({
      month,
      registered: sum('charge'),
      applied: -sum('application'),
      lost: -sum('expiry', 'reinstatement', 'cancellation'),
      left,
      valid: validity !== undefined && month >= validity.start,
    })
  }
  let ahead = 0
  for (let month = addMonths(last as JstMonth, 1); month <= (validTo ?? '').slice(0, 7); ) {
    month = addMonths(month, 1)
    ahead++
  }
  return { months: months.slice(-MONTHS_MAX), ahead, validTo }
}
