import { NO_CARD_NUMBER } from '../../domain/card.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { FUNCTION_NAMES } from '../accounts/functions.js'
import type { Doing } from '../store/people.js'
import type { PeopleLog } from '../store/people-log.js'
import type { Session, Sessions } from '../store/sessions.js'
import { type Deeds, entryAnswer } from './deeds.js'
import { type Audience, type GuardedRoute, SESSION_COOKIE } from './guard.js'

const SEES_SESSIONS: Audience = ['sessions.see']
const ENDS_SESSIONS: Audience = ['sessions.end']
const SEES_ACCOUNTS: Audience = ['accounts.see']

/** Longest reason, in characters. */
const REASON_MAX = 500

/** Why something is done to people. */
export const reason = Type.String({ maxLength: REASON_MAX, pattern: `${NO_CARD_NUMBER}[^]*\\S` })

const sessionsAnswer = Type.Object({
  sessions: Type.Array(
    Type.Object({
      session: Type.String(),
      account: Type.String(),
      group: Type.String(),
      beganAt: Type.Integer(),
      usedAt: Type.Integer(),
      /** Whether it is that of who asks. */
      own: Type.Boolean(),
    }),
  ),
})

const functionsAnswer = Type.Object({
  functions: Type.Array(
    Type.Object({
      method: Type.String(),
      url: Type.String(),
      functions: Type.Array(Type.Enum([...FUNCTION_NAMES])),
    }),
  ),
})

const named = Type.Object({ session: Type.String({ pattern: '^[0-9a-f]{16}$' }) })

const logPage = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  max: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
})

const checkAnswer = Type.Object({
  outcome: Type.Enum(['missing', 'altered', 'whole']),
  sequence: Type.Optional(Type.Integer()),
  entries: Type.Optional(Type.Integer()),
  lastHash: Type.Optional(Type.String()),
})

export interface PeopleRoutesOptions {
  readonly sessions: Pick<Sessions, 'all' | 'nameOf'>
  readonly peopleLog: Pick<PeopleLog, 'page' | 'check'>
  readonly deeds: Deeds
  /** Every route with who may ask it, as the guard has it. */
  readonly routes: readonly GuardedRoute[]
}

/** Who does something, and why. */
export const doing = (session: Session | undefined, reason: string): Doing => ({
  person: session?.account ?? '',
  role: session?.role ?? '',
  reason,
})

/**
 * - `GET /api/people/sessions`, and `POST /api/people/sessions/:session/end` with `{reason}`
 * - `GET /api/people/functions`: every route with the functions that let it be asked
 * - `GET /api/people/log?before&max` and `GET /api/people/log/check`: what was done to people, and whether the log is whole
 */
export function peopleRoutes(
  app: ReturnType<typeof httpEdge>,
  { sessions, peopleLog, deeds, routes }: PeopleRoutesOptions,
): void {
  app.get(
    '/api/people/sessions',
    { config: { audience: SEES_SESSIONS }, schema: { response: { 200: sessionsAnswer } } },
    async ({ cookies }) => {
      const own = sessions.nameOf(cookies[SESSION_COOKIE] ?? '')
      const all = await sessions.all()
      return { sessions: all.map(one => ({ ...one, own: one.session === own })) }
    },
  )
  app.post(
    '/api/people/sessions/:session/end',
    {
      config: { audience: ENDS_SESSIONS },
      schema: { params: named, body: Type.Object({ reason }), response: { 200: entryAnswer } },
    },
    ({ params, body, session }) =>
      deeds.does(people => people.endSession(doing(session, body.reason), params.session)),
  )
  app.get(
    '/api/people/functions',
    { config: { audience: SEES_ACCOUNTS }, schema: { response: { 200: functionsAnswer } } },
    async () => ({
      functions: routes.flatMap(({ method, url, audience }) =>
        typeof audience === 'string' || method === 'HEAD'
          ? []
          : [{ method, url, functions: [...audience] }],
      ),
    }),
  )
  app.get(
    '/api/people/log',
    { config: { audience: SEES_ACCOUNTS }, schema: { querystring: logPage } },
    async ({ query: { before, max } }) => ({ entries: await peopleLog.page(before, max) }),
  )
  app.get(
    '/api/people/log/check',
    { config: { audience: SEES_ACCOUNTS }, schema: { response: { 200: checkAnswer } } },
    () => peopleLog.check(),
  )
}
