import type { JstMonth } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { TSV_RUNS } from '../exports/billing-tsv.js'
import { INVOICE_TABLES } from '../exports/invoices-as-csv.js'
import type { BillFiles } from '../jobs/bills.js'
import { partyOf } from '../records.js'
import { contractText, monthText } from './answers.js'
import { sure } from './sure.js'

/** What was written, by path. */
export const filesWritten = Type.Object({ files: Type.Array(Type.String()) })

/** A bill as PDF, in base64, with the number of its invoice. */
export const billAnswer = Type.Object({ number: Type.String(), pdf: Type.String() })

/** How many bills were printed, and where. */
export const billsPrinted = Type.Object({ bills: Type.Integer(), where: Type.String() })

const ofMonth = Type.Object({ month: monthText })
const language = Type.Union([Type.Literal('ja'), Type.Literal('en')])

/**
 * - `POST /v1/months/:month/bills` with `{language, of?}`: prints one bill, or all of a month
 * - `GET /v1/months/:month/bills/:of?language`: one bill as PDF, written nowhere
 * - `POST /v1/months/:month/billing-data` with `{run}`, `POST /v1/months/:month/tables/:table`: P-06, P-01
 */
export function billRoutes(
  edge: ReturnType<typeof httpEdge>,
  files: BillFiles,
  folder: string,
): void {
  edge.post(
    '/v1/months/:month/bills',
    {
      schema: {
        params: ofMonth,
        body: Type.Object({ language, of: Type.Optional(Type.String({ maxLength: 32 })) }),
        response: { 200: billsPrinted },
      },
    },
    async ({ params, body }) => {
      const month = params.month as JstMonth
      if (body.of === undefined) {
        return { bills: await files.printMonth(month, body.language), where: `${folder}/${month}` }
      }
      const path = await files.print(month, sure(partyOf(body.of)), body.language)
      if (path) return { bills: 1, where: path }
      const none = `No invoice of ${month} was calculated for ${body.of}.`
      throw new Fault('NO_SUCH_SUBSCRIBER', none)
    },
  )
  edge.get(
    '/v1/months/:month/bills/:of',
    {
      schema: {
        params: Type.Object({ month: monthText, of: contractText }),
        querystring: Type.Object({ language }),
        response: { 200: billAnswer },
      },
    },
    async ({ params, query }) => {
      const bill = await files.pdf(
        params.month as JstMonth,
        sure(partyOf(params.of)),
        query.language,
      )
      if (bill) return { number: bill.number, pdf: bill.pdf.toString('base64') }
      const none = `No invoice of ${params.month} was calculated for ${params.of}.`
      throw new Fault('NO_SUCH_SUBSCRIBER', none)
    },
  )
  edge.post(
    '/v1/months/:month/billing-data',
    {
      schema: {
        params: ofMonth,
        body: Type.Object({ run: Type.Enum([...TSV_RUNS]) }),
        response: { 200: filesWritten },
      },
    },
    async ({ params, body }) => ({
      files: await files.exportTsv(params.month as JstMonth, body.run),
    }),
  )
  edge.post(
    '/v1/months/:month/tables/:table',
    {
      schema: {
        params: Type.Object({ month: monthText, table: Type.Enum([...INVOICE_TABLES]) }),
        response: { 200: filesWritten },
      },
    },
    async ({ params }) => ({
      files: [await files.exportCsv(params.month as JstMonth, params.table)],
    }),
  )
}
