import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { FunctionName } from '../accounts/functions.js'
import type { Session, Sessions } from '../store/sessions.js'

/** Who may ask a route: everybody, whoever is logged in, or whose permission group has one of these functions. */
export type Audience = readonly FunctionName[] | 'logged_in' | 'anyone'

/** Whoever is logged in. */
export const LOGGED_IN: Audience = 'logged_in'

/** Whether who is logged in may ask a route. */
export const isAmong = (audience: Audience, { functions }: Pick<Session, 'functions'>): boolean =>
  typeof audience === 'string' || audience.some(name => functions.includes(name))

/** Whether subscribers’ numbers may be seen, and searched by. */
export const seesNumbers = (session: Session | undefined): boolean =>
  session?.functions.includes('numbers.see') ?? false

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says it; one that does not is not accepted. */
    readonly audience?: Audience
    /** A page for people: who is not logged in is led to the log-in. */
    readonly page?: boolean
  }
  interface FastifyRequest {
    /** Who asks; absent where anyone may. */
    session?: Session
  }
}

/** A route as the guard knows it. */
export interface GuardedRoute {
  readonly method: string
  readonly url: string
  readonly audience: Audience
  /** What it takes and answers, as far as that is said. */
  readonly schema: RouteSchema
}

/** The schemas of a route, by what they are of. */
export interface RouteSchema {
  readonly params?: unknown
  readonly querystring?: unknown
  readonly body?: unknown
  readonly response?: unknown
}

/** Cookie that carries the session's token. */
export const SESSION_COOKIE = 'mcscp_noc'

/** Names under which a browser on this machine reaches the loopback; any other is a page elsewhere that pretends. */
const LOOPBACK_NAMES = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/

/** Methods that change nothing. */
const SAFE_METHODS = ['GET', 'HEAD']

/**
 * Sets what every answer carries, and lets nobody through who may not: requests for another host (DNS
 * rebinding), changes asked for by another site's page (CSRF), routes that say nothing of their
 * audience, and people whose permission group lacks the function. Pages may speak to the WebSocket of `phoneServer`, where
 * there is one. Answers the routes that are registered from now on.
 */
export function guard(
  app: FastifyInstance,
  sessions: Sessions,
  phoneServer?: string,
): readonly GuardedRoute[] {
  const routes: GuardedRoute[] = []
  const headers = securityHeaders(phoneServer)
  app.addHook('onRoute', route => {
    for (const method of [route.method].flat()) {
      const { url, schema = {} } = route
      routes.push({ method, url, audience: audienceOf(route), schema })
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (!LOOPBACK_NAMES.test(request.headers.host ?? '')) {
      return refuse(
        reply,
        421,
        'NOT_ALLOWED',
        'This server is reached by the names of the loopback.',
      )
    }
    if (!SAFE_METHODS.includes(request.method) && !isSameOrigin(request)) {
      return refuse(reply, 403, 'NOT_ALLOWED', 'Only the screens themselves may ask for that.')
    }
    const { audience = LOGGED_IN, page } = request.routeOptions.config
    if (audience === 'anyone' || request.is404) return
    const session = await sessionOf(request, sessions)
    if (!session) {
      if (page) return reply.redirect('/login', 303)
      return refuse(reply, 401, 'LOGIN_REQUIRED', 'Log in first.')
    }
    if (!isAmong(audience, session)) {
      return refuse(reply, 403, 'NOT_ALLOWED', 'Your role does not allow that.')
    }
    request.session = session
  })
  return routes
}

/** The session that a request's cookie names, and that it is used. */
export async function sessionOf(
  { cookies }: FastifyRequest,
  sessions: Sessions,
): Promise<Session | undefined> {
  const token = cookies[SESSION_COOKIE]
  return token === undefined ? undefined : sessions.use(token)
}

function audienceOf({ method, url, config }: RouteOptions): Audience {
  if (config?.audience) return config.audience
  throw new Error(`the route ${method} ${url} does not say who may ask it`)
}

/** RFC 6454 §7: a browser says of each such request which page asks. */
const isSameOrigin = ({ headers, protocol }: FastifyRequest): boolean =>
  headers.origin === `${protocol}://${headers.host}`

const refuse = (reply: FastifyReply, status: number, code: string, message: string) =>
  reply.code(status).send({ code, message })

/** What a browser may do with an answer; the phone's WebSocket is the one address besides ours. */
const securityHeaders = (phoneServer: string | undefined) => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ["connect-src 'self'", ...(phoneServer === undefined ? [] : [phoneServer])].join(' '),
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  // With none at all, a browser names no origin where a form is sent (Fetch §3.2).
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
})
