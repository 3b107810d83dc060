import { NO_CARD_NUMBER } from '../../domain/card.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { Audience } from '../http/guard.js'
import type { ScreenLanguage } from '../traffic/columns.js'
import { batchesCsv, isBatchList, isLiability, liabilityCsv } from './card-csv.js'

const SEES: Audience = ['cards.see']
const SEES_LIABILITY: Audience = ['liability.see']
const TAKES: Audience = ['act.take_print_file']
const IMPORTS: Audience = ['act.import_cards']

/** Longest wait for scp, in ms. */
const DEADLINE_MS = 60_000

/** Longest list of another maker that is taken, in bytes; longer ones are laid into `card-imports`. */
const UPLOAD_MAX = 8 * 1_048_576

const language = Type.Enum(['ja', 'en'] satisfies ScreenLanguage[])
const batch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

const taking = Type.Object({
  batch,
  file: Type.String({ pattern: '^batch-[0-9]{6,16}-[0-9]{4}\\.csv\\.age$' }),
  reason: Type.String({ maxLength: 500, pattern: `${NO_CARD_NUMBER}[^]*\\S` }),
})

export interface CardFileRoutesOptions {
  /** scp's socket. */
  readonly scp: Pick<SocketClient, 'ask'>
  readonly log: Pick<Logger, 'info'>
}

/**
 * Files of the card office, to and from a browser.
 *
 * - `GET /batches.csv?language`, `GET /liability.csv?on&language`
 * - `POST /api/office/print-files` with `{batch, file, reason}`: a print file as it lies there, encrypted to the card
 *   maker; scp notes who took it, and refuses it before its hand-over was approved
 * - `POST /api/office/card-imports?batch` with another maker's list as `text/csv`: passed on to scp and kept nowhere
 *   here; what `import_cards` is asked for with, and each bad line
 */
export function cardFileRoutes(
  app: ReturnType<typeof httpEdge>,
  options: CardFileRoutesOptions,
): void {
  csvRoutes(app, options)
  printFileRoute(app, options)
  uploadRoute(app, options)
}

function csvRoutes(app: ReturnType<typeof httpEdge>, { scp }: CardFileRoutesOptions): void {
  const told = async (path: string): Promise<unknown> => {
    const { status, body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
    if (status === 200) return body
    throw new Fault(status === 409 ? 'ACT_REFUSED' : 'PEER_UNREACHABLE', messageOf(body))
  }
  const invalid = () =>
    new Fault('PEER_ANSWER_INVALID', 'scp answered something its interface forbids.')
  app.get(
    '/batches.csv',
    { config: { audience: SEES }, schema: { querystring: Type.Object({ language }) } },
    async ({ query }, reply) => {
      const body = await told('/v1/office/batches')
      if (!isBatchList.Check(body)) throw invalid()
      return reply
        .header('Content-Type', 'text/csv; charset=utf-8')
        .header('Content-Disposition', 'attachment; filename="card-batches.csv"')
        .send(batchesCsv(body, query.language))
    },
  )
  const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
  app.get(
    '/liability.csv',
    {
      config: { audience: SEES_LIABILITY },
      schema: { querystring: Type.Object({ on: day, language }) },
    },
    async ({ query: { on, language } }, reply) => {
      const body = await told(`/v1/office/liability?on=${on}`)
      if (!isLiability.Check(body)) throw invalid()
      return reply
        .header('Content-Type', 'text/csv; charset=utf-8')
        .header('Content-Disposition', `attachment; filename="card-liability_${on}.csv"`)
        .send(liabilityCsv(body, language))
    },
  )
}

function printFileRoute(
  app: ReturnType<typeof httpEdge>,
  { scp, log }: CardFileRoutesOptions,
): void {
  app.post(
    '/api/office/print-files',
    { config: { audience: TAKES }, schema: { body: taking } },
    async ({ body: { batch, file, reason }, session }, reply) => {
      const person = { name: session?.account, role: session?.role }
      const noted = await scp.ask({
        ...{ method: 'POST', path: '/v1/office/acts/take_print_file', deadlineMs: DEADLINE_MS },
        body: { person, reason, payload: { batch, file } },
      })
      log.info({ file, ...person, status: noted.status }, 'print file asked for')
      if (noted.status !== 200) return reply.code(noted.status).send(noted.body)
      const path = `/v1/office/print-files/${batch}/${file}`
      const { status, body } = await scp.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
      if (status !== 200) return reply.code(status).send(body)
      return reply
        .type('application/octet-stream')
        .header('Content-Disposition', `attachment; filename="${file}"`)
        .send(Buffer.from(`${Object(body).content}`, 'base64'))
    },
  )
}

function uploadRoute(app: ReturnType<typeof httpEdge>, { scp, log }: CardFileRoutesOptions): void {
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'string', bodyLimit: UPLOAD_MAX },
    async (_request: unknown, body: string | Buffer) => body.toString(),
  )
  app.post(
    '/api/office/card-imports',
    {
      config: { audience: IMPORTS },
      schema: { querystring: Type.Object({ batch }), body: Type.String({ maxLength: UPLOAD_MAX }) },
      bodyLimit: UPLOAD_MAX,
    },
    async ({ query: { batch }, body: text, session }, reply) => {
      const asked = {
        method: 'POST',
        path: '/v1/office/card-imports',
        body: { batch, text },
      } as const
      const { status, body } = await scp.ask({ ...asked, deadlineMs: DEADLINE_MS })
      log.info({ batch, account: session?.account, status }, 'card list taken')
      return reply.code(status).send(body)
    },
  )
}

const messageOf = (body: unknown): string => `${Object(body).message ?? 'scp cannot answer now.'}`
