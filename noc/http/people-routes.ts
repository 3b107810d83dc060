import type { Role } from '../../domain/role.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { Accounts } from '../store/accounts.js'
import type { Sessions } from '../store/sessions.js'
import { type GuardedRoute, SESSION_COOKIE } from './guard.js'

/** Who looks at people, and who ends their sessions. */
const SEES: readonly Role[] = ['supervisor', 'auditor']
const ENDS: readonly Role[] = ['supervisor']

const accountsAnswer = Type.Object({
  accounts: Type.Array(Type.Object({ name: Type.String(), role: Type.String() })),
})

const sessionsAnswer = Type.Object({
  sessions: Type.Array(
    Type.Object({
      session: Type.String(),
      account: Type.String(),
      role: Type.String(),
      beganAt: Type.Integer(),
      usedAt: Type.Integer(),
      /** Whether it is that of who asks. */
      own: Type.Boolean(),
    }),
  ),
})

const functionsAnswer = Type.Object({
  functions: Type.Array(
    Type.Object({ method: Type.String(), url: Type.String(), roles: Type.Array(Type.String()) }),
  ),
})

const named = Type.Object({ session: Type.String({ pattern: '^[0-9a-f]{16}$' }) })
const ended = Type.Object({ outcome: Type.Enum(['ended', 'none']) })

export interface PeopleRoutesOptions {
  readonly accounts: Pick<Accounts, 'all'>
  readonly sessions: Pick<Sessions, 'all' | 'endNamed' | 'nameOf'>
  /** Every route with who may ask it, as the guard has it. */
  readonly routes: readonly GuardedRoute[]
  readonly log: Pick<Logger, 'info'>
}

/**
 * - `GET /api/people/accounts`, `GET /api/people/sessions`, and `GET /api/people/functions`: which role may ask what
 * - `POST /api/people/sessions/:session/end`: for supervisors; `none` where it was over
 */
export function peopleRoutes(
  app: ReturnType<typeof httpEdge>,
  { accounts, sessions, routes, log }: PeopleRoutesOptions,
): void {
  const config = { audience: SEES }
  app.get(
    '/api/people/accounts',
    { config, schema: { response: { 200: accountsAnswer } } },
    async () => ({ accounts: (await accounts.all()).map(({ name, role }) => ({ name, role })) }),
  )
  app.get(
    '/api/people/sessions',
    { config, schema: { response: { 200: sessionsAnswer } } },
    async ({ cookies }) => {
      const own = sessions.nameOf(cookies[SESSION_COOKIE] ?? '')
      const all = await sessions.all()
      return { sessions: all.map(one => ({ ...one, own: one.session === own })) }
    },
  )
  app.get(
    '/api/people/functions',
    { config, schema: { response: { 200: functionsAnswer } } },
    async () => ({
      functions: routes.flatMap(({ method, url, audience }) =>
        audience === 'anyone' || method === 'HEAD' ? [] : [{ method, url, roles: [...audience] }],
      ),
    }),
  )
  app.post(
    '/api/people/sessions/:session/end',
    { config: { audience: ENDS }, schema: { params: named, response: { 200: ended } } },
    async ({ params, session }) => {
      const outcome = (await sessions.endNamed(params.session)) ? 'ended' : 'none'
      log.info({ ended: params.session, outcome, account: session?.account }, 'session ended')
      return { outcome } as const
    },
  )
}
