import { epochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseContractId } from '../contract.js'
import { parseCustomerId } from '../customer.js'
import type { MonthCloser } from '../jobs/close-month.js'
import { partyOf } from '../records.js'
import { FEE_TABLES, type FeeTableName } from '../rules/fee-tables.js'
import { PAYMENT_MARKS, type PaymentMark } from '../rules/payment-state.js'
import type { BillingStore } from '../store/open.js'
import { contractText, done, moment, monthText, reasonText, wholeYen } from './answers.js'
import { defined } from './defined.js'
import { invoiceAnswer, invoiceShown } from './invoice-answer.js'
import { sure } from './sure.js'

/** What `POST /v1/months/:month/calculation` answers. */
export const monthCalculated = Type.Union([
  Type.Object({ outcome: Type.Literal('month_closed') }),
  Type.Object({ outcome: Type.Literal('not_over') }),
  Type.Object({
    outcome: Type.Literal('calculated'),
    summary: Type.Object({
      month: monthText,
      run: Type.Integer(),
      invoices: Type.Integer(),
      grossYen: wholeYen,
      corrected: Type.Integer(),
    }),
  }),
])

const sums = { invoices: Type.Integer(), grossYen: wholeYen }

/** What `GET /v1/months/:month/rehearsal` answers. */
export const monthRehearsed = Type.Object({
  comparedWith: Type.Union([Type.Literal('last_run'), Type.Literal('previous_month')]),
  ...sums,
  before: Type.Object(sums),
  differing: Type.Integer(),
  named: Type.Array(
    Type.Object({
      contract: Type.String(),
      before: Type.Optional(wholeYen),
      after: Type.Optional(wholeYen),
    }),
  ),
})

/** How far a calculation or a close is, in contracts; absent: none was begun. */
export const monthProgress = Type.Object({
  done: Type.Optional(Type.Integer()),
  last: Type.Optional(Type.Integer()),
})

export const feeTablesAnswer = Type.Object({
  tables: Type.Array(
    Type.Object({ table: Type.String(), version: Type.Integer(), text: Type.String() }),
  ),
})

/** What a table that is given comes to. */
export const feeTableReplaced = Type.Object({
  outcome: Type.String(),
  version: Type.Optional(Type.Integer()),
  mistakes: Type.Optional(Type.Array(Type.String())),
})

export const settlementsAnswer = Type.Object({
  settlements: Type.Array(
    Type.Object({
      contract: Type.String(),
      endedAt: moment,
      askedAt: moment,
      settledAt: Type.Optional(moment),
      month: Type.Optional(monthText),
    }),
  ),
})

