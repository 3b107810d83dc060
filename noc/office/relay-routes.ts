import type { Role } from '../../domain/role.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'

/** One route of the card office, as people with a session ask it. */
export interface RelayedRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/api/office`; scp has the same below `/v1/office`. */
  readonly path: string
  /** Who may ask it at all; scp looks at each act again, and has the attempt in its audit log. */
  readonly roles: readonly Role[]
}

/** Who asks for acts and decides about them. */
const ACTING: readonly Role[] = ['operator', 'supervisor', 'card-issuer', 'key-custodian']

/** Who looks after handsets and services, and who looks at what was done. */
const ON_DUTY: readonly Role[] = ['operator', 'supervisor', 'auditor']

/** Who looks at cards and batches, and who at what is owed for them. */
const OF_CARDS: readonly Role[] = [...ACTING, 'auditor']
const OF_LIABILITY: readonly Role[] = ['supervisor', 'card-issuer', 'auditor']

/** Every route of the card office with who may ask it (fault test XW4). */
// biome-ignore format: table
export const RELAYED: readonly RelayedRoute[] = [
  { method: 'POST', path: '/acts/:act',                   roles: ACTING },
  { method: 'GET',  path: '/approvals',                   roles: [...ACTING, 'auditor'] },
  { method: 'GET',  path: '/approvals/:approval',         roles: [...ACTING, 'auditor'] },
  { method: 'POST', path: '/approvals/:approval/decision', roles: ACTING },
  { method: 'GET',  path: '/audit',                       roles: ['supervisor', 'auditor'] },
  { method: 'GET',  path: '/audit/check',                 roles: ['supervisor', 'auditor'] },
  { method: 'GET',  path: '/services',                    roles: ON_DUTY },
  { method: 'GET',  path: '/tables',                      roles: ON_DUTY },
  { method: 'GET',  path: '/tables/:table',               roles: ON_DUTY },
  { method: 'POST', path: '/tables/:table/check',         roles: ON_DUTY },
  { method: 'GET',  path: '/locks',                       roles: ON_DUTY },
  { method: 'GET',  path: '/locks/:msisdn',               roles: ON_DUTY },
  { method: 'GET',  path: '/card-locks/:serial',          roles: ON_DUTY },
  { method: 'GET',  path: '/batches',                     roles: OF_CARDS },
  { method: 'GET',  path: '/batches/:batch',              roles: OF_CARDS },
  { method: 'GET',  path: '/cards/:serial',               roles: OF_CARDS },
  { method: 'GET',  path: '/card-effects',                roles: OF_CARDS },
  { method: 'GET',  path: '/liability',                   roles: OF_LIABILITY },
]

const FRONT = '/api/office'
const BEHIND = '/v1/office'

/** Longest wait for scp, in ms; the check of a long audit log takes some of it. */
const DEADLINE_MS = 60_000

const body = Type.Object({}, { additionalProperties: true })

export interface RelayOptions {
  /** scp's socket. */
  readonly scp: Pick<SocketClient, 'ask'>
  readonly log: Pick<Logger, 'info'>
}

/**
 * The card office of scp for who is logged in (docs/office.md): each route is handed on as it was asked,
 * with who asks, which nobody can say of themselves.
 */
export function relayRoutes(app: ReturnType<typeof httpEdge>, { scp, log }: RelayOptions): void {
  for (const { method, path, roles } of RELAYED) {
    const config = { audience: roles }
    const url = `${FRONT}${path}`
    app.route({
      ...{ method, url, config },
      ...(method === 'POST' ? { schema: { body } } : {}),
      handler: async (request, reply) => {
        const { account: name, role } = request.session ?? {}
        const asked = { method, path: request.url.replace(FRONT, BEHIND), deadlineMs: DEADLINE_MS }
        const person = { name, role }
        const answer = await scp.ask(
          method === 'POST' ? { ...asked, body: { ...Object(request.body), person } } : asked,
        )
        if (method === 'POST') log.info({ url: request.url, ...person }, 'card office asked')
        return reply.code(answer.status).send(answer.body)
      },
    })
  }
}
