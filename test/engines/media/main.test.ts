import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { eventSocketSecretPath, mediaSettings } from '../../../engines/media/config.js'
import { formatEvent } from '../../../engines/media/event-socket/event-format.js'
import { mediaProgram } from '../../../engines/media/main.js'
import { systemClock } from '../../../platform/clock.js'
import { homeAt, makeHome } from '../../../platform/home.js'
import { settingMistakes } from '../../../platform/settings.js'
import { apiAnswer, modeslInbound } from '../../support/modesl.js'
import { RawPhone } from '../../support/raw-phone.js'

const FREE_PORTS = {
  MCSCP_MEDIA_SIP_PORT: '0',
  MCSCP_MEDIA_EVENT_SOCKET_PORT: '0',
  MCSCP_MEDIA_PRIORITY: '0',
}

/** The program in a home of its own, which goes with the test. */
function newcomer(t: { teardown(end: () => unknown): unknown }) {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'mcscp-media-')))
  makeHome(home)
  t.teardown(() => rmSync(home.folder, { recursive: true }))
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: line => logged.push(line) })
  const start = (given: Record<string, string> = {}) =>
    mediaProgram.start({ home, given: { ...FREE_PORTS, ...given }, clock: systemClock, log })
  return { start, logged, secretPath: eventSocketSecretPath(home) }
}

/** The port behind the last colon of what a program says it listens on. */
const portIn = (listening: string | undefined): number =>
  Number(/:(\d+)(?:,|$)/.exec(listening ?? '')?.[1])

t.test('the program starts, is reached, and closes', async t => {
  const { start, secretPath } = newcomer(t)
  const running = await start()
  t.equal(statSync(secretPath).mode & 0o777, 0o600, 'the password is its owner’s alone')
  const password = readFileSync(secretPath, 'utf8').trim()
  const modesl = await modeslInbound(portIn(running.listening['event socket']), password)
  t.match(await apiAnswer(modesl, 'status', []), 'is ready')
  modesl.disconnect()
  const sip = await RawPhone.open(portIn(running.listening.sip))
  sip.ask('OPTIONS', 'options')
  t.equal((await sip.answer()).status, 200)
  sip.close()
  await running.close()
  const again = await start()
  t.equal(readFileSync(secretPath, 'utf8').trim(), password, 'a second start keeps the password')
  await again.close()
})

t.test('what keeps it from starting is said in one clear fault', async t => {
  const { start, secretPath } = newcomer(t)
  const taken = createSocket('udp4')
  await new Promise<void>(resolve => taken.bind(0, '127.0.0.1', resolve))
  const port = String(taken.address().port)
  // biome-ignore format: table
  for (const [given, code, because] of [
    [{ MCSCP_MEDIA_SIP_PORT: port },                                           'PORT_TAKEN',       'another program has the port'],
    [{ MCSCP_MEDIA_RTP_PORT_FIRST: '9000', MCSCP_MEDIA_RTP_PORT_LAST: '8000' }, 'SETTINGS_INVALID', 'no port for audio'],
    [{ MCSCP_MEDIA_MOST_CALLS: '0' },                                          'SETTINGS_INVALID', 'no calls'],
  ] as const) {
    await t.rejects(start(given), { code }, because)
  }
  taken.close()
  writeFileSync(secretPath, 'ClueCon\n', { mode: 0o600 })
  await t.rejects(start(), { code: 'SECRET_REFUSED' }, 'the password that the world knows')
  rmSync(secretPath)
  writeFileSync(secretPath, 'a-long-enough-password\n', { mode: 0o644 })
  await t.rejects(start(), { code: 'KEY_FILE_EXPOSED' }, 'a password that others can read')
})

t.test('a refused priority is told once, and all works', async t => {
  const { start, logged } = newcomer(t)
  const running = await start({ MCSCP_MEDIA_PRIORITY: '-20' })
  const refusals = logged.filter(line => line.includes('refused a higher process priority'))
  t.ok(refusals.length <= 1, `${refusals.length} lines: none where the system allows it`)
  await running.close()
})

t.test('every mistake in the settings is told at once', async t => {
  const mistakes = settingMistakes(mediaSettings, {
    MCSCP_MEDIA_SIP_HOST: 'localhost',
    MCSCP_MEDIA_SIP_PORT: '65536',
    MCSCP_MEDIA_RTP_PORT_FIRST: '1023',
    MCSCP_MEDIA_TIMEOUT_S: '-1',
    MCSCP_MEDIA_CLIPS: '',
  })
  t.equal(mistakes.length, 5)
  t.strictSame(settingMistakes(mediaSettings, {}), [], 'the defaults are good')
})

t.test('§5: every text comes through JSON as it was', async t => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
  const run = fc.check(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), texts)),
      texts,
      (headers, body) => {
        const message = formatEvent({ name: 'X', headers, body }, 'json')
        const json = message.slice(message.indexOf('\n\n') + 2)
        const read: Record<string, string | string[]> = JSON.parse(json)
        const length = Number(/^Content-Length: (\d+)\n/.exec(message)?.[1])
        return (
          length === Buffer.byteLength(json) &&
          read._body === body &&
          headers.every(([name, value]) => [read[name]].flat().includes(value))
        )
      },
    ),
    { numRuns: 300 },
  )
  t.notOk(run.failed, JSON.stringify(run.counterexample))
})
