import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { ROLES } from '../../domain/role.js'
import { makeDemonstrationAccounts } from '../../noc/accounts/demonstration.js'
import { ACT_FUNCTIONS, FUNCTIONS } from '../../noc/accounts/functions.js'
import { isPassword } from '../../noc/accounts/password.js'
import { BUILT_IN_GROUPS } from '../../noc/accounts/permission-group.js'
import { type Audience, isAmong, SESSION_COOKIE } from '../../noc/http/guard.js'
import { BATCH_ACTS, RANGE_ACTS } from '../../noc/office/card-office-acts.js'
import { RELAYED } from '../../noc/office/relay-routes.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { ACTS } from '../../scp/office/acts.js'
import { freshHome } from '../support/fresh-home.js'
import { HEADERS, openNocAndOffice } from '../support/noc-and-office.js'
import { openNoc } from '../support/noc-desk.js'
import { lockHandset } from '../support/office-desk.js'
import { type Allowed, ROLE_MATRIX } from '../support/role-matrix.js'
import { phone } from '../support/scp-values.js'

/** Whose built-in group lets them ask a route. */
const rolesAmong = (audience: Audience): Allowed =>
  audience === 'anyone'
    ? audience
    : BUILT_IN_GROUPS.filter(group => isAmong(audience, group)).map(({ role }) => role)

/** A path that a route takes; a stream is asked in a way that it refuses, after the role was looked at. */
const pathOf = (url: string) =>
  url
    .replace(':act', 'unlock_handset')
    .replace(':account', 'nobody')
    .replace(':approval', '1')
    .replace(':msisdn', phone(1))
    .replace(':batch', '1')
    .replace(':table', 'denominations')
    .replace(':serial', 'MCA000000001')
    .replace(/liability$/, 'liability?on=2001-01-01')
    .replace(/\/live$/, '/live?day=2001-02-31&call=')

t.test('XW4: the router has the routes of the matrix, each for the roles of its row', async t => {
  const { routes, close } = await openNoc(t)
  const told = (allowed: Allowed) =>
    allowed === 'anyone' ? allowed : ROLES.filter(role => allowed.includes(role)).join(' ')
  const found = routes
    .filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/assets/'))
    .map(({ method, url, audience }) => `${method} ${url}: ${told(rolesAmong(audience))}`)
  const rows = ROLE_MATRIX.map(([method, url, allowed]) => `${method} ${url}: ${told(allowed)}`)
  t.strictSame(found.sort(), rows.sort())
  const heads = routes.filter(({ method }) => method === 'HEAD')
  for (const { url, audience } of heads) {
    const get = routes.find(one => one.method === 'GET' && one.url === url)
    t.strictSame(audience, get?.audience, `HEAD ${url} as GET`)
  }
  await close()
})

t.test('XW4: every role is let in where its row says so, and nowhere else', async t => {
  const { noc, ask, close } = await openNocAndOffice(t)
  let cells = 0
  for (const { method, url, audience } of noc.routes) {
    for (const role of ROLES) {
      const { status, body } = await ask(role, method as 'GET', pathOf(url))
      const byNoc = status === 403 && (method === 'HEAD' || body.code === 'NOT_ALLOWED')
      const refused = status === 401 || byNoc
      const allowed = audience === 'anyone' || rolesAmong(audience).includes(role)
      t.equal(!refused, allowed, `${method} ${url} as ${role}: ${status}`)
      cells++
    }
  }
  t.equal(cells, noc.routes.length * ROLES.length)
  const { entries } = (await ask('auditor', 'GET', '/api/office/audit')).body
  t.strictSame(entries, [], 'what noc refuses, and what is of no form, never reaches scp')
  await close()
})

t.test('what is asked is handed on with who asks, which nobody says of themselves', async t => {
  const { office, ask, close } = await openNocAndOffice(t)
  await lockHandset(office.desk, phone(1))
  const reason = 'a caller asked for it'
  const payload = { msisdn: phone(1) }
  const forged = { person: { name: 'root', role: 'supervisor' }, reason, payload }
  t.strictSame(await ask('operator', 'POST', '/api/office/acts/unlock_handset', forged), {
    status: 200,
    body: { outcome: 'performed', result: { unlocked: 1 } },
  })
  const issuer = await ask('card-issuer', 'POST', '/api/office/acts/unlock_handset', forged)
  t.match(issuer, { status: 403, body: { code: 'ACT_NOT_ALLOWED', because: 'role_not_allowed' } })
  const { body } = await ask('auditor', 'GET', '/api/office/audit?max=5')
  t.match(body.entries, [
    { person: 'card-issuer', outcome: 'rejected' },
    { person: 'operator', role: 'operator', outcome: 'performed' },
  ])
  const one = await ask('auditor', 'GET', '/api/office/audit?max=5&person=operator')
  t.equal(one.body.entries.length, 1, 'the query is handed on')
  const history = await ask('operator', 'GET', `/api/office/locks/${phone(1)}`)
  t.match(history.body, { locked: false, events: [{}, { person: 'operator', reason }] })
  t.equal((await ask('operator', 'GET', '/api/office/locks/..%2Faudit')).status, 400)
  await close()
})

