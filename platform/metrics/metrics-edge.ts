import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { listenFault } from '../listen.js'
import type { Logger } from '../log.js'
import { sha256Of } from '../sha256.js'
import type { Metrics } from './metrics.js'

/** Whoever collects comes from this machine, or by an agent on it. */
const HOST = '127.0.0.1'

/** Most connections at once: one collector, and a person who looks. */
const CONNECTIONS_MAX = 16

/** Longest wait for a request, in ms. */
const REQUEST_WITHIN_MS = 5_000

export interface MetricsEdgeOptions {
  readonly port: number
  /** Name of the setting of the port, for whoever must move it. */
  readonly setting: string
  /** What a collector shows (RFC 6750 §2.1): on loopback an address proves nothing. */
  readonly token: string
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly log: Logger
}

/**
 * Serves `GET /metrics` on loopback to who shows the token. The result ends it. Without fastify, so that the
 * engines need not load it. Throws `PORT_TAKEN`.
 */
export async function openMetricsEdge(options: MetricsEdgeOptions): Promise<() => Promise<void>> {
  const { port, setting, metrics, token, log } = options
  const told = async (request: IncomingMessage): Promise<[status: number, text: string]> => {
    if (!shows(request, token)) return [401, 'Show the token of keys/metrics-token.\n']
    if (request.method !== 'GET' || request.url !== '/metrics') return [404, 'GET /metrics.\n']
    try {
      return [200, await metrics.text()]
    } catch (error) {
      log.warn({ err: error }, 'metrics not read')
      return [503, 'The metrics cannot be read now; the log says why.\n']
    }
  }
  const server = createServer({ requestTimeout: REQUEST_WITHIN_MS }, async (request, response) => {
    const [status, text] = await told(request)
    response.writeHead(status, {
      'content-type': status === 200 ? metrics.contentType : 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    })
    response.end(text)
  })
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(listenFault(error, { host: HOST, ports: { [setting]: port } })),
    )
    server.listen({ host: HOST, port }, resolve)
  })
  return () =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}

/** Digests are compared, so that neither length nor content of the token shows in the time. */
function shows({ headers }: IncomingMessage, token: string): boolean {
  const [, shown] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (shown === undefined) return false
  return timingSafeEqual(digest(shown), digest(token))
}

const digest = (text: string): Buffer => Buffer.from(sha256Of(Buffer.from(text)))
