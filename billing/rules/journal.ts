import assert from 'node:assert'
import { type Yen, yen } from '../../domain/yen.js'

/** 勘定科目 that billing books on, by their code (requirement B-18). */
export const ACCOUNTS = {
  receivables: { code: '1110', name: '売掛金' },
  /** Owed for cards that were sold and are not charged yet: scp's side of the liability account. */
  cardLiability: { code: '2110', name: 'カード債務' },
  /** Registered by charges and not used yet: the ledger's balance. */
  registered: { code: '2120', name: '預り金(モバイラーズチェック)' },
  taxCollected: { code: '2210', name: '仮受消費税' },
  revenue: { code: '4110', name: '通信料収入' },
  expired: { code: '4910', name: '失効益(有効期間満了)' },
  forfeited: { code: '4920', name: '失効益(解約)' },
} as const

export type Account = (typeof ACCOUNTS)[keyof typeof ACCOUNTS]

/** One line of a journal: an amount on one side of one account, more than 0. */
export interface JournalLine {
  readonly side: 'debit' | 'credit'
  readonly account: Account
  /** 補助: fee item of revenue, rate of tax; empty where the account has none. */
  readonly part: string
  readonly amount: Yen
  /** What it books, in one word. */
  readonly of: 'charge' | 'invoice' | 'application' | 'expiry' | 'reinstatement' | 'cancellation'
}

/** What was booked in the ledger on a day, by kind; the sums as the ledger has them, signed. */
export interface LedgerSums {
  readonly charge: Yen
  readonly application: Yen
  readonly expiry: Yen
  readonly reinstatement: Yen
  readonly cancellation: Yen
}

/** Invoices that became final on a day, summed up: revenue by fee item and tax by rate, both before application. */
export interface InvoiceSums {
  readonly netByItem: ReadonlyMap<string, Yen>
  readonly taxByPercent: ReadonlyMap<number, Yen>
}

/**
 * 仕訳 of a day (seed 004 §4.3(5)): double entry, each booking balanced by itself. Cards become registered money when
 * they are charged, registered money pays receivables, and what expires or is forfeited is breakage.
 */
export function journalOf(ledger: LedgerSums, invoices: InvoiceSums): JournalLine[] {
  const { receivables, cardLiability, registered, expired, forfeited } = ACCOUNTS
  return [
    ...booking('charge', cardLiability, registered, ledger.charge),
    ...invoiced(invoices),
    ...booking('application', registered, receivables, yen(-ledger.application)),
    ...booking('expiry', registered, expired, yen(-ledger.expiry)),
    ...booking('reinstatement', expired, registered, ledger.reinstatement),
    ...booking('cancellation', registered, forfeited, yen(-ledger.cancellation)),
  ].sort(byPlace)
}

/** Sum of one side; that of the other is the same, or the journal is none. */
export function balanced(lines: readonly JournalLine[]): Yen {
  const sum = (side: JournalLine['side']) =>
    lines.filter(line => line.side === side).reduce((total, { amount }) => total + amount, 0)
  assert.equal(sum('debit'), sum('credit'), 'a journal balances to zero')
  return yen(sum('debit'))
}

const ORDER = ['charge', 'invoice', 'application', 'expiry', 'reinstatement', 'cancellation']

const byPlace = (a: JournalLine, b: JournalLine): number =>
  ORDER.indexOf(a.of) - ORDER.indexOf(b.of)

function booking(of: JournalLine['of'], from: Account, to: Account, amount: Yen): JournalLine[] {
  if (amount === 0) return []
  return [
    { side: 'debit', account: from, part: '', amount, of },
    { side: 'credit', account: to, part: '', amount, of },
  ]
}

/** Receivables against revenue and tax. What is taken off (a discount) stands on the debit side. */
function invoiced({ netByItem, taxByPercent }: InvoiceSums): JournalLine[] {
  const net = [...netByItem].sort(([a], [b]) => (a < b ? -1 : 1))
  const taxes = [...taxByPercent].sort(([a], [b]) => b - a)
  const gross = [...net, ...taxes].reduce((sum, [, amount]) => sum + amount, 0)
  return [
    ...sided(ACCOUNTS.receivables, '', yen(-gross)),
    ...net.flatMap(([item, amount]) => sided(ACCOUNTS.revenue, item, amount)),
    ...taxes.flatMap(([percent, amount]) => sided(ACCOUNTS.taxCollected, `${percent}%`, amount)),
  ]
}

/** An amount on the credit side, or on the debit side when it is negative. */
const sided = (account: Account, part: string, amount: Yen): JournalLine[] =>
  amount === 0
    ? []
    : [
        {
          side: amount > 0 ? 'credit' : 'debit',
          account,
          part,
          amount: yen(Math.abs(amount)),
          of: 'invoice',
        },
      ]
