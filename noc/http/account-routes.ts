import { ROLES } from '../../domain/role.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { FUNCTION_NAMES } from '../accounts/functions.js'
import { digestPassword, randomPassword } from '../accounts/password.js'
import { ACCOUNT_NAME, builtInGroup, GROUP_NAME } from '../accounts/permission-group.js'
import type { Accounts } from '../store/accounts.js'
import type { Groups } from '../store/groups.js'
import { type Deeds, entryAnswer } from './deeds.js'
import type { Audience } from './guard.js'
import { doing, reason } from './people-routes.js'

const SEES: Audience = ['accounts.see']
const ADDS: Audience = ['accounts.add']
const CHANGES: Audience = ['accounts.change']
const ASSIGNS: Audience = ['accounts.assign']
const CHANGES_GROUPS: Audience = ['groups.change']

const accountName = Type.String({ pattern: ACCOUNT_NAME })
const groupName = Type.String({ pattern: GROUP_NAME })
const role = Type.Enum([...ROLES])
const functionName = Type.Enum([...FUNCTION_NAMES])

const accountsAnswer = Type.Object({
  accounts: Type.Array(
    Type.Object({
      name: Type.String(),
      group: Type.String(),
      madeAt: Type.Integer(),
      disabledAt: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
})

const groupsAnswer = Type.Object({
  groups: Type.Array(
    Type.Object({
      name: Type.String(),
      role,
      functions: Type.Array(functionName),
      builtIn: Type.Boolean(),
      accounts: Type.Integer(),
    }),
  ),
})

/** The password stands in this one answer and nowhere else. */
const passwordAnswer = Type.Object({
  outcome: Type.Literal('performed'),
  sequence: Type.Integer(),
  password: Type.String(),
})

const params = Type.Object({ account: accountName })
const withReason = Type.Object({ reason })

export interface AccountRoutesOptions {
  readonly accounts: Pick<Accounts, 'all'>
  readonly groups: Pick<Groups, 'all'>
  readonly deeds: Deeds
}

/**
 * Accounts and permission groups (requirement P-12). Each change with a `reason`; what cannot be is 409 `ACT_REFUSED`.
 *
 * - `GET /api/people/accounts`, `POST /api/people/accounts` with `{name, group}`, which answers the password
 * - `POST /api/people/accounts/:account/` `name` with `{to}`, `group` with `{group}`, `password`, which answers the new
 *   one, `disabling`, `enabling`
 * - `GET /api/people/groups`, `POST /api/people/groups` with `{name, role, functions}`: an own group, or another of it;
 *   `POST /api/people/groups/removal` with `{name}`
 */
export function accountRoutes(
  app: ReturnType<typeof httpEdge>,
  options: AccountRoutesOptions,
): void {
  lookingRoutes(app, options)
  addingRoute(app, options.deeds)
  changingRoutes(app, options.deeds)
  groupRoutes(app, options.deeds)
}

function lookingRoutes(
  app: ReturnType<typeof httpEdge>,
  { accounts, groups }: AccountRoutesOptions,
): void {
  app.get(
    '/api/people/accounts',
    { config: { audience: SEES }, schema: { response: { 200: accountsAnswer } } },
    async () => ({
      accounts: (await accounts.all()).map(({ password: _, ...shown }) => shown),
    }),
  )
  app.get(
    '/api/people/groups',
    { config: { audience: SEES }, schema: { response: { 200: groupsAnswer } } },
    async () => {
      const all = await accounts.all()
      return {
        groups: groups.all().map(({ functions, ...group }) => ({
          ...group,
          functions: [...functions],
          builtIn: builtInGroup(group.name) !== undefined,
          accounts: all.filter(one => one.group === group.name).length,
        })),
      }
    },
  )
}

function addingRoute(app: ReturnType<typeof httpEdge>, deeds: Deeds): void {
  const body = Type.Object({ name: accountName, group: groupName, reason })
  app.post(
    '/api/people/accounts',
    { config: { audience: ADDS }, schema: { body, response: { 200: passwordAnswer } } },
    async ({ body: { name, group, reason }, session }) => {
      const password = randomPassword()
      const account = { name, group, password: await digestPassword(password) }
      const done = await deeds.does(people => people.add(doing(session, reason), account))
      return { ...done, password }
    },
  )
}

function changingRoutes(app: ReturnType<typeof httpEdge>, deeds: Deeds): void {
  const config = { audience: CHANGES }
  const response = { 200: entryAnswer }
  app.post(
    '/api/people/accounts/:account/name',
    { config, schema: { params, body: Type.Object({ to: accountName, reason }), response } },
    ({ params: { account }, body: { to, reason }, session }) =>
      deeds.does(people => people.rename(doing(session, reason), account, to)),
  )
  app.post(
    '/api/people/accounts/:account/password',
    { config, schema: { params, body: withReason, response: { 200: passwordAnswer } } },
    async ({ params: { account }, body: { reason }, session }) => {
      const password = randomPassword()
      const digest = await digestPassword(password)
      const by = doing(session, reason)
      return { ...(await deeds.does(people => people.setPassword(by, account, digest))), password }
    },
  )
  for (const [path, act] of [
    ['disabling', 'disable'],
    ['enabling', 'enable'],
  ] as const) {
    app.post(
      `/api/people/accounts/:account/${path}`,
      { config, schema: { params, body: withReason, response } },
      ({ params: { account }, body: { reason }, session }) =>
        deeds.does(people => people[act](doing(session, reason), account)),
    )
  }
  app.post(
    '/api/people/accounts/:account/group',
    {
      config: { audience: ASSIGNS },
      schema: { params, body: Type.Object({ group: groupName, reason }), response },
    },
    ({ params: { account }, body: { group, reason }, session }) =>
      deeds.does(people => people.assign(doing(session, reason), account, group)),
  )
}

function groupRoutes(app: ReturnType<typeof httpEdge>, deeds: Deeds): void {
  const config = { audience: CHANGES_GROUPS }
  const response = { 200: entryAnswer }
  const group = Type.Object({
    ...{ name: groupName, role, reason },
    functions: Type.Array(functionName, { uniqueItems: true }),
  })
  app.post(
    '/api/people/groups',
    { config, schema: { body: group, response } },
    ({ body: { reason, ...asked }, session }) =>
      deeds.does(people => people.putGroup(doing(session, reason), asked)),
  )
  app.post(
    '/api/people/groups/removal',
    { config, schema: { body: Type.Object({ name: groupName, reason }), response } },
    ({ body: { name, reason }, session }) =>
      deeds.does(people => people.removeGroup(doing(session, reason), name)),
  )
}
