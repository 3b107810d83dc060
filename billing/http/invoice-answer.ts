import { Type } from '../../platform/schema.js'
import type { Invoice } from '../invoice.js'
import { moment, monthText, wholeYen } from './answers.js'
import { defined } from './defined.js'

/** An invoice, as a command shows it. */
export const invoiceAnswer = Type.Object({
  number: Type.String(),
  contract: Type.String(),
  customer: Type.Object({ customer: Type.String(), name: Type.String() }),
  msisdn: Type.String(),
  plan: Type.String(),
  month: monthText,
  billingMonth: monthText,
  lines: Type.Array(
    Type.Object({
      item: Type.String(),
      name: Type.String(),
      unitPrice: wholeYen,
      quantity: Type.Integer(),
      amount: wholeYen,
      taxPercent: Type.Integer(),
      deductible: Type.Boolean(),
      note: Type.Optional(Type.String()),
    }),
  ),
  taxPolicy: Type.String(),
  taxes: Type.Array(Type.Object({ percent: Type.Integer(), base: wholeYen, tax: wholeYen })),
  net: wholeYen,
  tax: wholeYen,
  gross: wholeYen,
  deductible: wholeYen,
  application: Type.Object({
    carriedIn: wholeYen,
    registered: wholeYen,
    expired: wholeYen,
    applied: wholeYen,
    appliedFromPartner: wholeYen,
    appliedLate: wholeYen,
    appliedToPartner: wholeYen,
    forfeited: wholeYen,
    carriedOut: wholeYen,
    validThrough: Type.Optional(monthText),
  }),
  due: wholeYen,
  state: Type.String(),
  final: Type.Boolean(),
  /** From when on it shows so to everybody (P-05), of one that is asked for as it was corrected. */
  showsFrom: Type.Optional(moment),
})

/** An invoice without what is `undefined`. */
export const invoiceShown = (invoice: Invoice) => ({
  ...invoice,
  lines: invoice.lines.map(defined),
  taxes: [...invoice.taxes],
  application: defined(invoice.application),
})
