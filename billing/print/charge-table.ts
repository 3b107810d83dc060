import type { Invoice, InvoiceLine } from '../invoice.js'
import type { Block } from './flow.js'
import { across, filled, type Mark, PAPER, text, wrapped } from './marks.js'
import type { Words } from './words.js'

/** Left edges and right edges of the columns, in points. */
const NAME = { left: 56, width: 218 }
const NOTE = { left: 284, width: 108 }
const AMOUNT = { right: 472 }
const TAX = { middle: 513 }

const SIZE = 9
const NOTE_SIZE = 7.5
const LINE = 12.5
/** Room above and below the text of a row. */
const ROOM = 7

/** An amount as it is printed: `-9,744`. */
export const amountText = (amount: number): string => amount.toLocaleString('en')

/** One row of the table of charges. */
interface Row {
  readonly name: string
  readonly note?: string | undefined
  readonly amount: number
  readonly taxClass?: string
  readonly strong?: boolean
  /** Shifted to the right: a part of the row above. */
  readonly part?: boolean
}

/** The head of the table of charges. */
export const chargeTableHead = (words: Words): Block => ({
  height: 20,
  draw: top => {
    const base = top + 13.5
    const head = { bold: true, ink: 'paper' } as const
    return [
      filled(PAPER.left, top, PAPER.right - PAPER.left, 20, 'accent'),
      text(NAME.left, base, words.item, SIZE, head),
      text(NOTE.left, base, words.note, SIZE, head),
      text(AMOUNT.right, base, words.amount, SIZE, { ...head, align: 'right' }),
      text(TAX.middle, base, words.taxClass, SIZE, { ...head, align: 'center' }),
    ]
  },
})

/** The rows of the charges themselves, as Figure 1 has them. */
export const chargeRows = (invoice: Invoice, words: Words): Block[] =>
  invoice.lines.map(line =>
    rowBlock({
      name: line.name,
      note: noteOf(line),
      amount: line.amount,
      taxClass: taxClassOf(line, invoice, words),
    }),
  )

/** The rows below the charges: tax, the application, which is a payment (S-31), and the total to collect. */
export function closingRows(invoice: Invoice, words: Words): Block[] {
  const { taxes, application } = invoice
  const parts = taxes
    .filter(({ percent }) => percent > 0)
    .map(({ percent, base, tax }, index) => ({
      name: `${index === 0 ? words.taxOf : ''}`,
      note: words.taxPart(policyText(invoice, words), percent, amountText(base)),
      amount: tax,
      part: true,
    }))
  const rows: Row[] = [
    { name: words.taxTotal, amount: invoice.tax },
    ...parts,
    ...applied(words.applied, application.applied),
    ...applied(words.appliedFromPartner, application.appliedFromPartner),
    ...applied(words.appliedLate, application.appliedLate),
    { name: words.total, amount: invoice.due, strong: true },
  ]
  return [CLOSING, ...rows.map(rowBlock)]
}

/** Parts the charges from what follows. */
const CLOSING: Block = { height: 0, draw: top => [across(top, 'accent', 1)] }

const applied = (name: string, amount: number): Row[] =>
  amount === 0 ? [] : [{ name, amount: -amount }]

const policyText = ({ taxPolicy }: Invoice, words: Words): string =>
  taxPolicy === 'total' ? words.together : words.byLine

/** 税区分: 合算 as in Figure 1; where there are several rates, with the rate. */
function taxClassOf(line: InvoiceLine, invoice: Invoice, words: Words): string {
  if (line.taxPercent === 0) return words.untaxed
  const several = invoice.taxes.filter(({ percent }) => percent > 0).length > 1
  return `${policyText(invoice, words)}${several ? `${line.taxPercent}%` : ''}`
}

function noteOf({ note, unitPrice, quantity }: InvoiceLine): string | undefined {
  const product = quantity === 1 ? undefined : `${amountText(unitPrice)}×${amountText(quantity)}`
  return [product, note].filter(Boolean).join(' ') || undefined
}

function rowBlock(row: Row): Block {
  const left = NAME.left + (row.part ? 14 : 0)
  const names = wrapped(row.name, SIZE, NAME.width - (left - NAME.left))
  const notes =
    row.note === undefined ? [] : wrapped(row.note, NOTE_SIZE, NOTE.width + (row.part ? 40 : 0))
  const height = Math.max(names.length, notes.length) * LINE + ROOM
  const style = { bold: row.strong ?? false, ink: row.part ? 'soft' : 'text' } as const
  const draw = (top: number): Mark[] => {
    const base = top + 13.5
    const background = row.strong
      ? [filled(PAPER.left, top, PAPER.right - PAPER.left, height, 'tint')]
      : []
    const size = row.strong ? 11 : SIZE
    return [
      ...background,
      ...names.map((name, index) => text(left, base + index * LINE, name, SIZE, style)),
      ...notes.map((note, index) =>
        text(noteLeft(row), base + index * LINE, note, NOTE_SIZE, { ink: 'soft' }),
      ),
      text(AMOUNT.right, base, amountText(row.amount), size, { ...style, align: 'right' }),
      ...(row.taxClass === undefined
        ? []
        : [text(TAX.middle, base, row.taxClass, SIZE, { align: 'center', ink: 'soft' })]),
      across(top + height, row.strong ? 'accent' : 'rule', row.strong ? 1.2 : 0.5),
    ]
  }
  return { height, draw }
}

const noteLeft = ({ part }: Row): number => (part ? NAME.left + 66 : NOTE.left)
