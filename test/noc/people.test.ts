import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { Role } from '../../domain/role.js'
import { commandLine } from '../../mcscp/command-line.js'
import { makeFirstAdministrator } from '../../noc/accounts/first-administrator.js'
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName } from '../../noc/accounts/functions.js'
import { isPassword } from '../../noc/accounts/password.js'
import { BUILT_IN_GROUPS, groupMistake } from '../../noc/accounts/permission-group.js'
import { nocStore } from '../../noc/config.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { openNocStore } from '../../noc/store/open.js'
import { Fault } from '../../platform/fault.js'
import { homeAt, makeHome } from '../../platform/home.js'
import { HEADERS, openNocAndOffice } from '../support/noc-and-office.js'
import { openNoc } from '../support/noc-desk.js'
import { lockHandset } from '../support/office-desk.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(180_000)

const ADMIN = { person: 'administrator', role: 'administrator', reason: 'a new colleague' }

/** Routes that do not end by themselves. */
const STREAMS = /\/live$/

/** A path that a route takes, as far as the guard looks. */
const pathOf = (url: string) =>
  url
    .replace(/:(act)/, 'unlock_handset')
    .replace(/:[a-z]+/g, '1')
    .replace(STREAMS, '/live?day=x&call=')

t.test('P-12: each function opens its routes, and without it they stay shut', async t => {
  const { app, routes, store, close } = await openNoc(t)
  await store.accounts.put({ name: 'one', group: 'viewer', password: 'none' }, 0)
  const asks = async (functions: readonly FunctionName[], role: Role) => {
    await store.people.putGroup(ADMIN, { name: 'only', role, functions })
    await store.people.assign(ADMIN, 'one', 'only')
    const cookies = { [SESSION_COOKIE]: await store.sessions.begin('one') }
    return async ({ method, url }: { method: string; url: string }) => {
      const asked = { method: method as 'GET', url: pathOf(url), headers: HEADERS, cookies }
      const answer = await app.inject(asked)
      t.not(answer.statusCode, 401, `${method} ${url}: the session lasts`)
      return answer.statusCode !== 403
    }
  }
  const guarded = routes.filter(
    ({ audience, method }) => typeof audience !== 'string' && method !== 'HEAD',
  )
  for (const name of FUNCTION_NAMES) {
    const [role = 'viewer'] = FUNCTIONS[name].roles
    const own = guarded.filter(({ audience }) => audience.includes(name as never))
    t.equal(own.length > 0, name !== 'numbers.see', `${name} opens something of its own`)
    const alone = await asks([name], role)
    for (const route of own) {
      t.ok(await alone(route), `${route.method} ${route.url} with ${name} alone`)
    }
    const others = FUNCTION_NAMES.filter(
      one =>
        FUNCTIONS[one].roles.some(of => of === role) &&
        !own.some(({ audience }) => audience.includes(one as never)),
    )
    const without = await asks(others, role)
    for (const route of own) {
      t.notOk(await without(route), `${route.method} ${route.url} without ${name}`)
    }
  }
  await close()
})

t.test('P-12: what two people must do is in no one group', async t => {
  // biome-ignore format: table
  for (const [role, name, allowed, because] of [
    ['key-custodian', 'act.activate_cards', false, 'who keeps print files activates no card'],
    ['supervisor',    'act.generate_batch', false, 'who approves does not ask'],
    ['supervisor',    'accounts.add',       false, 'who approves makes no second person'],
    ['auditor',       'approvals.decide',   false, 'who audits decides nothing'],
    ['card-issuer',   'act.activate_cards', true,  'what the role has'],
    ['card-issuer',   'billing.see',        true,  'to look is kept apart from nobody'],
    ['viewer',        'alarms.acknowledge', true,  'nor is what takes one person alone'],
  ] as const) {
    const mistake = groupMistake({ name: 'own', role, functions: [name] })
    t.equal(mistake === undefined, allowed, `${role} with ${name}: ${because}`)
  }
  for (const { name, role, functions } of BUILT_IN_GROUPS) {
    t.match(groupMistake({ name, role, functions }), /built in/, name)
    t.equal(groupMistake({ name: 'own', role, functions }), undefined, `a copy of ${name}`)
  }
})

