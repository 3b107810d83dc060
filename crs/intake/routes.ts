import type { FastifyReply } from 'fastify'
import { BYTES_TOGETHER_MAX, decodeDeliveries } from '../../domain/deliveries.js'
import { parseJstDay } from '../../domain/jst.js'
import { QUARTER_HOUR_FILE_MAX } from '../../domain/quarter-hour-file.js'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import type { AskedFile } from '../store/accepted-files.js'
import type { Taken } from '../store/acknowledgement.js'
import type { SentDayClose } from '../store/day-close-intake.js'
import type { SentFile } from '../store/quarter-hour-intake.js'
import type { CrsBackground, CrsStore } from '../store/questions.js'
import { bytesOf } from './signature-gate.js'

export interface IntakeOptions {
  readonly store: CrsStore
  readonly background: Pick<CrsBackground, 'ask'>
  readonly log: Logger
  /** Told after each file that was taken: an hour may be complete now. */
  readonly onTaken: () => void
}

/** Takes what MCSCP nodes send (docs/formats/transfer-to-crs.md); each answer is on disk before it is given. */
export function intakeRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, background, log, onTaken }: IntakeOptions,
): void {
  edge.removeAllContentTypeParsers()
  edge.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  edge.put<{ Params: { node: string; number: string } }>(
    '/nodes/:node/quarter-hour-files/:number',
    { bodyLimit: QUARTER_HOUR_FILE_MAX },
    async ({ params: { node, number }, body }, reply) => {
      const sent = sentFile(node, number, bytesOf(body))
      return sent ? answer(reply, await store.ask('takeFile', sent), sent) : noSuchFile(reply)
    },
  )
  edge.put<{ Params: { node: string; day: string } }>(
    '/nodes/:node/day-closes/:day',
    async ({ params: { node, day: text }, body }, reply) => {
      const sent = sentDayClose(node, text, bytesOf(body))
      return sent ? answer(reply, await store.ask('takeDayClose', sent), sent) : noSuchFile(reply)
    },
  )
  edge.put<{ Params: { node: string } }>(
    '/nodes/:node/deliveries',
    { bodyLimit: 2 * BYTES_TOGETHER_MAX },
    async ({ params: { node }, body }, reply) => {
      const sent = sentTogether(node, bytesOf(body))
      if (!sent) return notOfItsForm(reply)
      const all = await store.ask('takeTogether', sent)
      if (all.some(isFresh)) onTaken()
      const answers = all.map((taken, place) => {
        tell(log, taken, nameOf(sent[place]))
        const [status, answer] = answerTo(taken)
        return { status, answer: JSON.stringify(answer) }
      })
      return send(reply, 200, answers)
    },
  )
  edge.get<{ Params: { node: string; number: string } }>(
    '/nodes/:node/quarter-hour-files/:number',
    ({ params: { node, number } }, reply) =>
      giveBack(reply, node, sentFile(node, number, new Uint8Array())?.number),
  )
  edge.get<{ Params: { node: string; day: string } }>(
    '/nodes/:node/day-closes/:day',
    ({ params: { node, day } }, reply) => giveBack(reply, node, parseJstDay(day)),
  )
  edge.get<{ Params: { node: string } }>('/nodes/:node', async ({ params: { node } }, reply) =>
    send(reply, 200, { node, expected: await store.ask('expected', node) }),
  )

  /** What a node that lost its store asks for: a file of its own, as it was acknowledged. */
  async function giveBack(reply: FastifyReply, node: string, due: AskedFile['due'] | undefined) {
    const text = due && (await background.ask('accepted', { node, due }))
    if (!text) return noSuchFile(reply)
    return reply.code(200).type('text/plain; charset=us-ascii').send(text)
  }

  function answer(reply: FastifyReply, taken: Taken, sent: SentFile | SentDayClose) {
    if (isFresh(taken)) onTaken()
    tell(log, taken, nameOf(sent))
    const [status, body] = answerTo(taken)
    return send(reply, status, body)
  }
}

const isFresh = (taken: Taken): boolean => taken.outcome === 'acknowledged' && taken.fresh

function sentFile(node: string, number: string, body: Uint8Array): SentFile | undefined {
  return /^[1-9]\d{0,9}$/.test(number) ? { node, number: Number(number), body } : undefined
}

function sentDayClose(node: string, text: string, body: Uint8Array): SentDayClose | undefined {
  const day = parseJstDay(text)
  return day && { node, day, body }
}

/** What a node sent in one request; `undefined` when any of it is no file, or not as it was announced. */
function sentTogether(node: string, body: Uint8Array): (SentFile | SentDayClose)[] | undefined {
  const files = decodeDeliveries(body)?.map(({ name, bytes }) => {
    const [kind, what = ''] = name.split('/')
    if (kind === 'quarter-hour-files') return sentFile(node, what, bytes)
    return kind === 'day-closes' ? sentDayClose(node, what, bytes) : undefined
  })
  const sent = files?.filter(file => file !== undefined)
  return sent?.length === files?.length ? sent : undefined
}

/** What was sent: by its node, and number or day. */
type Named = Readonly<Record<string, string | number>>

const nameOf = (sent: SentFile | SentDayClose | undefined): Named => {
  if (!sent) return {}
  const { node } = sent
  return 'day' in sent ? { node, day: sent.day } : { node, number: sent.number }
}

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
      settleAlarms(['CONTENT_CHANGED', 'FILE_MALFORMED', 'DAY_CLOSE_DIFFERS'], what)
      if (taken.fresh) settleAlarms(['SEQUENCE_GAP'], what)
      tellTaken(log, taken, what)
      break
    case 'gap':
      // Requirement C-08: a repeat is harmless, a gap alarms.
      raiseAlarm(log, 'SEQUENCE_GAP', 'major', { ...what, expected: taken.expected })
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

const notOfItsForm = (reply: FastifyReply) =>
  send(reply, 400, { code: 'REQUEST_INVALID', message: 'These are no files of a node.' })

const noSuchFile = (reply: FastifyReply) =>
  send(reply, 404, { code: 'NO_SUCH_ROUTE', message: 'There is no such file.' })
