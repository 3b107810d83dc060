import type { JstMonth } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import type { InvoiceLine, InvoiceTax, TaxPolicy } from '../invoice.js'

/**
 * 消費税等相当額 by rate, the highest first, rounded down (requirement P-16, §7.9). `total` rounds once on the
 * total of a rate (Figure 1: 合算), `per_line` line by line.
 */
export function taxesOf(lines: readonly InvoiceLine[], policy: TaxPolicy): InvoiceTax[] {
  const percents = [...new Set(lines.map(line => line.taxPercent))].filter(percent => percent > 0)
  return percents
    .sort((a, b) => b - a)
    .map(percent => {
      const amounts = lines.filter(line => line.taxPercent === percent).map(one => one.amount)
      const base = yen(amounts.reduce<number>((sum, amount) => sum + amount, 0))
      const rounded = amounts.reduce((sum, amount) => sum + taxOn(amount, percent), 0)
      return { percent, base, tax: policy === 'total' ? taxOn(base, percent) : yen(rounded) }
    })
}

/** Tax on an amount: of 1,103 yen at 10 % 110. What is taken off is rounded towards zero as well. */
export const taxOn = (amount: Yen, percent: number): Yen =>
  yen(Math.trunc((amount * percent) / 100) + 0)

/** From then on an invoice rounds once a rate (適格請求書, a qualified invoice; §7.9). */
const QUALIFIED_INVOICES_FROM = '2023-10'

/** The policy that an invoice issued in a month follows, of the one that its plan has. */
export const policyIn = (billingMonth: JstMonth, policy: TaxPolicy): TaxPolicy =>
  billingMonth < QUALIFIED_INVOICES_FROM ? policy : 'total'
