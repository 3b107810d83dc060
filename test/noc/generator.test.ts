import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { GeneratorOrder } from '../../domain/generated-traffic.js'
import type { Role } from '../../domain/role.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import { httpEdge } from '../../platform/http-edge.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { Generator } from '../../switch-sim/generator/generator.js'
import { generatorRoutes } from '../../switch-sim/generator/generator-routes.js'
import { Purse } from '../../switch-sim/generator/purse.js'
import { ClipLibrary } from '../../switch-sim/handset/clip-library.js'
import { demonstrationNumbers } from '../../switch-sim/mls/subscribers/demonstration.js'
import { commandInProcess } from '../support/command-in-process.js'
import { HEADERS } from '../support/noc-and-office.js'
import { openNoc, PASSWORD } from '../support/noc-desk.js'

// Each command logs in, which takes its time on purpose.
t.setTimeout(120_000)

const silent = pino({ level: 'silent' })

const ORDER: GeneratorOrder = {
  callsPerHour: 72_000,
  seconds: 3_600,
  inProgressMax: 3,
  handsets: 2,
  cardYen: 1_000,
  mix: {
    ...{ good_card: 0, wrong_number: 1, used_card: 0, locked_handset: 0 },
    ...{ hang_up: 0, inquiry: 0, slow_keying: 0 },
  },
  hangUpAt: 'any',
  faults: { rtpLossPercent: 0, earlyHangUpPercent: 0, guessingPercent: 0 },
}

/** noc beside a generator whose handsets find no switch, with a person of some roles. */
async function openGenerator(t: Test) {
  const generator = new Generator({
    place: async () => ({
      library: new ClipLibrary([]),
      numbers: demonstrationNumbers('mobile').slice(0, 2),
      locking: [],
      handset: () => Promise.reject(new Fault('PEER_UNREACHABLE', 'The switch does not answer.')),
    }),
    purse: new Purse({
      scp: { ask: () => Promise.reject(new Fault('PEER_UNREACHABLE', 'scp does not answer.')) },
      chance: seededChance(1),
      nowMs: () => performance.now(),
    }),
    chance: seededChance(1),
    nowMs: () => performance.now(),
    later: nodeLater,
    log: silent,
  })
  const edge = httpEdge(silent)
  generatorRoutes(edge, generator)
  const socket: Pick<SocketClient, 'ask'> = {
    async ask({ method, path, body }) {
      const payload = body === undefined ? {} : { payload: Object(body) }
      const answer = await edge.inject({ method, url: path, ...payload })
      return { status: answer.statusCode, body: answer.json() }
    },
  }
  const folder = t.testdir({})
  const noc = await openNoc(t, { folder, generator: socket })
  const password = (await noc.store.accounts.find('watch'))?.password ?? ''
  await noc.store.accounts.put({ name: 'kim', group: 'operator', password }, 0)
  const ask = async (name: string, method: 'GET' | 'POST', url: string, payload?: object) => {
    const cookies = { [SESSION_COOKIE]: await noc.store.sessions.begin(name) }
    const asked = { method, url, headers: HEADERS, cookies, ...(payload && { payload }) }
    const { statusCode, body } = await noc.app.inject(asked)
    return { status: statusCode, body: JSON.parse(body) }
  }
  return {
    ...{ noc, ask, folder },
    close: async () => {
      await noc.close()
      await edge.close()
      await generator.close()
    },
  }
}

t.test('an operator lets callers call, sees what becomes of them, and stops them', async t => {
  const { noc, ask, close } = await openGenerator(t)
  t.match(await ask('watch', 'GET', '/api/generator'), { status: 200, body: { phase: 'idle' } })
  const viewer: Role = 'viewer'
  t.equal((await ask('watch', 'POST', '/api/generator/start', ORDER)).status, 403, viewer)
  t.match(await ask('kim', 'POST', '/api/generator/start', { ...ORDER, seconds: 0 }), {
    ...{ status: 400, body: { code: 'REQUEST_INVALID' } },
  })
  t.match(await ask('kim', 'POST', '/api/generator/start', ORDER), {
    ...{ status: 200, body: { phase: 'running', by: 'kim', order: ORDER } },
  })
  t.match(await ask('kim', 'POST', '/api/generator/start', ORDER), {
    ...{ status: 409, body: { code: 'ACT_REFUSED', message: /goes on already/ } },
  })
  t.equal((await ask('watch', 'POST', '/api/generator/stop')).status, 403)
  t.match(await ask('kim', 'POST', '/api/generator/stop', {}), { status: 200 })
  t.match((await ask('watch', 'GET', '/api/generator')).body.phase, /^(ending|over)$/)
  const needing = { ...ORDER, mix: { ...ORDER.mix, good_card: 1 } }
  t.match(await ask('kim', 'POST', '/api/generator/start', needing), {
    ...{ status: 409, body: { message: 'scp does not answer.' } },
  })
  t.ok(
    noc.lines.some(line => line.includes('generated traffic asked for') && line.includes('kim')),
    'the log says who asked',
  )
  await close()
})

t.test('the same by commands', async t => {
  const { noc, folder, close } = await openGenerator(t)
  const address = await noc.app.listen({ host: '127.0.0.1', port: 0 })
  const file = join(folder, 'password')
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 })
  const given = {
    MCSCP_HOME: join(folder, 'home'),
    MCSCP_NOC_PORT: new URL(address).port,
    MCSCP_PASSWORD_FILE: file,
  }
  const generator = (words: string) =>
    commandInProcess(t, given, 'generator', ...words.split(' '), '--as', 'kim')
  t.match(await generator('show'), { complaint: '', told: /^idle, 0 s: 0 offered/ })
  t.match(await generator('start --calls-per-hour 72000 --mix wrong_number=1'), {
    ...{ complaint: '', told: /^running, 0 s: / },
  })
  t.match(await generator('start --mix wrong_number=1'), {
    ...{ told: '', complaint: /goes on already/ },
  })
  t.match(await generator('stop'), { complaint: '', told: /^(ending|over), / })
  await close()
})

t.test('a generator that does not run is said to be unreachable', async t => {
  const noc = await openNoc(t)
  const cookies = { [SESSION_COOKIE]: await noc.store.sessions.begin('watch') }
  const answer = await noc.app.inject({ url: '/api/generator', headers: HEADERS, cookies })
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { code: 'PEER_UNREACHABLE', message: /generator does not answer/ })
  await noc.close()
})
