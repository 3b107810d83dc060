import type { Clock } from '../../domain/clock.js'
import { readForms } from '../../platform/forms.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { LogIns } from '../accounts/login.js'
import type { PhoneSwitch } from '../config.js'
import type { Sessions } from '../store/sessions.js'
import { LOGGED_IN, SESSION_COOKIE } from './guard.js'

const credentials = Type.Object({
  account: Type.String({ maxLength: 64 }),
  password: Type.String({ maxLength: 1_024 }),
})

const cookie = { path: '/', httpOnly: true, sameSite: 'strict' } as const

export interface LoginRoutesOptions {
  readonly logIns: LogIns
  readonly sessions: Sessions
  /** The network's. */
  readonly clock: Clock
  readonly log: Logger
  /** Absent where there is no phone. */
  readonly phone: PhoneSwitch | undefined
}

/**
 * - `POST /login`: a form of `account` and `password`; leads to the screens with a session, or back to
 *   the log-in with `?failed=wrong` or `?failed=throttled&wait=<seconds>`
 * - `POST /logout`: ends the session
 * - `GET /api/me`: who is logged in, what that person's group may do, and the network's time: `{account, group, role,
 *   functions, now, hasPhone}`
 */
export function loginRoutes(
  app: ReturnType<typeof httpEdge>,
  { logIns, sessions, clock, log, phone }: LoginRoutesOptions,
): void {
  readForms(app)
  app.post(
    '/login',
    { schema: { body: credentials }, config: { audience: 'anyone' } },
    async ({ body: { account, password } }, reply) => {
      const found = await logIns.logIn(account, password)
      // A name that was not let in may be a password in the wrong field.
      const { outcome } = found
      log.info({ outcome, ...(outcome === 'logged_in' ? { account } : {}) }, 'log-in tried')
      switch (found.outcome) {
        case 'throttled':
          return reply.redirect(`/login?failed=throttled&wait=${found.waitSeconds}`, 303)
        case 'wrong':
          return reply.redirect('/login?failed=wrong', 303)
        case 'logged_in':
          return reply.setCookie(SESSION_COOKIE, found.token, cookie).redirect('/', 303)
      }
    },
  )
  app.get('/api/me', { config: { audience: LOGGED_IN } }, async ({ session }) => ({
    account: session?.account,
    group: session?.group,
    role: session?.role,
    functions: session?.functions,
    now: clock.now(),
    hasPhone: phone !== undefined,
  }))
  app.post('/logout', { config: { audience: LOGGED_IN } }, async (request, reply) => {
    await sessions.end(request.cookies[SESSION_COOKIE] ?? '')
    log.info({ account: request.session?.account }, 'logged out')
    return reply.clearCookie(SESSION_COOKIE, cookie).redirect('/login', 303)
  })
}
