import { type JstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { HourlySums } from '../store/day-sums.js'

const query = Type.Object({ day: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }) })

const NO_SUCH_DAY = { code: 'REQUEST_INVALID', message: 'That is not a day of the calendar.' }

/** `GET /v1/day-sums?day=`: what a day's hourly files hold, `HourlySums`, for the proof line of noc. */
export function daySumsRoutes(
  edge: ReturnType<typeof httpEdge>,
  read: (day: JstDay) => Promise<HourlySums>,
): void {
  edge.get('/v1/day-sums', { schema: { querystring: query } }, async ({ query }, reply) => {
    const day = parseJstDay(query.day)
    return day ? read(day) : reply.code(400).send(NO_SUCH_DAY)
  })
}
