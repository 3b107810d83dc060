import { NO_CARD_NUMBER } from '../../domain/card.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import { ACT_FUNCTIONS, type FunctionName, functionOfAct } from '../accounts/functions.js'
import { grantable } from '../accounts/permission-group.js'
import type { People } from '../store/people.js'
import type { Session } from '../store/sessions.js'

/** One route of the card office, as people with a session ask it. */
export interface RelayedRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/api/office`; scp has the same below `/v1/office`. */
  readonly path: string
  /** Which functions let it be asked; scp looks at each act again, and has the attempt in its audit log. */
  readonly by: readonly FunctionName[]
  /** Whether a route that changes nothing is told who asks. */
  readonly namesAsker?: true
}

/** Every route of the card office with the functions that let it be asked (fault test XW4). */
// biome-ignore format: table
export const RELAYED: readonly RelayedRoute[] = [
  { method: 'POST', path: '/acts/:act',                   by: ACT_FUNCTIONS },
  { method: 'GET',  path: '/approvals',                   by: ['approvals.see'] },
  { method: 'GET',  path: '/approvals/:approval',         by: ['approvals.see'] },
  { method: 'POST', path: '/approvals/:approval/decision', by: ['approvals.decide'] },
  { method: 'GET',  path: '/audit',                       by: ['audit.see'] },
  { method: 'GET',  path: '/audit/check',                 by: ['audit.see'] },
  { method: 'GET',  path: '/services',                    by: ['services.see'] },
  { method: 'GET',  path: '/tables',                      by: ['tables.see'] },
  { method: 'GET',  path: '/tables/:table',               by: ['tables.see'] },
  { method: 'POST', path: '/tables/:table/check',         by: ['tables.see'] },
  { method: 'GET',  path: '/locks',                       by: ['locks.see'] },
  { method: 'GET',  path: '/locks/:msisdn',               by: ['locks.see'] },
  { method: 'GET',  path: '/card-locks/:serial',          by: ['locks.see'] },
  { method: 'GET',  path: '/batches',                     by: ['cards.see'] },
  { method: 'GET',  path: '/batches/:batch',              by: ['cards.see'] },
  { method: 'GET',  path: '/cards/:serial',               by: ['cards.see'] },
  { method: 'GET',  path: '/card-effects',                by: ['cards.see'], namesAsker: true },
  { method: 'GET',  path: '/liability',                   by: ['liability.see'] },
]

const FRONT = '/api/office'
const BEHIND = '/v1/office'

/** Longest wait for scp, in ms; the check of a long audit log takes some of it. */
const DEADLINE_MS = 60_000

const body = Type.Object({}, { additionalProperties: true })

export interface RelayOptions {
  /** scp's socket. */
  readonly scp: Pick<SocketClient, 'ask'>
  readonly people: Pick<People, 'noteRejected'>
  readonly log: Pick<Logger, 'info'>
}

/**
 * The card office of scp for who is logged in (docs/office.md): each route is handed on as it was asked,
 * with who asks, which nobody can say of themselves. scp knows roles alone: an act that a role may ask for and the
 * permission group does not have goes no further, and the attempt stands in noc's log.
 */
export function relayRoutes(
  app: ReturnType<typeof httpEdge>,
  { scp, people, log }: RelayOptions,
): void {
  for (const { method, path, by, namesAsker } of RELAYED) {
    const url = `${FRONT}${path}`
    app.route({
      ...{ method, url, config: { audience: by } },
      ...(method === 'POST' ? { schema: { body } } : {}),
      handler: async (request, reply) => {
        const { account: name = '', role } = request.session ?? {}
        const kept = keptFrom(request.session, Object(request.params).act)
        if (kept !== undefined && role) {
          const reason = reasonOf(request.body)
          await people.noteRejected({ person: name, role, reason }, kept, name, NOT_OF_GROUP)
          throw new Fault('ACT_NOT_ALLOWED', NOT_OF_GROUP)
        }
        const to = request.url.replace(FRONT, BEHIND)
        const asked = {
          method,
          path: namesAsker ? withAsker(to, name) : to,
          deadlineMs: DEADLINE_MS,
        }
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

/** Says who asks, whatever the question said of that. */
function withAsker(path: string, name: string): string {
  const [route = '', query = ''] = path.split('?')
  const said = new URLSearchParams(query)
  said.set('person', name)
  return `${route}?${said}`
}

const NOT_OF_GROUP = 'Your permission group does not have that act.'

/** The act that a person's own group keeps from them, though their role may ask for it. */
function keptFrom(session: Session | undefined, act: unknown): string | undefined {
  if (typeof act !== 'string' || !session) return undefined
  const name = functionOfAct(act)
  if (name === undefined || session.functions.includes(name)) return undefined
  return grantable(name, session.role) ? act : undefined
}

/** The reason that was given, as far as it may be kept. */
function reasonOf(body: unknown): string {
  const { reason } = Object(body)
  return typeof reason === 'string' && REASON.test(reason) ? reason : ''
}

/** No run of fourteen digits, which might be a card number (I12). */
const REASON = new RegExp(`${NO_CARD_NUMBER}[^]{1,500}$`)