/** noc with an administrator who is logged in, asked by its routes. */
async function openPeople(t: Test) {
  const desk = await openNoc(t)
  const { store, app } = desk
  const password = (await store.accounts.find('watch'))?.password ?? ''
  for (const name of ['administrator', 'operator']) {
    await store.accounts.put({ name, group: name, password }, 0)
  }
  const token = await store.sessions.begin('administrator')
  const ask = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const answer = await app.inject({
      ...{ method, url: `/api/people${path}`, headers: HEADERS },
      cookies: { [SESSION_COOKIE]: token },
      ...(body ? { payload: { reason: 'a new colleague', ...body } } : {}),
    })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { ...desk, ask }
}

t.test(
  'P-12: an account is made, changed and disabled, and each deed stands in the log',
  async t => {
    const { ask, store, logIns, lines, file, close } = await openPeople(t)
    const made = await ask('POST', '/accounts', { name: 'hana', group: 'operator' })
    t.match(made, { status: 200, body: { outcome: 'performed', sequence: 1 } })
    const { password } = made.body
    t.match(password, /^[a-z2-9]{16}$/, 'the password is told once')
    const lists = await ask('GET', '/accounts')
    t.notMatch(JSON.stringify(lists.body), /scrypt|password/, 'and never again')
    t.match(await logIns.logIn('hana', password), { outcome: 'logged_in' })

    t.match(await ask('POST', '/accounts', { name: 'hana', group: 'viewer' }), { status: 409 })
    t.match(await ask('POST', '/accounts', { name: 'taro', group: 'nobody' }), { status: 409 })
    t.match(await ask('POST', '/accounts', { name: 'Taro!', group: 'viewer' }), { status: 400 })
    t.match(await ask('POST', '/accounts', { name: 'taro', group: 'viewer', reason: ' ' }), {
      status: 400,
    })

    let session = await store.sessions.begin('hana')
    t.match(await ask('POST', '/accounts/hana/group', { group: 'supervisor' }), { status: 200 })
    t.notOk(await store.sessions.use(session), 'XW3: who may do other things logs in again')
    session = await store.sessions.begin('hana')
    t.match(await store.sessions.use(session), { group: 'supervisor', role: 'supervisor' })
    t.match(await ask('POST', '/accounts/hana/name', { to: 'hanako' }), { status: 200 })
    t.notOk(await store.sessions.use(session))
    const taken = await ask('POST', '/accounts', { name: 'hana', group: 'viewer' })
    t.match(taken, { status: 409, body: { message: 'Somebody was called hana before.' } })

    const drawn = (await ask('POST', '/accounts/hanako/password', {})).body.password
    t.match(await logIns.logIn('hanako', password), { outcome: 'wrong' })
    session = await store.sessions.begin('hanako')
    t.match(await ask('POST', '/accounts/hanako/disabling', {}), { status: 200 })
    t.notOk(await store.sessions.use(session), 'who is disabled is out at once')
    t.match(
      await logIns.logIn('hanako', drawn),
      { outcome: 'wrong' },
      'and is told no more than others',
    )
    t.match(await ask('POST', '/accounts/hanako/disabling', {}), { status: 409 })
    t.match(await ask('POST', '/accounts/hanako/enabling', {}), { status: 200 })
    t.match(await logIns.logIn('hanako', drawn), { outcome: 'logged_in' })

    const { entries } = (await ask('GET', '/log')).body
    t.strictSame(
      entries
        .toReversed()
        .map(({ act, subject, outcome }: Record<string, string>) => `${act} ${subject} ${outcome}`),
      [
        'add_account hana performed',
        'add_account hana rejected',
        'add_account taro rejected',
        'change_group hana performed',
        'rename_account hana performed',
        'add_account hana rejected',
        'reset_password hanako performed',
        'disable_account hanako performed',
        'disable_account hanako rejected',
        'enable_account hanako performed',
      ],
      'what was done, and what was tried in vain',
    )
    t.match(entries.at(-1), {
      person: 'administrator',
      reason: 'a new colleague',
      after: { group: 'operator' },
    })
    t.match((await ask('GET', '/log/check')).body, { outcome: 'whole', entries: 10 })
    const told = JSON.stringify([lines, entries])
    for (const secret of [password, drawn]) t.notMatch(told, secret, 'no password is logged')
    t.match(told, entries[0].hash, 'the hash is told in the log too')

    const tampering = new Sqlite(file)
    t.throws(() => tampering.exec('DELETE FROM people_entry'), /never/)
    tampering.exec('DROP TRIGGER people_entry_stays; DROP TRIGGER people_entry_is_kept')
    tampering.exec("UPDATE people_entry SET person = 'eve' WHERE sequence = 4")
    t.strictSame((await ask('GET', '/log/check')).body, { outcome: 'altered', sequence: 4 })
    tampering.exec('DELETE FROM people_entry WHERE sequence = 4')
    t.strictSame((await ask('GET', '/log/check')).body, { outcome: 'missing', sequence: 4 })
    tampering.close()
    await close()
  },
)

