import { type JstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseTerminalId } from '../error-report.js'
import type { BillingStore } from '../store/open.js'
import { dayText, moment, wholeYen } from './answers.js'
import { defined } from './defined.js'
import { sure } from './sure.js'

const terminalText = Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}$' })

/** What `GET /v1/error-reports` answers, the newest first; `openedAt` absent: unread at the terminal. */
export const reportsAnswer = Type.Object({
  reports: Type.Array(
    Type.Object({
      day: dayText,
      count: Type.Integer(),
      sum: wholeYen,
      openedAt: Type.Optional(moment),
    }),
  ),
})

/** What `POST /v1/error-reports/:day/open` answers; nothing, when there is no report of that day. */
export const reportOpened = Type.Object({
  report: Type.Optional(
    Type.Object({
      day: dayText,
      madeAt: moment,
      errors: Type.Array(
        Type.Object({
          msisdn: Type.String(),
          serial: Type.String(),
          faceValue: wholeYen,
          chargedAt: moment,
          node: Type.String(),
          reason: Type.String(),
          firstSeenAt: moment,
          retries: Type.Integer(),
          age: Type.Integer(),
        }),
      ),
    }),
  ),
})

/** Reports in a list. */
const SHOWN = 100

/** B-09: `GET /v1/error-reports?terminal=`, `POST /v1/error-reports/:day/open` with `{terminal}`. */
export function reportRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  edge.get(
    '/v1/error-reports',
    {
      schema: {
        querystring: Type.Object({ terminal: terminalText }),
        response: { 200: reportsAnswer },
      },
    },
    async ({ query }) => {
      const reports = await store.errorReports(sure(parseTerminalId(query.terminal)), SHOWN)
      return {
        reports: reports.map(({ day, count, sum, openedAt }) =>
          defined({ day, count, sum, openedAt }),
        ),
      }
    },
  )
  edge.post(
    '/v1/error-reports/:day/open',
    {
      schema: {
        params: Type.Object({ day: dayText }),
        body: Type.Object({ terminal: terminalText }),
        response: { 200: reportOpened },
      },
    },
    async ({ params, body }) => {
      const day: JstDay | undefined = parseJstDay(params.day)
      const report = day && (await store.openErrorReport(day, sure(parseTerminalId(body.terminal))))
      return report ? { report: { ...report, errors: [...report.errors] } } : {}
    },
  )
}
