import type { FastifyReply, FastifyRequest } from 'fastify'
import { SCENARIO_NAME } from '../../domain/charge-kind.js'
import { type JstDay, parseJstDay } from '../../domain/jst.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { Sessions } from '../store/sessions.js'
import { trafficCsv } from '../traffic/csv.js'
import type { LiveTraffic } from '../traffic/live-traffic.js'
import type { LiveChoice, LiveMessage, TrafficView } from '../traffic/messages.js'
import { SPANS, type Span } from '../traffic/slots.js'
import { LOGGED_IN, sessionOf } from './guard.js'

/** Pause between two signs of life on a stream on which nothing happens, in ms. */
const SIGN_OF_LIFE_MS = 15_000

/** What a watcher that reads too slowly may leave unread, in bytes; beyond, the stream is cut and begun anew. */
const UNREAD_MAX = 1_048_576

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
  const config = { audience: LOGGED_IN }
  app.get('/api/traffic', { config, schema: { querystring: choice } }, async ({ query }, reply) => {
    const chosen = chosenOf(query)
    return chosen ? live.now(chosen) : reply.code(400).send(NO_SUCH_DAY)
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
      await stream(request, reply, sessions, told => live.watch(chosen, told))
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

/**
 * Server-sent events (WHATWG HTML §9.2) until the watcher leaves or the session is over. A page that is
 * watched is in use: each sign of life counts as one.
 */
async function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  sessions: Sessions,
  watch: (told: (message: LiveMessage) => void) => Promise<() => void>,
): Promise<void> {
  reply.hijack()
  const { raw } = reply
  // Who asked may have left while the session was looked up; nothing tells of that a second time.
  if (raw.destroyed) return
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  raw.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
  const write = (text: string) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > UNREAD_MAX) raw.destroy()
    else raw.write(text)
  }
  let leave = () => {}
  const life = setInterval(async () => {
    if (await sessionOf(request, sessions)) write(': alive\n\n')
    else raw.end()
  }, SIGN_OF_LIFE_MS)
  raw.once('close', () => {
    clearInterval(life)
    leave()
  })
  try {
    leave = await watch(({ type, ...message }) =>
      write(`event: ${type}\ndata: ${JSON.stringify(message)}\n\n`),
    )
  } catch (error) {
    raw.destroy()
    throw error
  }
  if (raw.destroyed) leave()
}
