import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { builtInGroup } from '../../noc/accounts/permission-group.js'
import { guard, isAmong, SESSION_COOKIE } from '../../noc/http/guard.js'
import { Groups } from '../../noc/store/groups.js'
import { MIGRATIONS } from '../../noc/store/migrations.js'
import { openNocStore } from '../../noc/store/open.js'
import { SESSION_IDLE_MS, SESSION_LONGEST_MS, Sessions } from '../../noc/store/sessions.js'
import { systemClock } from '../../platform/clock.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { httpEdge } from '../../platform/http-edge.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { openStore } from '../../platform/store.js'
import { openNoc, PASSWORD } from '../support/noc-desk.js'

const HOST = '127.0.0.1:14080'
const SAME_SITE = { host: HOST, origin: `http://${HOST}` }

/** What nobody has to log in for: the log-in itself. */
const FOR_ANYONE = ['/icon.svg', '/login', '/assets/…', 'POST /login']

/** Most bytes of script, compressed. */
const SCRIPT_MAX = 250_000

/** Methods that change nothing. */
const SAFE = ['GET', 'HEAD']

/** Streams do not end by themselves; they are asked without a session only. */
const STREAMS = ['/api/traffic/live', '/api/calls/live']

/** What is not answered: what scp and the switch answer, which do not run here, and what is asked for nothing. */
const STATUS: Readonly<Record<string, number>> = {
  '/api/entries': 503,
  '/entries.csv': 503,
  '/api/phone': 503,
  '/api/phone/cards': 503,
  '/api/generator': 503,
  '/api/calls/ladder': 400,
}

/** What changes something, each with the guard against pages of other sites below. */
const CHANGING = [
  'POST /api/alarms/:alarm/acknowledge',
  'POST /api/alarms/:alarm/notes',
  'POST /api/billing/days/confirmation',
  'POST /api/billing/exchange/rearm',
  'POST /api/billing/held-charges/:id/release',
  'POST /api/billing/held-charges/retry',
  'POST /api/billing/months/:month/calculation',
  'POST /api/billing/months/:month/close',
  'POST /api/billing/months/:month/hold',
  'POST /api/billing/months/:month/payment-marks',
  'POST /api/billing/months/:month/release',
  'POST /api/generator/start',
  'POST /api/generator/stop',
  'POST /api/office/acts/:act',
  'POST /api/office/approvals/:approval/decision',
  'POST /api/office/card-imports',
  'POST /api/office/print-files',
  'POST /api/office/tables/:table/check',
  'POST /api/people/accounts',
  'POST /api/people/accounts/:account/disabling',
  'POST /api/people/accounts/:account/enabling',
  'POST /api/people/accounts/:account/group',
  'POST /api/people/accounts/:account/name',
  'POST /api/people/accounts/:account/password',
  'POST /api/people/groups',
  'POST /api/people/groups/removal',
  'POST /api/people/sessions/:session/end',
  'POST /login',
  'POST /logout',
]

const form = (account: string, password: string) => ({
  method: 'POST' as const,
  url: '/login',
  headers: { ...SAME_SITE, 'content-type': 'application/x-www-form-urlencoded' },
  payload: `${new URLSearchParams({ account, password })}`,
})

const cookieIn = (header: unknown) => `${header}`.match(/mcscp_noc=([^;]*)/)?.[1] ?? ''

t.test('M-03: every route asks for its role but those of the log-in', async t => {
  const { app, routes, store, close } = await openNoc(t)
  const anyone = routes.filter(({ audience }) => audience === 'anyone')
  const named = anyone.map(
    ({ method, url }) =>
      `${SAFE.includes(method) ? '' : `${method} `}${url.replace(/^\/assets\/.+/, '/assets/…')}`,
  )
  t.strictSame([...new Set(named)].sort(), [...FOR_ANYONE].sort())
  t.ok(routes.length > anyone.length + 10, `${routes.length} routes were walked`)
  const token = await store.sessions.begin('watch')
  const viewer = { functions: builtInGroup('viewer')?.functions ?? [] }
  for (const { method, url, audience } of routes) {
    const ask = (cookies: Record<string, string>) =>
      app.inject({ method: method as 'GET', url, headers: SAME_SITE, cookies })
    for (const cookies of [{}, { [SESSION_COOKIE]: 'x'.repeat(43) }]) {
      const { statusCode, headers } = await ask(cookies)
      const kept = statusCode === 401 || (statusCode === 303 && headers.location === '/login')
      t.equal(kept, audience !== 'anyone', `${method} ${url} without a session: ${statusCode}`)
    }
    if (audience === 'anyone' || STREAMS.includes(url) || url === '/logout') continue
    if (!isAmong(audience, viewer)) continue
    const { statusCode } = await ask({ [SESSION_COOKIE]: token })
    t.equal(statusCode, STATUS[url] ?? 200, `${method} ${url} with one`)
  }
  await close()
})

