import type { Invoice } from '../invoice.js'
import { lastDayOfMonth } from '../rules/validity.js'
import { amountText } from './charge-table.js'
import type { Block } from './flow.js'
import type { Issuer } from './issuer.js'
import { across, filled, type Mark, PAPER, text, wrapped } from './marks.js'
import type { BillKind, PrintLanguage, Words } from './words.js'

/** Address window of an envelope for A4 in three (長形3号): 90 mm × 45 mm, 22 mm from the left edge at most. */
const WINDOW = { x: 48, y: 66, width: 250, height: 92 }

/** Left edge of what stands beside the window, and of its values. */
const BESIDE = 328
const VALUES = 418

/** What a head is made of. */
export interface HeadParts {
  readonly invoice: Invoice
  readonly kind: BillKind
  readonly title: string
  readonly issuer: Issuer
  readonly words: Words
  readonly language: PrintLanguage
}

/** The head of a first page: address window, title, who issues it, and the amount. */
export const firstHead = (parts: HeadParts): Block => ({
  height: 238,
  draw: () => [
    filled(0, 0, PAPER.width, 10, 'accent'),
    ...addressWindow(parts),
    ...besideWindow(parts),
    ...amountBand(parts, 206),
  ],
})

/** The head of a following page. */
export const followingHead = ({ title, invoice, words, issuer, language }: HeadParts): Block => ({
  height: 34,
  draw: top => [
    filled(0, 0, PAPER.width, 10, 'accent'),
    text(PAPER.left, top, title, 13, { bold: true, ink: 'accent' }),
    text(PAPER.right, top - 2, `${words.number} ${invoice.number}  ${invoice.msisdn}`, 8, {
      align: 'right',
      ink: 'soft',
    }),
    across(top + 9, 'accent', 1),
    text(
      PAPER.right,
      top + 20,
      `${issuer.name[language]}  ${words.month(invoice.billingMonth)}`,
      7.5,
      {
        align: 'right',
        ink: 'soft',
      },
    ),
  ],
})

/** What stands at the foot of each page. */
export const footOf =
  ({ words, issuer, language }: HeadParts) =>
  (page: number, pages: number): Mark[] => [
    across(802, 'rule'),
    text(PAPER.left, 814, `${issuer.name[language]}  ${words.enquiries} ${issuer.enquiries}`, 7.5, {
      ink: 'soft',
    }),
    text(PAPER.right, 814, `${page}/${pages}`, 8, { align: 'right', ink: 'soft' }),
  ]

function addressWindow({ invoice, words }: HeadParts): Mark[] {
  const { customer } = invoice
  const company = customer.kind === 'company'
  const to = company ? words.company(customer.name) : words.person(customer.name)
  const names = [
    ...wrapped(to, 12, WINDOW.width - 24).map(line => [line, 12] as const),
    ...(company && customer.department ? [[customer.department, 10] as const] : []),
  ]
  const left = WINDOW.x + 12
  return [
    ...corners(),
    ...names.map(([line, size], index) => text(left, WINDOW.y + 34 + index * 17, line, size)),
    text(
      left,
      WINDOW.y + WINDOW.height - 10,
      `${words.customer} ${customer.customer}  ${words.payer} ${customer.payer}`,
      7.5,
      { ink: 'soft' },
    ),
  ]
}

/** The corners of the window, as a fold mark for who puts it into the envelope. */
function corners(): Mark[] {
  const { x, y, width, height } = WINDOW
  return [x, x + width].flatMap(atX =>
    [y, y + height].flatMap((atY): Mark[] => {
      const [inX, inY] = [atX === x ? 8 : -8, atY === y ? 8 : -8]
      const corner = { mark: 'line', width: 0.5, ink: 'rule' } as const
      return [
        { ...corner, from: [atX, atY], to: [atX + inX, atY] },
        { ...corner, from: [atX, atY], to: [atX, atY + inY] },
      ]
    }),
  )
}

function besideWindow({ invoice, title, issuer, words, language }: HeadParts): Mark[] {
  // 2023-10-01: a qualified invoice names the number under which its issuer is registered.
  const registration: [string, string][] =
    issuer.registration !== '' && invoice.billingMonth >= '2023-10'
      ? [[words.registration, issuer.registration]]
      : []
  const facts: [string, string][] = [
    [words.number, invoice.number],
    [words.msisdn, invoice.msisdn],
    [words.plan, invoice.plan],
    [words.billingMonth, words.month(invoice.billingMonth)],
    [words.usageMonth, words.month(invoice.month)],
    [words.madeOn, words.day(invoice.calculatedOn)],
    ...registration,
  ]
  return [
    text(PAPER.left, 46, issuer.name[language], 11, { bold: true }),
    text(PAPER.right, 48, title, 20, { bold: true, ink: 'accent', align: 'right' }),
    across(57, 'accent', 1.2),
    ...facts.flatMap(([name, value], index) => [
      text(BESIDE, 78 + index * 14, name, 8, { ink: 'soft' }),
      text(VALUES, 78 + index * 14, value, 9),
    ]),
  ]
}

function amountBand({ invoice, kind, words }: HeadParts, top: number): Mark[] {
  const said = wordsAbove(invoice, kind, words)
  const [first, last] = [`${invoice.month}-01`, lastDayOfMonth(invoice.month)] as const
  const period = `${words.day(first as typeof last)}〜${words.day(last)}`
  const middle = top + 29
  return [
    text(PAPER.left, top - 14, said, 9),
    filled(PAPER.left, top, PAPER.right - PAPER.left, 48, 'tint', 5),
    filled(PAPER.left, top, 5, 48, 'accent'),
    text(64, middle, words.amountDue, 12, { bold: true }),
    text(PAPER.right - 16, middle + 3, words.yen(amountText(invoice.due)), 24, {
      bold: true,
      align: 'right',
      ink: 'accent',
    }),
    text(146, top + 20, words.period, 7.5, { ink: 'soft' }),
    text(208, top + 20, period, 8.5),
    text(146, top + 36, words.payment, 7.5, { ink: 'soft' }),
    text(208, top + 36, words.payments[invoice.customer.paymentKind], 8.5),
  ]
}

function wordsAbove(invoice: Invoice, kind: BillKind, words: Words): string {
  if (!invoice.final) return words.notFinal
  if (kind === 'statement') return words.nothingDue
  return kind === 'advance_notice' ? words.collected : words.pleasePay
}
