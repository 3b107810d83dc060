import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { Audience } from '../http/guard.js'

const SEES: Audience = ['generator.see']
const RUNS: Audience = ['generator.run']

/** Longest waits for the generator, in ms: before its first run it reads all guidance, and cards are made. */
const TOLD_MS = 5_000
const DONE_MS = 60_000

const order = Type.Object({}, { additionalProperties: true })

export interface GeneratorRoutesOptions {
  /** The generator's socket; absent outside simulation. */
  readonly generator: Pick<SocketClient, 'ask'> | undefined
  readonly log: Pick<Logger, 'info'>
}

/**
 * The traffic generator, in simulation only: outside it there are no routes. Handed on as they were asked:
 * - `GET /api/generator`: the run that goes on, or the last one (`GeneratorState`)
 * - `POST /api/generator/start` with a `GeneratorOrder`, `POST /api/generator/stop`
 */
export function generatorRoutes(
  app: ReturnType<typeof httpEdge>,
  { generator, log }: GeneratorRoutesOptions,
): void {
  if (!generator) return
  const ask = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    generator
      .ask({
        ...{ method, path: `/v1/generator${path}`, body },
        deadlineMs: method === 'GET' ? TOLD_MS : DONE_MS,
      })
      .catch(cause => {
        throw cause instanceof Fault
          ? new Fault('PEER_UNREACHABLE', 'The traffic generator does not answer.', { cause })
          : cause
      })
  app.get('/api/generator', { config: { audience: SEES } }, async (_request, reply) => {
    const { status, body } = await ask('GET', '')
    return reply.code(status).send(body)
  })
  const config = { audience: RUNS }
  app.post(
    '/api/generator/start',
    { config, schema: { body: order } },
    async ({ body, session }, reply) => {
      const by = session?.account
      const { status, body: answer } = await ask('POST', '/start', { order: body, by })
      log.info({ by, status }, 'generated traffic asked for')
      return reply.code(status).send(answer)
    },
  )
  app.post('/api/generator/stop', { config }, async ({ session }, reply) => {
    const { status, body } = await ask('POST', '/stop')
    log.info({ by: session?.account, status }, 'generated traffic stopped')
    return reply.code(status).send(body)
  })
}