t.test('docs/office.md has every act and every route with its roles', async t => {
  const page = readFileSync(join(PRODUCT_FOLDER, 'docs/office.md'), 'utf8')
  const rows = (pattern: RegExp) => [...page.matchAll(pattern)].map(([row]) => row)
  t.strictSame(
    rows(/^\| `[a-z_]+` \| .+ \| .+ \|$/gm),
    ACTS.map(
      ({ name, by, approvedBy }) =>
        `| \`${name}\` | ${by.join(', ')} | ${approvedBy.join(', ') || '–'} |`,
    ),
  )
  t.strictSame(
    rows(/^\| `(GET|POST) .+` \| .+ \|$/gm),
    RELAYED.map(
      ({ method, path, by }) =>
        `| \`${method} /api/office${path}\` | ${ROLES.filter(role => rolesAmong(by).includes(role)).join(', ')} |`,
    ),
  )
})

t.test('what an act on cards would come to is told before, and nothing is done', async t => {
  const { ask, close } = await openNocAndOffice(t)
  const payload = { count: 20, faceValue: 3_000, design: '', distributor: '' }
  await ask('card-issuer', 'POST', '/api/office/acts/plan_batch', { reason: 'order 17', payload })
  const weigh = (act: string, lastSerial: string) =>
    ask(
      'operator',
      'GET',
      `/api/office/card-effects?${new URLSearchParams({ act, firstSerial: 'MCA000000001', lastSerial })}`,
    )
  t.strictSame(await weigh('void', 'MCA000000005'), {
    status: 200,
    body: {
      ...{ batch: 1, faceValue: 3_000, changed: 5 },
      ...{ was: { planned: 5 }, left: {}, needsApproval: true },
    },
  })
  const early = await weigh('activate', 'MCA000000005')
  t.match(early, { status: 409, body: { message: /cannot be activated, being planned/ } })
  t.match(await weigh('generate', 'MCA000000005'), { status: 400 }, 'no act on a range')
  const { body } = await ask('auditor', 'GET', '/api/office/batches/1')
  t.strictSame(body.counts, { planned: 20 })
  t.equal(body.events.length, 1)
  await close()
})

t.test('every act of the card office is a function, for the roles that may ask for it', async t => {
  t.strictSame(
    Object.fromEntries(ACT_FUNCTIONS.map(name => [name, [...FUNCTIONS[name].roles].sort()])),
    Object.fromEntries(ACTS.map(({ name, by }) => [`act.${name}`, [...by].sort()])),
  )
  const names = ACTS.map(({ name }) => name)
  const offered = [
    ...Object.keys(RANGE_ACTS).map(name => `${name}_cards`),
    ...Object.keys(BATCH_ACTS).map(name => `${name}_batch`),
  ]
  t.strictSame(
    offered.filter(name => !names.includes(name)),
    [],
    'the page offers no other',
  )
})

t.test(
  'XW7: a print file is taken once its hand-over was approved, and stands in the log',
  async t => {
    const { office, ask, close } = await openNocAndOffice(t)
    const payload = { count: 20, faceValue: 3_000, design: '', distributor: '=1+1' }
    await ask('card-issuer', 'POST', '/api/office/acts/plan_batch', { reason: 'order', payload })
    const approved = async (role: string, act: string, payload: object) => {
      const asked = await ask(role, 'POST', `/api/office/acts/${act}`, { reason: 'order', payload })
      const { approval, sha256 } = asked.body
      const decision = { sha256, decision: 'approve', reason: 'looked at it' }
      return ask('supervisor', 'POST', `/api/office/approvals/${approval}/decision`, decision)
    }
    const recipient = 'age1ndayxc6p5ez03tv3mnlt99ax345uclkxgyp0s750v2fftkyacqeq375aga'
    await approved('card-issuer', 'generate_batch', { batch: 1, recipient })
    await office.made()
    const file = 'batch-000001-0001.csv.age'
    const take = (name: string) =>
      ask('key-custodian', 'POST', '/api/office/print-files', {
        batch: 1,
        file: name,
        reason: 'Mori',
      })
    t.match(await take(file), { status: 409, body: { message: /is generated/ } })
    await approved('key-custodian', 'export_batch', { batch: 1, handedTo: 'Mori' })
    const taken = await take(file)
    t.equal(taken.status, 200)
    t.match(taken.body, /^age-encryption\.org\/v1\n/, 'as it lies there, encrypted')
    t.match(await take('batch-000002-0001.csv.age'), { status: 409 }, 'a file of another batch')
    t.match(await take('../scp.sqlite'), { status: 400 })
    const { body } = await ask('auditor', 'GET', '/api/office/audit?act=take_print_file')
    t.match(
      body.entries.map(({ outcome }: { outcome: string }) => outcome),
      ['performed', 'performed', 'rejected'],
    )
    const list = await ask('auditor', 'GET', '/batches.csv?language=ja')
    t.match(
      list.body,
      /^\ufeffバッチ,状態,.*\r\n1,引渡済,販売用,MCA000000001,MCA000000020,20,3000,60000,20,,'=1\+1,,/,
    )
    const owed = await ask('auditor', 'GET', '/liability.csv?on=2001-01-15&language=en')
    t.match(
      owed.body,
      /^\ufeffAt the end of,Kind,"Face value, yen",Issued,Issued yen,.*\r\n2001-01-15,For sale,3000,20,60000,/,
    )
    await close()
  },
)