t.test('all script of the screens is at most 250 KB, compressed', async t => {
  const folder = join(PRODUCT_FOLDER, 'dist/screens/assets')
  const scripts = readdirSync(folder).filter(name => name.endsWith('.js'))
  const bytes = scripts.map(name => gzipSync(readFileSync(join(folder, name))).length)
  const all = bytes.reduce((sum, one) => sum + one, 0)
  t.ok(all > 0 && all <= SCRIPT_MAX, `${all} bytes`)
})

t.test('a route that does not say who may ask it is not accepted', async t => {
  const { store, close } = await openNoc(t)
  const edge = httpEdge(pino({ level: 'silent' }))
  guard(edge, store.sessions)
  t.throws(() => edge.get('/forgotten', () => 'everything'), /does not say who may ask it/)
  await close()
})

t.test('every answer says what a browser may do with it', async t => {
  const { app, close } = await openNoc(t)
  for (const url of ['/', '/login', '/api/traffic', '/icon.svg', '/nowhere']) {
    const { headers } = await app.inject({ url, headers: { host: HOST } })
    t.match(headers, {
      'content-security-policy': /^default-src 'none'; script-src 'self'; style-src 'self';/,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cache-control': /no-store|no-cache/,
    })
    t.notMatch(headers['content-security-policy'], /unsafe|\*/, url)
  }
  await close()
})

t.test(
  'without a phone there is no route of it, and no page speaks to another address',
  async t => {
    const { app, routes, store, close } = await openNoc(t, { hasPhone: false })
    const ofPhone = routes.filter(({ url }) => /phone|generator/.test(url))
    t.strictSame(ofPhone, [], 'nor of generated callers')
    const { headers } = await app.inject({ url: '/login', headers: { host: HOST } })
    t.match(headers['content-security-policy'], "; connect-src 'self'; ")
    const cookies = { [SESSION_COOKIE]: await store.sessions.begin('watch') }
    const me = await app.inject({ url: '/api/me', headers: { host: HOST }, cookies })
    t.equal(me.json().hasPhone, false)
    await close()
    const simulated = await openNoc(t, { folder: t.testdir({ simulated: {} }) })
    const login = await simulated.app.inject({ url: '/login', headers: { host: HOST } })
    t.match(
      login.headers['content-security-policy'],
      "; connect-src 'self' ws://127.0.0.1:5066; ",
      'with one, to the switch’s WebSocket and nothing else',
    )
    t.match(login.headers['permissions-policy'], 'microphone=()')
    await simulated.close()
  },
)

t.test('XW2: nothing is changed for the page of another site, nor under another name', async t => {
  const { app, routes, store, close } = await openNoc(t)
  const token = await store.sessions.begin('watch')
  // biome-ignore format: table
  for (const [url, headers, status, because] of [
    ['/login',  { host: HOST },                                        403, 'no origin'],
    ['/login',  { host: HOST, origin: 'null' },                        403, 'an origin that hides'],
    ['/logout', { host: HOST, origin: 'http://127.0.0.1:8080' },       403, 'another port is another site'],
    ['/logout', { host: HOST, origin: 'https://example.org' },         403, 'another site'],
    ['/logout', { host: 'example.org', origin: 'http://example.org' }, 421, 'a name that leads here by rebinding'],
    ['/logout', { host: `${HOST}.example.org` },                       421, 'a name that begins as ours'],
    ['/logout', SAME_SITE,                                             303, 'the screens themselves'],
  ] as const) {
    const asked = { method: 'POST', url, headers, cookies: { [SESSION_COOKIE]: token } } as const
    t.equal((await app.inject(asked)).statusCode, status, because)
  }
  for (const host of ['localhost:9', '[::1]:14080', 'localhost']) {
    t.equal((await app.inject({ url: '/login', headers: { host } })).statusCode, 200, host)
  }
  t.equal(
    (await app.inject({ url: '/login', headers: { host: 'rebound.example' } })).statusCode,
    421,
  )
  t.equal(await store.sessions.use(token), undefined, 'who logged out is logged out')
  const changing = routes.filter(({ method }) => method !== 'GET' && method !== 'HEAD')
  t.strictSame(changing.map(({ method, url }) => `${method} ${url}`).sort(), CHANGING)
  for (const { url } of changing) {
    const headers = { host: HOST, origin: 'https://example.org' }
    t.equal((await app.inject({ method: 'POST', url, headers })).statusCode, 403, url)
  }
  await close()
})

t.test('log-in: who is right gets a session that no script can read', async t => {
  const { app, lines, store, close } = await openNoc(t)
  const wrong = await app.inject(form('watch', 'wrong'))
  t.match(wrong, { statusCode: 303, headers: { location: '/login?failed=wrong' } })
  const nobody = await app.inject(form('nobody', PASSWORD))
  t.strictSame(nobody.headers.location, wrong.headers.location, 'nor is it told who there is')
  t.notOk(wrong.headers['set-cookie'])
  const right = await app.inject(form('watch', PASSWORD))
  t.match(right, { statusCode: 303, headers: { location: '/' } })
  const cookie = `${right.headers['set-cookie']}`
  for (const mark of ['HttpOnly', 'SameSite=Strict', 'Path=/']) t.match(cookie, mark)
  t.match(await store.sessions.use(cookieIn(cookie)), {
    account: 'watch',
    group: 'viewer',
    role: 'viewer',
  })
  const malformed = { ...form('a', 'b'), payload: 'account=watch' }
  t.equal((await app.inject(malformed)).statusCode, 400)
  const bytes = JSON.stringify(lines)
  t.notMatch(bytes, PASSWORD)
  t.notMatch(bytes, cookieIn(cookie))
  await close()
})

