import type { JstMonth } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseContractId } from '../contract.js'
import type { MonthCloser } from '../jobs/close-month.js'
import type { BillingStore } from '../store/open.js'
import {
  contractText,
  done,
  LINES_MAX,
  moment,
  monthText,
  msisdnText,
  reasonText,
  taken,
  wholeYen,
} from './answers.js'
import { defined } from './defined.js'
import { sure } from './sure.js'

const newInvoices = Type.Object({
  /** Names the import, so that a contract that it names twice is found. */
  importId: Type.String({ minLength: 1, maxLength: 64 }),
  invoices: Type.Array(
    Type.Object({
      of: Type.Union([
        Type.Object({ contract: contractText }),
        Type.Object({ msisdn: msisdnText }),
      ]),
      total: Type.Integer({ minimum: 0 }),
    }),
    { maxItems: LINES_MAX },
  ),
})

/** What `POST /v1/months/:month/close` answers. */
export const monthClosed = Type.Union([
  Type.Object({ outcome: Type.Literal('not_over') }),
  Type.Object({ outcome: Type.Literal('out_of_order'), expected: monthText }),
  Type.Object({
    outcome: Type.Literal('held'),
    hold: Type.Object({ heldAt: moment, reason: Type.String() }),
  }),
  Type.Object({
    outcome: Type.Literal('days_unconfirmed'),
    confirmedThrough: Type.Optional(Type.String()),
  }),
  Type.Object({ outcome: Type.Literal('window_open'), until: moment }),
  Type.Object({
    outcome: Type.Literal('closed'),
    summary: Type.Object({
      month: monthText,
      contracts: Type.Integer(),
      invoicedYen: wholeYen,
      appliedYen: wholeYen,
      expiredYen: wholeYen,
      forfeitedYen: wholeYen,
      carriedOutYen: wholeYen,
    }),
  }),
])

const named = Type.Object({ month: monthText })

const withReason = Type.Object({ reason: reasonText })

/**
 * - `POST /v1/months/:month/invoices`: invoice totals
 * - `POST /v1/months/:month/close`: 定期調定; `POST …/hold`, `POST …/release` with `{reason}`: it is kept from closing
 */
export function monthRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  closer: MonthCloser,
): void {
  edge.post(
    '/v1/months/:month/invoices',
    { schema: { params: named, body: newInvoices, response: { 200: taken } } },
    async ({ params, body }) => {
      const lines = body.invoices.map(({ of, total }) => ({
        of:
          'contract' in of
            ? { contract: sure(parseContractId(of.contract)) }
            : { msisdn: sure(parseMsisdn(of.msisdn)) },
        total: yen(total),
      }))
      const outcomes = await store.takeInvoices(params.month as JstMonth, lines, body.importId)
      return { outcomes }
    },
  )
  edge.post(
    '/v1/months/:month/close',
    {
      schema: {
        params: named,
        body: Type.Object({ beforeWindowEnds: Type.Boolean() }),
        response: { 200: monthClosed },
      },
    },
    async ({ params, body }) =>
      defined(await closer.close(params.month as JstMonth, !body.beforeWindowEnds)),
  )
  edge.post(
    '/v1/months/:month/hold',
    { schema: { params: named, body: withReason, response: { 200: done } } },
    async ({ params, body }) => ({
      outcome: await store.holdMonth(params.month as JstMonth, body.reason),
    }),
  )
  edge.post(
    '/v1/months/:month/release',
    { schema: { params: named, body: withReason, response: { 200: done } } },
    async ({ params, body }) => ({
      outcome: await store.releaseMonth(params.month as JstMonth, body.reason),
    }),
  )
}
