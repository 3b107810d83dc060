import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { LiveCalls } from '../calls/live-calls.js'
import type { CallMessage } from '../calls/messages.js'
import type { Sessions } from '../store/sessions.js'
import { eventStream } from './event-stream.js'
import { seesNumbers } from './guard.js'

/** A Call-ID (RFC 3261 §25.1), as long as one may be. */
const call = Type.String({ minLength: 1, maxLength: 1_000 })

const NO_SUCH_CALL = { code: 'NO_SUCH_CALL', message: 'No call is known by that name any more.' }

export interface CallRoutesOptions {
  readonly calls: LiveCalls
  readonly sessions: Sessions
}

/**
 * The calls as they go; who does not look after handsets sees numbers masked, and no messages:
 *
 * - `GET /api/calls`: those in progress and those that ended last
 * - `GET /api/calls/ladder?call=`: all that passed in one
 * - `GET /api/calls/live?call=`: both and their changes, as server-sent events `calls` and `ladder`
 */
export function callRoutes(
  app: ReturnType<typeof httpEdge>,
  { calls, sessions }: CallRoutesOptions,
): void {
  const config = { audience: ['calls.see'] as const }
  app.get('/api/calls', { config }, async ({ session }) => calls.list(seesNumbers(session)))
  app.get(
    '/api/calls/ladder',
    { config, schema: { querystring: Type.Object({ call }) } },
    async ({ query, session }, reply) =>
      (await calls.ladder(query.call, seesNumbers(session))) ?? reply.code(404).send(NO_SUCH_CALL),
  )
  app.get(
    '/api/calls/live',
    { config, schema: { querystring: Type.Object({ call: Type.Optional(call) }) } },
    async (request, reply) => {
      const open = seesNumbers(request.session)
      await eventStream<CallMessage>(request, reply, sessions, told =>
        calls.watch({ open, call: request.query.call, told }),
      )
    },
  )
}
