import { SCENARIO_NAME } from '../../domain/charge-kind.js'
import { type JstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { Sessions } from '../store/sessions.js'
import { trafficCsv } from '../traffic/csv.js'
import type { LiveTraffic } from '../traffic/live-traffic.js'
import type { LiveChoice, TrafficView } from '../traffic/messages.js'
import { SPANS, type Span } from '../traffic/slots.js'
import { eventStream } from './event-stream.js'

const choice = Type.Object({
  day: Type.String({ pattern: '^(today|[0-9]{4}-[0-9]{2}-[0-9]{2})$', default: 'today' }),
  by: Type.Enum([...SPANS], { default: 'quarter-hour' }),
  node: Type.String({ pattern: '^[a-z0-9-]{1,16}$', default: 'all' }),
  kind: Type.Unsafe<LiveChoice['kind']>(
    Type.String({ pattern: SCENARIO_NAME.source, default: 'all' }),
  ),
})

const csvChoice = Type.Object({
  ...choice.properties,
  language: Type.Enum(['ja', 'en'], { default: 'ja' }),
})

const NO_SUCH_DAY = { code: 'REQUEST_INVALID', message: 'That is not a day of the calendar.' }

export interface TrafficRoutesOptions {
  readonly live: LiveTraffic
  readonly sessions: Sessions
}

/**
 * The charge traffic of a day (`day` of Japan, or `today`) `by` quarter-hour or hour, or of its month by day;
 * of one `node` and `kind` or of all:
 *
 * - `GET /api/traffic`: the table
 * - `GET /api/traffic/live`: the table and then its changes, as server-sent events `view` and `change`
 * - `GET /traffic.csv`: the table as a file
 */
export function trafficRoutes(
  app: ReturnType<typeof httpEdge>,
  { live, sessions }: TrafficRoutesOptions,
): void {
  const config = { audience: ['traffic.see'] as const }
  app.get('/api/traffic', { config, schema: { querystring: choice } }, async ({ query }, reply) => {
    const chosen = chosenOf(query)
    if (!chosen) return reply.code(400).send(NO_SUCH_DAY)
    return reply.type('application/json; charset=utf-8').send(await live.written(chosen))
  })
  app.get(
    '/traffic.csv',
    { config, schema: { querystring: csvChoice } },
    async ({ query }, reply) => {
      const chosen = chosenOf(query)
      if (!chosen) return reply.code(400).send(NO_SUCH_DAY)
      const { view } = await live.now(chosen)
      return reply
        .header('Content-Type', 'text/csv; charset=utf-8')
        .header('Content-Disposition', `attachment; filename="${csvName(view)}"`)
        .send(trafficCsv(view, query.language))
    },
  )
  app.get(
    '/api/traffic/live',
    { config, schema: { querystring: choice } },
    async (request, reply) => {
      const chosen = chosenOf(request.query)
      if (!chosen) return reply.code(400).send(NO_SUCH_DAY)
      await eventStream(request, reply, sessions, told => live.watch(chosen, told))
    },
  )
}

/** Names a file after what it shows. */
function csvName({ day, by, node, kind }: TrafficView): string {
  const time = by === 'day' ? day.slice(0, 7) : day
  return `${['charge-traffic', time, `by-${by}`, node, kind].join('_')}.csv`
}

function chosenOf({
  day,
  ...rest
}: {
  day: string
  by: Span
  node: string
  kind: LiveChoice['kind']
}): LiveChoice | undefined {
  const parsed: JstDay | 'today' | undefined = day === 'today' ? day : parseJstDay(day)
  return parsed && { day: parsed, ...rest }
}