const correction = Type.Union([
  Type.Object({
    does: Type.Literal('change_amount'),
    line: Type.Integer({ minimum: 1 }),
    amount: wholeYen,
  }),
  Type.Object({ does: Type.Literal('delete_line'), line: Type.Integer({ minimum: 1 }) }),
  Type.Object({
    does: Type.Literal('add_line'),
    item: Type.String({ maxLength: 32 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    amount: wholeYen,
  }),
])

const ofMonth = Type.Object({ month: monthText })
const partyText = Type.String({ maxLength: 32 })

/** Settlements shown. */
const SETTLEMENTS_MAX = 200

/**
 * - `POST /v1/months/:month/calculation`, `GET …/rehearsal`, `GET …/progress`
 * - `POST /v1/months/:month/corrections`, `GET /v1/months/:month/invoices/:of?corrected`
 * - `POST /v1/months/:month/payment-marks` with `{of, mark, reason}`: what a person decides of its payment (P-04)
 */
export function calculationRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  closer: MonthCloser,
): void {
  edge.post(
    '/v1/months/:month/calculation',
    { schema: { params: ofMonth, response: { 200: monthCalculated } } },
    async ({ params }) => closer.calculate(params.month as JstMonth),
  )
  edge.get(
    '/v1/months/:month/rehearsal',
    { schema: { params: ofMonth, response: { 200: monthRehearsed } } },
    async ({ params }) => {
      const { named, ...rest } = await closer.rehearse(params.month as JstMonth)
      return { ...rest, named: named.map(defined) }
    },
  )
  edge.get(
    '/v1/months/:month/progress',
    { schema: { params: ofMonth, response: { 200: monthProgress } } },
    async ({ params }) => (await store.monthProgress(params.month as JstMonth)) ?? {},
  )
  edge.post(
    '/v1/months/:month/corrections',
    {
      schema: {
        params: ofMonth,
        body: Type.Object({ of: partyText, correction, reason: reasonText }),
        response: { 200: done },
      },
    },
    async ({ params, body }) => {
      const { does } = body.correction
      const given =
        does === 'delete_line'
          ? body.correction
          : does === 'change_amount'
            ? { ...body.correction, amount: yen(body.correction.amount) }
            : {
                does,
                item: body.correction.item,
                name: body.correction.name,
                amount: yen(body.correction.amount),
              }
      const month = params.month as JstMonth
      return { outcome: await store.correct(month, party(body.of), given, body.reason) }
    },
  )
  edge.post(
    '/v1/months/:month/payment-marks',
    {
      schema: {
        params: ofMonth,
        body: Type.Object({
          of: partyText,
          mark: Type.Unsafe<PaymentMark | 'taken_back'>(
            Type.Enum([...PAYMENT_MARKS, 'taken_back']),
          ),
          reason: reasonText,
        }),
        response: { 200: done },
      },
    },
    async ({ params, body: { of, mark, reason } }) => ({
      outcome: await store.markPayment(params.month as JstMonth, party(of), mark, reason),
    }),
  )
  edge.get(
    '/v1/months/:month/invoices/:of',
    {
      schema: {
        params: Type.Object({ month: monthText, of: partyText }),
        querystring: Type.Object({ corrected: Type.Boolean({ default: false }) }),
        response: { 200: invoiceAnswer },
      },
    },
    async ({ params, query }) => {
      const asked = [params.month as JstMonth, party(params.of)] as const
      const corrected = query.corrected ? await store.correctedInvoice(...asked) : undefined
      if (corrected) {
        const { invoice, showsFrom } = corrected
        return { ...invoiceShown(invoice), ...(showsFrom !== undefined && { showsFrom }) }
      }
      const invoice = await store.invoice(...asked)
      if (invoice) return invoiceShown(invoice)
      throw new Fault(
        'NO_SUCH_SUBSCRIBER',
        `No invoice of ${params.month} was calculated for ${params.of}.`,
      )
    },
  )
}

/**
 * - `GET /v1/fee-tables`; `POST /v1/fee-tables/:table` with `{text, reason}`; without a reason it is only checked
 */
export function feeTableRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  edge.get('/v1/fee-tables', { schema: { response: { 200: feeTablesAnswer } } }, async () => ({
    tables: [...(await store.feeTables())],
  }))
  edge.post(
    '/v1/fee-tables/:table',
    {
      schema: {
        params: Type.Object({ table: Type.Unsafe<FeeTableName>(Type.Enum([...FEE_TABLES])) }),
        body: Type.Object({
          text: Type.String({ maxLength: 500_000 }),
          reason: Type.Optional(reasonText),
        }),
        response: { 200: feeTableReplaced },
      },
    },
    async ({ params: { table }, body: { text, reason } }) => {
      if (reason === undefined) {
        const mistakes = await store.feeTableMistakes(table, text)
        return { outcome: mistakes.length > 0 ? 'wrong' : 'checked', mistakes: [...mistakes] }
      }
      const replaced = await store.replaceFeeTable(table, text, reason)
      if (replaced.outcome !== 'wrong') return replaced
      return { outcome: replaced.outcome, mistakes: [...replaced.mistakes] }
    },
  )
}

/**
 * - `POST /v1/contracts/:contract/settlement`: 即時精算 of a contract that ended; `GET /v1/settlements`
 * - `POST /v1/contracts/:contract/transfer`: from a moment on its number is another customer's
 */
export function settlementRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  const named = Type.Object({ contract: contractText })
  edge.post(
    '/v1/contracts/:contract/settlement',
    { schema: { params: named, response: { 200: done } } },
    async ({ params }) => ({
      outcome: await store.settle(sure(parseContractId(params.contract))),
    }),
  )
  edge.get('/v1/settlements', { schema: { response: { 200: settlementsAnswer } } }, async () => ({
    settlements: (await store.settlements(SETTLEMENTS_MAX)).map(defined),
  }))
  const transfer = Type.Object({ to: contractText, customer: contractText, at: moment })
  edge.post(
    '/v1/contracts/:contract/transfer',
    { schema: { params: named, body: transfer, response: { 200: done } } },
    async ({ params, body }) => ({
      outcome: await store.transfer(
        sure(parseContractId(params.contract)),
        sure(parseContractId(body.to)),
        sure(parseCustomerId(body.customer)),
        epochMs(body.at),
      ),
    }),
  )
}

function party(text: string) {
  const of = partyOf(text)
  if (of) return of
  throw new Fault('COMMAND_REFUSED', `'${text}' is neither a number nor a contract id.`)
}
