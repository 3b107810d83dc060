import type { FastifyReply } from 'fastify'
import { parseJstDay } from '../../domain/jst.js'
import { raiseAlarm } from '../../platform/alarm.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import type { Taken } from '../store/acknowledgement.js'
import type { CrsStore } from '../store/questions.js'
import { bytesOf } from './signature-gate.js'

/** Largest quarter-hour file, in bytes: 700,000 records, or 770 charges a second all through. */
const FILE_MAX = 64 * 1_048_576

export interface IntakeOptions {
  readonly store: CrsStore
  readonly log: Logger
  /** Told after each file that was taken: an hour may be complete now. */
  readonly onTaken: () => void
}

/** Takes what MCSCP nodes send (docs/formats/transfer-to-crs.md); each answer is on disk before it is given. */
export function intakeRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, log, onTaken }: IntakeOptions,
): void {
  edge.removeAllContentTypeParsers()
  edge.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  edge.put<{ Params: { node: string; number: string } }>(
    '/nodes/:node/quarter-hour-files/:number',
    { bodyLimit: FILE_MAX },
    async ({ params: { node, number }, body }, reply) => {
      if (!/^[1-9]\d{0,9}$/.test(number)) return noSuchFile(reply)
      const sent = { node, number: Number(number), body: bytesOf(body) }
      return answer(reply, await store.ask('takeFile', sent), { node, number: sent.number })
    },
  )
  edge.put<{ Params: { node: string; day: string } }>(
    '/nodes/:node/day-closes/:day',
    async ({ params: { node, day: text }, body }, reply) => {
      const day = parseJstDay(text)
      if (!day) return noSuchFile(reply)
      const sent = { node, day, body: bytesOf(body) }
      return answer(reply, await store.ask('takeDayClose', sent), { node, day })
    },
  )
  edge.get<{ Params: { node: string } }>('/nodes/:node', async ({ params: { node } }, reply) =>
    send(reply, 200, { node, expected: await store.ask('expected', node) }),
  )

  function answer(reply: FastifyReply, taken: Taken, what: Named) {
    if (taken.outcome === 'acknowledged' && taken.fresh) onTaken()
    tell(log, taken, what)
    const [status, body] = answerTo(taken)
    return send(reply, status, body)
  }
}

/** What was sent: by its node, and number or day. */
type Named = Readonly<Record<string, string | number>>

/** The one table from what became of a file to HTTP. */
function answerTo(taken: Taken): readonly [status: number, body: object] {
  switch (taken.outcome) {
    case 'acknowledged':
      return [200, taken.acknowledgement]
    case 'gap': {
      const message = `${taken.expected} must come first.`
      return [409, { code: 'SEQUENCE_GAP', message, expected: taken.expected }]
    }
    case 'changed': {
      const message = 'Another content was taken under this number.'
      return [409, { code: 'CONTENT_CHANGED', message }]
    }
    case 'malformed': {
      const { line, why } = taken
      const message = `Line ${line}: ${why}. Nothing was taken.`
      return [422, { code: 'FILE_MALFORMED', message, line, why }]
    }
    case 'differs':
      return [422, { code: 'DAY_CLOSE_DIFFERS', message: `${taken.why}.`, why: taken.why }]
  }
}

/** Tells operations what a person must know of it. */
function tell(log: Logger, taken: Taken, what: Named): void {
  switch (taken.outcome) {
    case 'acknowledged':
      tellTaken(log, taken, what)
      break
    case 'gap':
      log.warn({ ...what, expected: taken.expected }, 'file asked for again')
      break
    case 'changed':
      raiseAlarm(log, 'CONTENT_CHANGED', 'critical', what)
      break
    case 'malformed': {
      const { line, why } = taken
      raiseAlarm(log, 'FILE_MALFORMED', 'critical', { ...what, line, why })
      break
    }
    case 'differs':
      raiseAlarm(log, 'DAY_CLOSE_DIFFERS', 'critical', { ...what, why: taken.why })
  }
}

function tellTaken(
  log: Logger,
  { acknowledgement, fresh, repeated }: Extract<Taken, { outcome: 'acknowledged' }>,
  what: Named,
): void {
  const { count, sumYen } = acknowledgement
  if (fresh) log.info({ ...what, count, sumYen }, 'charge records taken')
  else log.info(what, 'acknowledgement repeated')
  if (repeated.length === 0) return
  const shown = repeated.slice(0, REPEATED_SHOWN)
  raiseAlarm(log, 'CHARGE_REPEATED', 'critical', { ...what, records: repeated.length, shown })
}

/** Records that one alarm names; their number it always tells. */
const REPEATED_SHOWN = 20

/** Answers as text, so that what is signed is what is sent. */
const send = (reply: FastifyReply, status: number, body: object) =>
  reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))

const noSuchFile = (reply: FastifyReply) =>
  send(reply, 404, { code: 'NO_SUCH_ROUTE', message: 'There is no such file.' })
