import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { maskedNumber } from '../calls/numbers.js'
import { LOGGED_IN, seesNumbers } from './guard.js'

/** Longest wait for scp, in ms. */
const DEADLINE_MS = 30_000

const BY_NUMBER = {
  code: 'NOT_ALLOWED',
  message: 'Your role does not see subscribers’ numbers, nor search by them.',
}

/**
 * `GET /api/entries`: scp's charge-operation log for who is logged in, asked as scp is (`GET /v1/entries`).
 * Who does not look after handsets sees numbers masked, and may not search by one.
 */
export function entryRoutes(
  app: ReturnType<typeof httpEdge>,
  { scp }: { readonly scp: Pick<SocketClient, 'ask'> },
): void {
  app.get('/api/entries', { config: { audience: LOGGED_IN } }, async (request, reply) => {
    const query = new URL(request.url, 'http://noc').searchParams
    const open = seesNumbers(request.session)
    if (!open && query.has('msisdn')) return reply.code(403).send(BY_NUMBER)
    const path = `/v1/entries?${query}`
    const { status, body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    return reply.code(status).send(open ? body : masked(body))
  })
}

/** `090****5678`. */
function masked(body: unknown): unknown {
  const { lines, ...rest } = Object(body)
  if (!Array.isArray(lines)) return body
  const hidden = lines.map(line => ({ ...line, msisdn: maskedNumber(`${line.msisdn}`) }))
  return { ...rest, lines: hidden }
}