t.test('P-12: the last administrator can lock nobody out, not even themself', async t => {
  const { ask, store, close } = await openPeople(t)
  const refused = { status: 409, body: { message: /Nobody would be left/ } }
  const self = '/accounts/administrator'
  t.match(await ask('POST', `${self}/disabling`, {}), refused)
  t.match(await ask('POST', `${self}/group`, { group: 'auditor' }), refused)
  t.equal((await store.accounts.find('administrator'))?.disabledAt, null, 'nothing was done')
  const functions = BUILT_IN_GROUPS.find(({ name }) => name === 'administrator')?.functions ?? []
  const own = { name: 'keepers', role: 'administrator', functions }
  t.match(await ask('POST', '/groups', own), { status: 200 })
  t.match(await ask('POST', '/accounts/operator/group', { group: 'keepers' }), { status: 200 })
  t.match(
    await ask('POST', `${self}/group`, { group: 'auditor' }),
    { status: 200 },
    'another is there',
  )
  const less = {
    ...own,
    role: 'administrator' as const,
    functions: functions.filter(name => name !== 'groups.change'),
  }
  await t.rejects(store.people.putGroup(ADMIN, less), refused.body, 'nor by a change of the group')
  await t.rejects(store.people.remove(ADMIN, 'operator'), refused.body, 'nor by its removal')
  await t.rejects(store.people.removeGroup(ADMIN, 'keepers'), { message: /1 accounts are in/ })
  await close()
})

t.test('P-12: an own group narrows what its role may ask of the card office', async t => {
  const { noc, office, ask, close } = await openNocAndOffice(t)
  await lockHandset(office.desk, phone(1))
  const functions = BUILT_IN_GROUPS.find(({ name }) => name === 'operator')?.functions ?? []
  await noc.store.people.putGroup(ADMIN, {
    ...{ name: '夜間', role: 'operator' },
    functions: functions.filter(name => name !== 'act.unlock_handset'),
  })
  await noc.store.people.assign(ADMIN, 'operator', '夜間')
  const body = { reason: 'a caller asked for it', payload: { msisdn: phone(1) } }
  const kept = await ask('operator', 'POST', '/api/office/acts/unlock_handset', body)
  t.match(kept, { status: 403, body: { message: 'Your permission group does not have that act.' } })
  t.strictSame(await office.audit(), [], 'it goes no further')
  const [tried] = await noc.store.peopleLog.page(undefined, 1)
  t.match(tried, {
    person: 'operator',
    act: 'unlock_handset',
    outcome: 'rejected',
    reason: body.reason,
  })
  const pin = { ...body, reason: '12345678901234' }
  await ask('operator', 'POST', '/api/office/acts/unlock_handset', pin)
  t.match(
    await noc.store.peopleLog.page(undefined, 1),
    [{ reason: '' }],
    'I12: no card number is kept',
  )
  t.match(await ask('operator', 'GET', '/api/office/locks'), { status: 200 })

  await noc.store.people.assign(ADMIN, 'auditor', '夜間')
  for (const n of [2, 3]) await lockHandset(office.desk, phone(n))
  const several = { reason: 'a caller asked for it', payload: { msisdns: [phone(2), phone(3)] } }
  const waiting = await ask('operator', 'POST', '/api/office/acts/unlock_handsets', several)
  const { approval, sha256 } = waiting.body
  t.match(
    await ask('auditor', 'POST', `/api/office/approvals/${approval}/decision`, {
      ...{ sha256, decision: 'approve', reason: 'looked at it' },
    }),
    { status: 409, body: { because: 'same_role' } },
    'XW7: groups of one role approve nothing for each other',
  )
  await close()
})

