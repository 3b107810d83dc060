import type { JstMonth } from '../../domain/jst.js'
import type { Yen } from '../../domain/yen.js'
import type { InvoiceLine } from '../invoice.js'
import type { FeeTables } from './fee-tables.js'
import { type Charges, chargesOf, lineOf } from './rating.js'

/** What an operator may do to an invoice in its correction window (requirement P-05). */
export type Correction =
  /** 金額の変更: line `line`, counted from 1, is another amount. */
  | { readonly does: 'change_amount'; readonly line: number; readonly amount: Yen }
  | { readonly does: 'delete_line'; readonly line: number }
  | {
      readonly does: 'add_line'
      readonly item: string
      /** Printed instead of the item's name. */
      readonly name: string | undefined
      readonly amount: Yen
    }

/** An invoice corrected, with its tax and totals; or why not, in the order it is checked. */
export type Corrected =
  | { readonly outcome: 'corrected'; readonly charges: Charges }
  | { readonly outcome: 'no_such_line' }
  | { readonly outcome: 'no_such_item' }

/** Corrects an invoice: its tax is calculated again, by the policy and the rates that it had. */
export function correct(
  charges: Charges,
  correction: Correction,
  tables: FeeTables,
  month: JstMonth,
): Corrected {
  const lines = [...charges.lines]
  if (correction.does === 'add_line') {
    if (!tables.items.has(correction.item)) return { outcome: 'no_such_item' }
    const { item, amount, name } = correction
    lines.push(
      lineOf(
        { tables, month },
        { item, unitPrice: amount, ...(name === undefined ? {} : { name }) },
      ),
    )
  } else {
    const at = correction.line - 1
    const line: InvoiceLine | undefined = lines[at]
    if (!line) return { outcome: 'no_such_line' }
    if (correction.does === 'delete_line') lines.splice(at, 1)
    else {
      const { amount } = correction
      lines[at] = { ...line, unitPrice: amount, quantity: 1, amount }
    }
  }
  return { outcome: 'corrected', charges: chargesOf(lines, charges.taxPolicy) }
}
