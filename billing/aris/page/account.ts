import type { EpochMs } from '../../../domain/clock.js'
import type { JstDay, JstMonth } from '../../../domain/jst.js'
import { type Static, Type } from '../../../platform/schema.js'
import { type ArisKnowledge, toldAt, visibleAt } from '../visible.js'
import { type Language, say, type Word } from './words.js'

const yenAmount = Type.Integer()

/** What a subscriber is shown of an account, as M-ARIS gives it (docs/formats/balance-enquiry.md). */
export const accountShown = Type.Object({
  asOf: Type.String(),
  balanceYen: yenAmount,
  nextApplicationYen: yenAmount,
  validUntil: Type.Union([Type.String(), Type.Null()]),
  charges: Type.Array(Type.Object({ day: Type.String(), amountYen: yenAmount })),
  invoices: Type.Array(
    Type.Object({ month: Type.String(), appliedYen: yenAmount, carriedOutYen: yenAmount }),
  ),
})

export type AccountShown = Static<typeof accountShown>

/** All that may be told at a moment (requirements A-01, A-03, A-04), the newest first. */
export function accountAt(known: ArisKnowledge, now: EpochMs): AccountShown {
  const { entries, invoices } = toldAt(known, now)
  const { asOf, balanceYen, nextApplicationYen, validUntil } = visibleAt(known, now)
  const charges = entries.flatMap(({ day, amount }) => (day ? [{ day, amountYen: amount }] : []))
  return {
    ...{ asOf, balanceYen, nextApplicationYen, validUntil },
    charges: charges.reverse(),
    invoices: invoices.map(one => ({ ...one })).reverse(),
  }
}

/** A day or a month as a person reads it. */
export const dateText = (language: Language, date: JstDay | JstMonth | string): string => {
  if (language === 'en') return date
  const [year = '', month = '', day] = date.split('-').map(part => `${Number(part)}`)
  return `${year}年${month}月${day ? `${day}日` : ''}`
}

/** An amount as a person reads it. */
export const amountText = (language: Language, yen: number): string =>
  say(language, 'yen', { amount: yen.toLocaleString('en') })

/** A table of the page: its heading, the heads of its columns, its rows, and what is said when there are none. */
export interface AccountTable {
  readonly heading: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly empty: string
}

/** The account in words: names with values, then tables. */
export function accountInWords(language: Language, account: AccountShown) {
  const words = (word: Word) => say(language, word)
  const yen = (amount: number) => amountText(language, amount)
  const { validUntil } = account
  const until = validUntil ? dateText(language, validUntil) : words('none')
  const facts = [
    [words('balance'), yen(account.balanceYen)],
    [words('next'), yen(account.nextApplicationYen)],
    [words('validUntil'), until],
  ] as const
  const tables: readonly AccountTable[] = [
    {
      heading: words('charges'),
      heads: [words('day'), words('amount')],
      rows: account.charges.map(one => [dateText(language, one.day), yen(one.amountYen)]),
      empty: words('noCharges'),
    },
    {
      heading: words('invoices'),
      heads: [words('month'), words('applied'), words('carried')],
      rows: account.invoices.map(one => [
        dateText(language, one.month),
        yen(one.appliedYen),
        yen(one.carriedOutYen),
      ]),
      empty: words('noInvoices'),
    },
  ]
  return { facts, tables, asOf: say(language, 'asOf', { day: dateText(language, account.asOf) }) }
}

/** The account as plain text, a line a fact (M-ARIS). */
export function accountAsText(language: Language, account: AccountShown): string {
  const { facts, tables, asOf } = accountInWords(language, account)
  const lines = [
    ...facts.map(([name, value]) => `${name}: ${value}`),
    asOf,
    ...tables.flatMap(({ heading, heads, rows, empty }) => [
      '',
      heading,
      ...(rows.length > 0 ? [heads.join('\t'), ...rows.map(row => row.join('\t'))] : [empty]),
    ]),
  ]
  return `${lines.join('\n')}\n`
}
