import type { Invoice } from '../invoice.js'
import { firstHead, followingHead, footOf, type HeadParts } from './bill-head.js'
import { chargeRows, chargeTableHead, closingRows } from './charge-table.js'
import { type Block, gap, laidOut, together } from './flow.js'
import type { Issuer } from './issuer.js'
import { filled, PAPER, type Page, text, wrapped } from './marks.js'
import { mobilersNotice } from './mobilers-notice.js'
import { type BillKind, type PrintLanguage, WORDS, type Words } from './words.js'

/** Payment kinds whose money is collected without the payer's doing: credit card, direct debit, NTT. */
const COLLECTED: readonly number[] = [0, 2, 5]

/**
 * What is sent for an invoice (seed 004 §4.3(4)③): the itemised statement alone at 0 yen (B-16); an advance notice of
 * what is collected without the payer's doing, and of what is not final; else invoice and statement.
 */
export function billKindOf({ due, final, customer }: Invoice): BillKind {
  if (!final) return 'advance_notice'
  if (due === 0) return 'statement'
  return COLLECTED.includes(customer.paymentKind) ? 'advance_notice' : 'invoice'
}

/** A bill, laid out: its title and its pages. */
export interface Bill {
  readonly kind: BillKind
  readonly title: string
  readonly pages: readonly Page[]
}

/** Lays out what is sent for an invoice: Figure 1, with what a bill has around it. */
export function billOf(invoice: Invoice, issuer: Issuer, language: PrintLanguage): Bill {
  const words = WORDS[language]
  const kind = billKindOf(invoice)
  const title =
    kind === 'statement'
      ? words.titles.statement
      : `${words.titles[kind]}${language === 'ja' ? '・' : ', '}${statementTitle(words, language)}`
  const parts: HeadParts = { invoice, kind, title, issuer, words, language }
  const pages = laidOut(blocksOf(invoice, words), {
    first: firstHead(parts),
    following: followingHead(parts),
    continued: words.continued,
    foot: footOf(parts),
  })
  return { kind, title, pages }
}

const statementTitle = ({ titles }: Words, language: PrintLanguage): string =>
  language === 'ja' ? titles.statement : titles.statement.toLowerCase()

function blocksOf(invoice: Invoice, words: Words): Block[] {
  const head = chargeTableHead(words)
  const rows = chargeRows(invoice, words)
  const closing = together(closingRows(invoice, words), head)
  const notice = mobilersNotice(invoice, words)
  return [
    together([heading(words.details), head, ...rows.slice(0, 1)]),
    ...rows.slice(1).map(row => ({ ...row, tableHead: head })),
    closing,
    gap(16),
    ...(notice ? [notice, gap(12)] : []),
    ...remarks(invoice, words),
  ]
}

const heading = (title: string): Block => ({
  height: 26,
  draw: top => [
    filled(PAPER.left, top + 5, 4, 12, 'accent'),
    text(PAPER.left + 10, top + 15.5, title, 11, { bold: true }),
  ],
})

function remarks(invoice: Invoice, words: Words): Block[] {
  if (invoice.remarks === '') return []
  const lines = wrapped(`${words.remarks}: ${invoice.remarks}`, 8.5, PAPER.right - PAPER.left)
  return [
    ...lines.map(content => ({
      height: 13,
      draw: (top: number) => [text(PAPER.left, top + 9, content, 8.5)],
    })),
    gap(6),
  ]
}
