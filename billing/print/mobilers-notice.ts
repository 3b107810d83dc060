import type { Invoice, InvoiceApplication } from '../invoice.js'
import { amountText } from './charge-table.js'
import type { Block } from './flow.js'
import { across, filled, framed, type Mark, PAPER, text, wrapped } from './marks.js'
import type { Words } from './words.js'

const ROW = 17
const HEAD = 22
const FOOT = 22
const SIZE = 9
/** The rows stand in the left part, what is told beside them in the right part. */
const AMOUNT_RIGHT = 330
const BESIDE = { left: 356, width: 178 }

/**
 * お知らせ (Figure 1; S-27): what was carried in, registered and is carried out, and until when it is valid; that last
 * line only when something is carried out (S-32). `undefined` where the contract has nothing of Mobilers.
 */
export function mobilersNotice({ application }: Invoice, words: Words): Block | undefined {
  const { carriedIn, registered, appliedFromPartner, carriedOut } = application
  if (carriedIn + registered + appliedFromPartner + carriedOut === 0) return undefined
  const rows = noticeRows(application, words)
  const valid = application.carriedOut > 0 && application.validThrough !== undefined
  const height = HEAD + rows.length * ROW + (valid ? FOOT : 8)
  const draw = (top: number): Mark[] => [
    filled(PAPER.left, top, PAPER.right - PAPER.left, HEAD, 'tint'),
    framed(PAPER.left, top, PAPER.right - PAPER.left, height, 'accent'),
    text(56, top + 15, words.notice, SIZE + 0.5, { bold: true, ink: 'accent' }),
    ...rows.flatMap(([name, value], index) => {
      const base = top + HEAD + index * ROW + 12.5
      return [
        text(56, base, name, SIZE),
        text(AMOUNT_RIGHT, base, value, SIZE, { align: 'right' }),
        across(base + 4.5, 'rule', 0.5, 56, AMOUNT_RIGHT),
      ]
    }),
    ...wrapped(words.enquire, 8, BESIDE.width).map((line, index) =>
      text(BESIDE.left, top + HEAD + 15 + index * 13, line, 8, { ink: 'soft' }),
    ),
    ...(valid ? [text(56, top + height - 8, words.validNote, 7.5, { ink: 'soft' })] : []),
  ]
  return { height, draw }
}

function noticeRows(of: InvoiceApplication, words: Words): [name: string, value: string][] {
  const row = (name: string, amount: number): [string, string] => [
    name,
    words.yen(amountText(amount)),
  ]
  const ifAny = (name: string, amount: number) => (amount === 0 ? [] : [row(name, amount)])
  return [
    row(words.carriedIn, of.carriedIn),
    row(words.registered, of.registered),
    ...ifAny(words.appliedToPartner, of.appliedToPartner),
    ...ifAny(words.expired, of.expired),
    ...ifAny(words.forfeited, of.forfeited),
    row(words.carriedOut, of.carriedOut),
    // S-32: the validity is printed only when something is carried over.
    ...(of.carriedOut > 0 && of.validThrough !== undefined
      ? [[words.validThrough, `${words.monthEnd(of.validThrough)}*`] as [string, string]]
      : []),
  ]
}
