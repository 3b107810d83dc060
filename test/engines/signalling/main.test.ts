import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import {
  type EngineName,
  listenPoints,
  signallingContradictions,
  signallingSecretPath,
  signallingSettings,
} from '../../../engines/signalling/config.js'
import { signallingProgram } from '../../../engines/signalling/main.js'
import { systemClock } from '../../../platform/clock.js'
import { homeAt, makeHome } from '../../../platform/home.js'
import { readSettings, settingMistakes } from '../../../platform/settings.js'
import { newApplication } from '../../support/drachtio-application.js'

const FREE_PORTS = {
  MCSCP_SCP_SIP_UDP_PORT: '0',
  MCSCP_SCP_SIP_TCP_PORT: '0',
  MCSCP_SCP_SIP_APPLICATION_PORT: '0',
}

/** Starts scp's engine in a home of its own, which goes with the test. */
function newcomer(t: { teardown(end: () => unknown): unknown }) {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-signalling-')))
  makeHome(home)
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  const start = (given: Record<string, string> = FREE_PORTS) =>
    signallingProgram('scp').start({
      home,
      given,
      clock: systemClock,
      log: pino({ enabled: false }),
    })
  return { start, secretPath: signallingSecretPath(home, 'scp') }
}

t.test('every mistake in the settings is told at once', async t => {
  t.strictSame(
    settingMistakes(signallingSettings('switch'), {
      MCSCP_SWITCH_SIP_HOST: 'localhost',
      MCSCP_SWITCH_SIP_UDP_PORT: '65536',
      MCSCP_SWITCH_SIP_TCP_PORT: 'on',
      MCSCP_SWITCH_SIP_WS_PORT: 'off',
      MCSCP_SWITCH_SIP_WS_ORIGINS: 'https://phone.example.jp, https://phone.example.jp/page',
      MCSCP_SWITCH_SIP_APPLICATION_PORT: '-1',
    }).map(mistake => mistake.split('=')[0]),
    [
      'MCSCP_SWITCH_SIP_HOST',
      'MCSCP_SWITCH_SIP_UDP_PORT',
      'MCSCP_SWITCH_SIP_TCP_PORT',
      'MCSCP_SWITCH_SIP_WS_ORIGINS',
      'MCSCP_SWITCH_SIP_APPLICATION_PORT',
    ],
  )
})

t.test('the settings of the two engines do not meet', async t => {
  const of = (engine: EngineName) => readSettings(signallingSettings(engine), {})
  const [forSwitch, forScp] = [of('switch'), of('scp')]
  t.strictSame(listenPoints(forSwitch), [
    { protocol: 'udp', host: '127.0.0.1', port: 5060 },
    { protocol: 'tcp', host: '127.0.0.1', port: 5060 },
    {
      protocol: 'ws',
      host: '127.0.0.1',
      port: 5066,
      origins: ['http://127.0.0.1:14080', 'http://localhost:14080', 'http://[::1]:14080'],
    },
  ])
  t.strictSame(listenPoints(forScp), [
    { protocol: 'udp', host: '127.0.0.1', port: 5070 },
    { protocol: 'tcp', host: '127.0.0.1', port: 5070 },
  ])
  t.not(forSwitch.applicationPort, forScp.applicationPort)
  t.strictSame(signallingContradictions('scp', forScp), [])
  t.match(
    signallingContradictions('scp', { ...forScp, udp: 'off', tcp: 'off' }),
    [/all off: nobody could call/],
    'an engine that nobody can call',
  )
})

t.test('the first start makes a secret for the application, the second keeps it', async t => {
  const { start, secretPath } = newcomer(t)
  const first = await start()
  const secret = readFileSync(secretPath, 'utf8').trim()
  t.equal(statSync(secretPath).mode & 0o777, 0o600)
  t.match(first.listening.sip, /^udp\/127\.0\.0\.1:\d+, tcp\/127\.0\.0\.1:\d+$/)

  const [, port] = /^tcp\/127\.0\.0\.1:(\d+)$/.exec(first.listening.application ?? '') ?? []
  const srf = newApplication()
  srf.connect({ host: '127.0.0.1', port: Number(port), secret })
  const [error] = await once(srf, 'connect')
  t.equal(error, null, 'the application finds it in the file')
  srf.disconnect()
  await first.close()

  const second = await start()
  t.equal(readFileSync(secretPath, 'utf8').trim(), secret)
  await second.close()
})

t.test('an engine does not start when something is wrong, and says what', async t => {
  const { start, secretPath } = newcomer(t)
  writeFileSync(secretPath, 'cymru\n', { mode: 0o600 })
  await t.rejects(start(), { code: 'SECRET_REFUSED' }, 'what drachtio-server ships with')
  rmSync(secretPath)
  writeFileSync(secretPath, 'a secret that is long enough\n', { mode: 0o644 })
  await t.rejects(start(), { code: 'KEY_FILE_EXPOSED' }, 'others can read it')
  rmSync(secretPath)

  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const taken = `${typeof address === 'object' && address ? address.port : 0}`
  for (const name of ['MCSCP_SCP_SIP_APPLICATION_PORT', 'MCSCP_SCP_SIP_TCP_PORT']) {
    await t.rejects(
      start({ ...FREE_PORTS, [name]: taken }),
      { code: 'PORT_TAKEN', message: new RegExp(`127\\.0\\.0\\.1:${taken}.*${name}`) },
      name,
    )
  }
  other.close()
  const running = await start()
  await running.close()
})
