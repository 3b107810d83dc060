import type { Clock } from '../../domain/clock.js'
import { jstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { BillingStore } from '../store/open.js'
import { dayText, done, moment, reasonText } from './answers.js'
import { defined } from './defined.js'

/** What `GET /v1/days` answers: the newest first. */
export const daysAnswer = Type.Object({
  confirmedThrough: Type.Optional(Type.String()),
  days: Type.Array(
    Type.Object({
      day: Type.String(),
      sequence: Type.Optional(Type.Integer()),
      difference: Type.Optional(Type.String()),
      confirmedAt: Type.Optional(moment),
      reason: Type.Optional(Type.String()),
      credited: Type.Integer(),
      creditedYen: Type.Integer(),
      held: Type.Integer(),
      heldYen: Type.Integer(),
    }),
  ),
})

const NO_SUCH_DAY = { code: 'REQUEST_INVALID', message: 'That is not a day of the calendar.' }

/**
 * `GET /v1/days`: which days are complete. `GET /v1/day-sums?day=`: `DayTotals`, for the proof line of noc.
 * `POST /v1/days/confirmation`: an operator's word for it.
 */
export function dayRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  clock: Clock,
): void {
  const most = Type.Object({ max: Type.Integer({ minimum: 1, maximum: 1_000, default: 31 }) })
  edge.get(
    '/v1/days',
    { schema: { querystring: most, response: { 200: daysAnswer } } },
    async ({ query }) => {
      const { confirmedThrough, days } = await store.newestDays(query.max)
      return { ...defined({ confirmedThrough }), days: days.map(defined) }
    },
  )
  edge.get(
    '/v1/day-sums',
    { schema: { querystring: Type.Object({ day: dayText }) } },
    async ({ query }, reply) => {
      const day = parseJstDay(query.day)
      return day ? store.daySums(day) : reply.code(400).send(NO_SUCH_DAY)
    },
  )
  const confirmation = Type.Object({ through: dayText, reason: reasonText })
  edge.post(
    '/v1/days/confirmation',
    { schema: { body: confirmation, response: { 200: done } } },
    async ({ body }) => {
      const through = parseJstDay(body.through)
      if (!through) return { outcome: 'no_such_day' }
      if (through >= jstDay(clock.now())) return { outcome: 'not_over' }
      await store.confirmDays(through, body.reason)
      return { outcome: 'confirmed' }
    },
  )
}