t.test(
  'another maker’s list comes by the screens: bad lines are named, the rest is kept',
  async t => {
    const { office, noc, ask, close } = await openNocAndOffice(t)
    const payload = {
      ...{ count: 3, faceValue: 1_000, design: '', distributor: '' },
      firstSerial: 'MRI000000001',
    }
    await ask('card-issuer', 'POST', '/api/office/acts/plan_batch', { reason: 'Mori', payload })
    const cookies = { [SESSION_COOKIE]: await noc.store.sessions.begin('key-custodian') }
    const send = async (text: string, batch = 1) => {
      const asked = { method: 'POST', url: `/api/office/card-imports?batch=${batch}` } as const
      const headers = { ...HEADERS, 'content-type': 'text/csv' }
      const answer = await noc.app.inject({ ...asked, headers, cookies, payload: text })
      return { status: answer.statusCode, body: answer.json() }
    }
    const pins = ['30718264952043', '5518', '64029175830916']
    const lines = pins.map((pin, n) => `MRI00000000${n + 1},${pin},1000`)
    const text = ['serial,pin,face_value', ...lines, ''].join('\n')
    t.match(await send('serial;pin', 1), { status: 400, body: { message: /Line 1 must name/ } })
    t.match(await send(text, 2), { status: 409 })
    const { body } = await send(text)
    t.match(body, { cards: 2, bad: 1, lines: [{ line: 3, problem: /4 digits/ }] })
    const { file, sha256 } = body
    t.match((await send(text)).body, { file, sha256 }, 'the same list is kept once')
    t.strictSame(readdirSync(office.importFolder), [file])
    t.equal(statSync(join(office.importFolder, file)).mode & 0o777, 0o600)
    const told = JSON.stringify([noc.lines, office.lines, body])
    for (const pin of [pins[0], pins[2]]) t.notMatch(told, pin, 'I12: no number is logged or told')
    const asked = await ask('key-custodian', 'POST', '/api/office/acts/import_cards', {
      ...{ reason: 'Mori', payload: { batch: 1, file, sha256 } },
    })
    await ask('supervisor', 'POST', `/api/office/approvals/${asked.body.approval}/decision`, {
      ...{ sha256: asked.body.sha256, decision: 'approve', reason: 'looked at it' },
    })
    await office.imported()
    const batch = await ask('auditor', 'GET', '/api/office/batches/1')
    t.match(batch.body, { state: 'exported', counts: { exported: 2, void: 1 } })
    t.match(batch.body.imports, [{ kept: 2, refused: 1, failure: null }])
    while (readdirSync(office.importFolder).length > 0) await turn()
    t.pass('what came by the screens is taken away again')
    t.match(await send(text), { status: 409 }, 'and nothing more comes for it')
    await close()
  },
)

t.test('with scp away the office says so', async t => {
  const { store, app, close } = await openNoc(t)
  await store.accounts.put({ name: 'eve', group: 'auditor', password: 'scrypt' }, 0)
  const cookies = { [SESSION_COOKIE]: await store.sessions.begin('eve') }
  const answer = await app.inject({ url: '/api/office/locks', headers: HEADERS, cookies })
  t.match(answer, { statusCode: 503 })
  t.match(answer.json(), { code: 'PEER_UNREACHABLE' })
  await close()
})

t.test('a simulation has a person of each role, whose passwords only its owner reads', async t => {
  const home = freshHome(t)
  const { store, close } = await openNoc(t)
  t.ok(await makeDemonstrationAccounts(store.accounts, home), 'beside the first look alone')
  const accounts = await store.accounts.all()
  t.strictSame(accounts.map(({ group }) => group).sort(), [...ROLES].sort())
  for (const { name, password } of accounts) {
    if (name === 'watch') continue
    const file = join(home.keys, `demonstration-noc-${name}`)
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.ok(await isPassword(readFileSync(file, 'utf8').trim(), password), name)
  }
  await store.people.remove({ person: 'admin', role: 'administrator', reason: 'left' }, 'auditor')
  t.notOk(await makeDemonstrationAccounts(store.accounts, home), 'nobody comes back')
  await close()
})
