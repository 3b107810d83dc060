import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { Fault } from './fault.js'
import type { FaultCode } from './fault-codes.js'
import { lateCheck, lateWriter } from './late-schemas.js'
import type { Logger } from './log.js'

/** Longest request body an edge reads, in bytes. */
const BODY_MAX = 1_048_576

/** Longest that a request may take to come in where nothing else is said, in ms. */
const REQUEST_MAX_MS = 30_000

/** Status of an answer that tells of a fault: the one table from fault codes to HTTP. */
const STATUS: Partial<Record<FaultCode, number>> = {
  NO_SUCH_CALL_SESSION: 404,
  NO_SUCH_SUBSCRIBER: 404,
  TICKET_REFUSED: 401,
  UNITS_DIFFER: 409,
  FILE_MALFORMED: 400,
  CODE_TABLE_INVALID: 409,
  SIMULATION_ONLY: 403,
  ACT_NOT_ALLOWED: 403,
  ACT_REFUSED: 409,
  APPROVAL_REFUSED: 409,
  NO_SUCH_APPROVAL: 404,
  OVERLOADED: 503,
  STORE_FAILED: 503,
  SCENARIO_FAILED: 503,
  PEER_UNREACHABLE: 503,
}

/** Status of an answer that tells of a fault. */
export const faultStatus = (code: FaultCode): number => STATUS[code] ?? 500

/** How every edge answers what it cannot do: a code for programs, a sentence for people. */
export interface FaultAnswer {
  readonly code: FaultCode | 'REQUEST_INVALID' | 'NO_SUCH_ROUTE' | 'BROKEN_PROMISE'
  readonly message: string
}

/**
 * An HTTP edge with bounded bodies and times, whose every error is a `FaultAnswer`. Bodies are not
 * logged, and a refused body is described without being quoted, since it may hold a PIN. `requestMaxMs`:
 * for an edge that takes longer bodies.
 */
export function httpEdge(log: Logger, requestMaxMs = REQUEST_MAX_MS) {
  const app = Fastify({
    loggerInstance: log.child({}, { level: 'warn' }) as FastifyBaseLogger,
    bodyLimit: BODY_MAX,
    requestTimeout: requestMaxMs,
    connectionTimeout: 2 * requestMaxMs,
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(lateCheck)
  app.setSerializerCompiler(lateWriter)
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Fault) {
      return reply.code(faultStatus(error.code)).send(faultAnswer(error.code, error.message))
    }
    const status = statusOf(error)
    if (status < 500) {
      return reply
        .code(status)
        .send(faultAnswer('REQUEST_INVALID', 'The request is not of the form its route asks for.'))
    }
    log.error({ err: error }, 'request failed')
    return reply
      .code(500)
      .send(faultAnswer('BROKEN_PROMISE', 'The request failed; the log says why.'))
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(faultAnswer('NO_SUCH_ROUTE', 'There is no such route.')),
  )
  return app
}

const faultAnswer = (code: FaultAnswer['code'], message: string): FaultAnswer => ({ code, message })

const statusOf = (error: unknown): number =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 500