t.test('the first start makes an administrator, whose password is told once', async t => {
  const { store, close } = await openNoc(t)
  t.equal(
    await makeFirstAdministrator(store.accounts, store.people),
    undefined,
    'there are accounts',
  )
  await store.people.remove(ADMIN, 'watch')
  const password = await makeFirstAdministrator(store.accounts, store.people)
  const admin = await store.accounts.find('admin')
  t.equal(admin?.group, 'administrator')
  t.ok(await isPassword(password ?? '', admin?.password ?? ''))
  t.equal(await makeFirstAdministrator(store.accounts, store.people), undefined, 'once')
  await close()
})

t.test('P-12: accounts and groups by commands', async t => {
  const home = homeAt(join(t.testdir(), 'home'))
  makeHome(home)
  openNocStore(nocStore(home)).close()
  const give = async (...words: string[]) => {
    const printed = t.capture(console, 'log')
    const lines = () => printed().map(({ args }) => args.join(' '))
    try {
      const surroundings = { home: () => home, given: () => ({}) }
      await (await commandLine(surroundings, 'noc')).parseAsync(['noc', ...words], { from: 'user' })
      return lines().join('\n')
    } catch (error) {
      if (error instanceof Fault) return error.message
      throw error
    } finally {
      printed.restore()
    }
  }
  t.match(await give('accounts', 'add', 'hana'), /^hana \(viewer\), password: [a-z2-9]{16}$/)
  t.match(await give('groups', 'show', 'viewer'), /^traffic\.see .*チャージトラヒック:参照/)
  const put = [
    'groups',
    'put',
    '夜間',
    '--role',
    'operator',
    '--functions',
    'alarms.see,alarms.acknowledge',
  ]
  t.equal(await give(...put), '夜間: 2 functions.')
  t.match(await give('groups', 'list'), /^夜間 +operator +2 functions$/m)
  t.equal(
    await give('accounts', 'assign', 'hana', '夜間', '--reason', 'nights'),
    'hana is in 夜間.',
  )
  t.match(
    await give('accounts', 'add', 'hana'),
    /^hana \(夜間\), password: /,
    'a new password, the same group',
  )
  t.equal(await give('accounts', 'rename', 'hana', 'hanako'), 'hanako it is.')
  t.equal(await give('accounts', 'disable', 'hanako'), 'hanako is disabled.')
  t.match(await give('accounts', 'list'), /^hanako +夜間 {2}停止 disabled$/)
  t.equal(await give('accounts', 'enable', 'hanako'), 'hanako may log in.')
  t.equal(await give('groups', 'remove', '夜間'), '1 accounts are in the group 夜間.')
  t.equal(await give('accounts', 'remove', 'hanako'), 'hanako removed.')
  t.equal(await give('groups', 'remove', '夜間'), '夜間 removed.')
  t.equal(await give('accounts', 'remove', 'hanako'), 'There is no account hanako.')
  const log = await give('accounts', 'log', '--verify')
  t.match(log, / owner {2}change_group {2}hana {2}performed: nights$/m)
  t.match(log, /^記録は完全です · the log is whole: 11 entries, [0-9a-f]{64}$/m)
})
