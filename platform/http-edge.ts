import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { Fault } from './fault.js'
import type { FaultCode } from './fault-codes.js'
import { lateCheck, lateWriter } from './late-schemas.js'
import type { Logger } from './log.js'

/** Longest request body an edge reads, in bytes. */
const BODY_MAX = 1_048_576

/** What a caller may take of an edge (fault test XW1). */
export interface HttpLimits {
  /** Longest that a request may take to come in, in ms. */
  readonly requestMaxMs: number
  /** Longest that its head may take, in ms. */
  readonly headMaxMs: number
  /** Most connections at once; one more is closed unheard. */
  readonly connectionsMax: number
}

/** Where nothing else is said. */
const LIMITS: HttpLimits = { requestMaxMs: 30_000, headMaxMs: 10_000, connectionsMax: 2_000 }

/** Requests after which a connection ends, so that none is anybody's for ever. */
const REQUESTS_A_CONNECTION = 10_000

/** Looks at slow requests within one limit. */
const LOOKS = 4

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
 * logged, and a refused body is described without being quoted, since it may hold a PIN. Who sends slowly
 * is cut off, and keeps nobody else out.
 */
export function httpEdge(log: Logger, own: Partial<HttpLimits> = {}) {
  const { requestMaxMs, headMaxMs, connectionsMax } = { ...LIMITS, ...own }
  const app = Fastify({
    loggerInstance: log.child({}, { level: 'warn' }) as FastifyBaseLogger,
    bodyLimit: BODY_MAX,
    requestTimeout: requestMaxMs,
    connectionTimeout: 2 * requestMaxMs,
    maxRequestsPerSocket: REQUESTS_A_CONNECTION,
    forceCloseConnections: true,
    http: { headersTimeout: headMaxMs, connectionsCheckingInterval: headMaxMs / LOOKS },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = connectionsMax
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
