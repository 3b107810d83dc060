import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { Audience } from '../http/guard.js'

const SEES: Audience = ['billing.see']

const FRONT = '/api/billing'
const BEHIND = '/v1'

/** Longest wait for billing, in ms; the calculation of a month goes on when it is over. */
const DEADLINE_MS = 60_000

/** Longest reason, in characters; with the account before it, it fits into what billing keeps. */
const REASON_MAX = 160

const nothing = Type.Object({}, { additionalProperties: false })
/** As in the card office: no run of fourteen digits, which might be a card number (I12). */
const reason = Type.String({ maxLength: REASON_MAX, pattern: '^(?![^]*[0-9]{14})[^]*\\S' })
const withReason = Type.Object({ reason }, { additionalProperties: false })

/** What billing is asked by GET, below `/api/billing` as below its own `/v1`. */
export const LOOKS = [
  '/numbers/:msisdn',
  '/cards/:serial',
  '/contracts/:contract',
  '/aladin/numbers/:of',
  '/aladin/cards/:of',
  '/aladin/contracts/:of',
  '/held-charges',
  '/exchange',
  '/days',
  '/deliveries',
  '/journals/:number',
  '/months/:month/progress',
  '/months/:month/rehearsal',
  '/months/:month/invoices/:of',
] as const

/** What is done in billing, each with the function that lets it be asked for and the form of its body. */
// biome-ignore format: table
export const DEEDS = [
  { path: '/exchange/rearm',            by: 'billing.rearm',     body: nothing },
  { path: '/held-charges/retry',        by: 'billing.retry',     body: nothing },
  { path: '/held-charges/:id/release',  by: 'billing.release',   body: withReason },
  { path: '/days/confirmation',         by: 'billing.confirm',   body: Type.Object({ through: Type.String(), reason }, { additionalProperties: false }) },
  { path: '/months/:month/calculation', by: 'billing.calculate', body: nothing },
  { path: '/months/:month/close',       by: 'billing.close',     body: Type.Object({ beforeWindowEnds: Type.Boolean() }, { additionalProperties: false }) },
  { path: '/months/:month/hold',        by: 'billing.hold',      body: withReason },
  { path: '/months/:month/release',     by: 'billing.hold',      body: withReason },
  { path: '/months/:month/payment-marks', by: 'billing.mark',    body: Type.Object({ of: Type.String(), mark: Type.String(), reason }, { additionalProperties: false }) },
] as const

const bill = {
  params: Type.Object({
    month: Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' }),
    of: Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}$' }),
  }),
  querystring: Type.Object({ language: Type.Union([Type.Literal('ja'), Type.Literal('en')]) }),
}

export interface BillingRoutesOptions {
  /** billing's socket. */
  readonly billing: Pick<SocketClient, 'ask'>
  readonly log: Pick<Logger, 'info'>
}

/**
 * billing for who is logged in: each route is handed on as it was asked, a reason with the name of who gives it; and
 * `GET /api/billing/months/:month/bills/:of.pdf?language`, a bill as PDF.
 */
export function billingRoutes(
  app: ReturnType<typeof httpEdge>,
  { billing, log }: BillingRoutesOptions,
): void {
  const behind = (url: string) => url.replace(FRONT, BEHIND)
  for (const path of LOOKS) {
    app.get(`${FRONT}${path}`, { config: { audience: SEES } }, async (request, reply) => {
      const asked = { method: 'GET', path: behind(request.url), deadlineMs: DEADLINE_MS } as const
      const { status, body } = await billing.ask(asked)
      return reply.code(status).send(body)
    })
  }
  for (const { path, by, body } of DEEDS) {
    const options = { config: { audience: [by] }, schema: { body } }
    app.post(`${FRONT}${path}`, options, async (request, reply) => {
      const { account, role } = request.session ?? {}
      const given: object = Object(request.body)
      const signed = 'reason' in given ? { reason: `${account}: ${given.reason}` } : {}
      const answer = await billing.ask({
        method: 'POST',
        path: behind(request.url),
        body: { ...given, ...signed },
        deadlineMs: DEADLINE_MS,
      })
      log.info({ url: request.url, account, role, status: answer.status }, 'billing asked')
      return reply.code(answer.status).send(answer.body)
    })
  }
  app.get(
    `${FRONT}/months/:month/bills/:of.pdf`,
    { config: { audience: SEES }, schema: bill },
    async ({ params: { month, of }, query: { language } }, reply) => {
      const path = `${BEHIND}/months/${month}/bills/${of}?language=${language}`
      const { status, body } = await billing.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
      if (status !== 200) return reply.code(status).send(body)
      const { number, pdf } = Object(body)
      return reply
        .type('application/pdf')
        .header('Content-Disposition', `attachment; filename="${number}-${language}.pdf"`)
        .send(Buffer.from(`${pdf}`, 'base64'))
    },
  )
}