t.test('XW6: after five wrong passwords an account waits a minute, and no other', async t => {
  const { clock, logIns, store, close } = await openNoc(t)
  await store.accounts.put({ ...(await found(store)), name: 'other' }, 0)
  for (let tries = 0; tries < 5; tries++) {
    t.match(await logIns.logIn('watch', 'wrong'), { outcome: 'wrong' })
  }
  t.match(await logIns.logIn('watch', PASSWORD), { outcome: 'throttled', waitSeconds: 60 })
  t.match(await logIns.logIn('other', PASSWORD), { outcome: 'logged_in' })
  clock.set(epochMs(clock.now() + 60_000))
  t.match(await logIns.logIn('watch', PASSWORD), { outcome: 'logged_in' })
  t.match(await logIns.logIn('watch', 'wrong'), { outcome: 'wrong' }, 'all is forgiven')
  t.match(await logIns.logIn('watch', PASSWORD.padEnd(200, 'x')), { outcome: 'wrong' })
  const atOnce = await Promise.all(Array.from({ length: 3 }, () => logIns.logIn('watch', PASSWORD)))
  const outcomes = atOnce.map(({ outcome }) => outcome)
  t.strictSame(outcomes, ['logged_in', 'logged_in', 'throttled'], 'two are looked at at once')
  await close()
})

const found = async (store: Awaited<ReturnType<typeof openNoc>>['store']) => {
  const account = await store.accounts.find('watch')
  if (!account) throw new Error('there is no account')
  return account
}

t.test('XW3: a session ends by itself, by log-out and with its account', async t => {
  const { clock, store, close } = await openNoc(t)
  const { sessions, accounts } = store
  const begin = clock.now()
  const at = (ms: number) => clock.set(epochMs(begin + ms))
  const idle = await sessions.begin('watch')
  at(SESSION_IDLE_MS - 1)
  t.ok(await sessions.use(idle), 'one moment before')
  at(2 * SESSION_IDLE_MS - 2)
  t.ok(await sessions.use(idle), 'the use counts')
  at(3 * SESSION_IDLE_MS - 2)
  t.notOk(await sessions.use(idle), 'nobody used it for a quarter of an hour')

  at(0)
  const long = await sessions.begin('watch')
  for (let ms = 0; ms < SESSION_LONGEST_MS; ms += SESSION_IDLE_MS / 2) {
    at(ms)
    if (!(await sessions.use(long))) t.fail(`over after ${ms} ms`)
  }
  at(SESSION_LONGEST_MS)
  t.notOk(await sessions.use(long), 'used or not, after twelve hours it is over')

  const [left, changed] = [await sessions.begin('watch'), await sessions.begin('watch')]
  await sessions.end(left)
  t.notOk(await sessions.use(left), 'log-out')
  await accounts.put(await found(store), 0)
  t.notOk(await sessions.use(changed), 'a new password')
  const removed = await sessions.begin('watch')
  const doing = { person: 'admin', role: 'administrator', reason: 'left' }
  await store.people.remove(doing, 'watch')
  await t.rejects(store.people.remove(doing, 'watch'), { code: 'ACT_REFUSED' })
  t.notOk(await sessions.use(removed), 'an account that is gone')
  await close()
})

t.test('a session is used while noc can write nothing, as long as it lasts', async t => {
  const { clock, store, file, close } = await openNoc(t)
  const token = await store.sessions.begin('watch')
  const begin = clock.now()
  const beside = openStore(file, MIGRATIONS)
  const sessions = new Sessions(
    beside,
    new GroupCommit(beside, { queueMax: 0 }),
    new Groups(beside),
    clock,
  )
  clock.set(epochMs(begin + SESSION_IDLE_MS - 1))
  t.match(await sessions.use(token), { account: 'watch' }, 'its use cannot be written down')
  clock.set(epochMs(begin + SESSION_IDLE_MS))
  t.notOk(await sessions.use(token), 'a use that is not on disk makes it no longer')
  beside.close()
  await close()
})

t.test('noc is told when its store can no longer be trusted, and so starts anew', async t => {
  const told: Fault[] = []
  const store = openNocStore(join(t.testdir(), 'noc.sqlite'), systemClock, one => told.push(one))
  store.close()
  const account = { name: 'watch', group: 'viewer', password: 'none' } as const
  await t.rejects(store.accounts.put(account, 0), { code: 'STORE_FAILED' })
  await turn()
  t.match(told, [{ code: 'STORE_FAILED' }])
})
