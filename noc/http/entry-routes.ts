import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { maskedNumber } from '../calls/numbers.js'
import { entriesCsv, isEntryPage, type LogLine } from '../entries/csv.js'
import { type Audience, seesNumbers } from './guard.js'

const SEES: Audience = ['entries.see']

/** Longest wait for scp, in ms. */
const DEADLINE_MS = 30_000

/** Most pages of one file: ten thousand lines. */
const CSV_PAGES_MAX = 50

const BY_NUMBER = {
  code: 'NOT_ALLOWED',
  message: 'Your role does not see subscribers’ numbers, nor search by them.',
}

/**
 * `GET /api/entries`: scp's charge-operation log for who is logged in, asked as scp is (`GET /v1/entries`).
 * `GET /entries.csv`: the same as a file, the newest ten thousand lines at most, which its name then tells.
 * Who does not look after handsets sees numbers masked, and may not search by one.
 */
export function entryRoutes(
  app: ReturnType<typeof httpEdge>,
  { scp }: { readonly scp: Pick<SocketClient, 'ask'> },
): void {
  app.get('/api/entries', { config: { audience: SEES } }, async (request, reply) => {
    const query = new URL(request.url, 'http://noc').searchParams
    const open = seesNumbers(request.session)
    if (!open && query.has('msisdn')) return reply.code(403).send(BY_NUMBER)
    const path = `/v1/entries?${query}`
    const { status, body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    return reply.code(status).send(open ? body : masked(body))
  })
  app.get('/entries.csv', { config: { audience: SEES } }, async (request, reply) => {
    const query = new URL(request.url, 'http://noc').searchParams
    const open = seesNumbers(request.session)
    if (!open && query.has('msisdn')) return reply.code(403).send(BY_NUMBER)
    const language = query.get('language') === 'en' ? 'en' : 'ja'
    query.delete('language')
    const { lines, more } = await linesOf(scp, query)
    const shown = open ? lines : lines.map(line => ({ ...line, msisdn: maskedNumber(line.msisdn) }))
    const name = `charge-operations${more ? `_newest-${lines.length}` : ''}.csv`
    return reply
      .header('Content-Type', 'text/csv; charset=utf-8')
      .header('Content-Disposition', `attachment; filename="${name}"`)
      .send(entriesCsv(shown, language))
  })
}

/** Every line that matches, as far as so many pages reach, and whether there are more. */
async function linesOf(
  scp: Pick<SocketClient, 'ask'>,
  query: URLSearchParams,
): Promise<{ readonly lines: readonly LogLine[]; readonly more: boolean }> {
  const lines: LogLine[] = []
  for (let page = 0; page < CSV_PAGES_MAX; page++) {
    const path = `/v1/entries?${query}`
    const { status, body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    if (status === 400) throw new Fault('FILE_MALFORMED', 'That is nothing to search for.')
    if (status !== 200) throw new Fault('PEER_UNREACHABLE', `scp cannot answer now (${status}).`)
    if (!isEntryPage.Check(body)) {
      throw new Fault('PEER_ANSWER_INVALID', 'scp answered something its interface forbids.')
    }
    lines.push(...body.lines)
    if (body.next === undefined) return { lines, more: false }
    query.set('after', body.next)
  }
  return { lines, more: true }
}

/** `090****5678`. */
function masked(body: unknown): unknown {
  const { lines, ...rest } = Object(body)
  if (!Array.isArray(lines)) return body
  const hidden = lines.map(line => ({ ...line, msisdn: maskedNumber(`${line.msisdn}`) }))
  return { ...rest, lines: hidden }
}
