import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { decodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { SetClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { sha256 } from '../../platform/sha256.js'
import { LeftOverSessions } from '../../scp/call-control/left-over-sessions.js'
import { demonstrationCards } from '../../scp/cards/clear-file.js'
import { pinKeysFile, scpStore } from '../../scp/config.js'
import { scp } from '../../scp/main.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { ivr, openScp, until } from '../support/scp-program.js'
import { phone } from '../support/scp-values.js'

const files = (home: Home) =>
  readdirSync(home.quarterHourFiles)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .map(name =>
      decodeQuarterHourFile(readFileSync(join(home.quarterHourFiles, name), 'latin1'), sha256()),
    )

t.test('from the INVITE of the switch to the quarter-hour file, and over a restart', async t => {
  const home = freshHome(t)
  const clock = new SetClock(jst('2001-01-15T10:01:00'))
  const { lines, start, call, hangUp, released } = await openScp(t, home, clock)
  const first = await start()
  const caller = ivr(home)
  t.teardown(() => caller.close())
  const [card, second] = demonstrationCards(home)
  t.equal(demonstrationCards(home).length, 5, 'a simulation has cards from its first start')

  let permitted: unknown
  let permission: Promise<unknown> | undefined
  const { token } = await call('call-1', async token => {
    permission = caller.permission(token).then(answer => {
      permitted = answer
    })
    for (let other = 0; other < 3; other++) {
      await caller.traffic(jst('2001-01-15T10:00:00'), jst('2001-01-16T00:00:00'))
    }
    t.equal(permitted, undefined, 'N-04: no permission before the call is in communication')
  })
  await permission
  t.match(permitted, { outcome: 'permitted', remaining: 50_000 })
  t.match(await caller.charge(token, 1, wrongPin(77)), { outcome: 'unusable' })
  const charged = await caller.charge(token, 2, `${card?.pin}`)
  t.match(charged, { outcome: 'redeemed', faceValue: 3_000, registered: 3_000 })
  const closing = first.close()
  await released()
  await closing

  const again = await start()
  t.equal(demonstrationCards(home).length, 5, 'the second start makes no more')
  t.strictSame(await caller.charge(token, 2, `${card?.pin}`), charged, 'the same answer')
  t.match(
    await caller.charge(token, 3, `${second?.pin}`),
    { code: 'NO_SUCH_CALL_SESSION' },
    'the call ended with scp, in order',
  )
  const other = await call('call-2')
  t.match(await caller.permission(other.token), { outcome: 'permitted', remaining: 47_000 })
  t.match(await caller.charge(other.token, 1, `${second?.pin}`), { registered: 6_000 })
  await hangUp(other.final)
  await until('the end of the call session', async () => {
    const { code } = Object(await caller.permission(other.token))
    return code === 'NO_SUCH_CALL_SESSION'
  })

  t.match(
    await caller.traffic(jst('2001-01-15T10:00:00'), jst('2001-01-16T00:00:00')),
    {
      node: 'scp1',
      callsInProgress: 0,
      denominations: [500, 1_000, 3_000, 5_000],
      quarterHours: [
        {
          final: false,
          peak: 1,
          kinds: [{ kind: 'mobilers', counts: { accepted: 2, entries: 3 }, cards: [[3_000, 2]] }],
        },
      ],
    },
    'M-13: the traffic is told',
  )
  const later = { notice: 'no_input', entries: 0 }
  t.match(await caller.notice(other.token, later), { code: 'NO_SUCH_CALL_SESSION' })

  clock.set(jst('2001-01-15T10:45:00'))
  await until('three quarter-hour files', () => files(home).length === 3)
  t.match(files(home), [
    {
      outcome: 'whole',
      header: { node: 'scp1', number: 1, beganAt: jst('2001-01-15T10:00:00') },
      records: [
        { msisdn: phone(1), serial: card?.serial, faceValue: 3_000 },
        { msisdn: phone(1), serial: second?.serial, faceValue: 3_000 },
      ],
      trailer: { count: 2, sum: 6_000 },
    },
    { outcome: 'whole', trailer: { count: 0, sum: 0 } },
    { outcome: 'whole', trailer: { count: 0, sum: 0 } },
  ])
  await again.close()

  const written = [...everyFile(home.folder)].filter(path => !path.startsWith(home.cards))
  for (const pin of [`${card?.pin}`, `${second?.pin}`, wrongPin(77)]) {
    const found = written.filter(path => readFileSync(path).includes(pin))
    t.strictSame(found, [], 'no file but the demonstration cards holds a PIN')
    t.notMatch(lines.join(''), pin, 'nor does the log')
  }
  t.ok(written.includes(scpStore(home)), 'the store was among the files')
  const steps = lines.map(line => JSON.parse(line)).filter(({ step }) => step !== undefined)
  t.match(
    steps.filter(({ callId }) => callId === 'call-1').map(({ step }) => step),
    [8, 12, 13, 16, 16, 16],
    'the ladder can be followed by Call-ID',
  )
})

function* everyFile(folder: string): Iterable<string> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    if (statSync(path).isFile()) yield path
  }
}

t.test('what keeps scp from starting is told in one message each', async t => {
  const codeOf = async (home: Home, given: Given = {}) => {
    const log = pino({ level: 'silent' })
    const clock = new SetClock(jst('2001-01-15T10:00:00'))
    try {
      const running = await scp.start({ home, given, clock, log })
      await running.close()
      return 'started'
    } catch (error) {
      return error instanceof Fault ? `${error.code} ${error.message}` : `${error}`
    }
  }
  const home = freshHome(t)
  const wrong = { MCSCP_MONTH_CAP: '-1', MCSCP_SCP_NODE: 'Tokyo!', MCSCP_DENOMINATIONS: '1,000' }
  const mistakes = await codeOf(home, wrong)
  for (const name of Object.keys(wrong)) t.match(mistakes, name, 'all mistakes at once')

  const desk = await openDesk(t, { folder: home.stores })
  const made = readFileSync(join(home.stores, 'pin-keys'))
  await desk.close()
  writeFileSync(scpStore(home), readFileSync(desk.file))
  t.match(await codeOf(home), /^PIN_KEY_MISSING/, 'the keys of the store’s cards are not there')
  writeFileSync(pinKeysFile(home), made, { mode: 0o644 })
  t.match(await codeOf(home), /^KEY_FILE_EXPOSED/)
  writeFileSync(scpStore(home), Buffer.from('no store at all '.repeat(1_000)))
  t.match(await codeOf(home), /^STORE_DAMAGED/)
})

t.test('call sessions left over are answered as long as a call may last', async t => {
  const desk = await openDesk(t)
  const token = await desk.call(phone(1))
  await desk.close()
  const again = await openDesk(t, { folder: t.testdirName })
  let end = () => {}
  const later: Later = (run, ms) => {
    t.equal(ms, 300_000)
    end = run
    return () => {}
  }
  await LeftOverSessions.find(again.store, pino({ level: 'silent' }), 300_000, later)
  const fresh = await again.call(phone(2))
  const permission = (one: typeof token) => again.store.ask('permission', one)
  t.match(await permission(token), { permission: { outcome: 'permitted' } })
  end()
  await until('the end of the old one', () =>
    permission(token).then(
      () => false,
      () => true,
    ),
  )
  t.match(await permission(fresh), { permission: { outcome: 'permitted' } }, 'no newer one is')
  await again.close()
})

t.test('requirements §5.2: a store with demonstration cards charges no real money', async t => {
  const home = freshHome(t)
  const { start } = await openScp(t, home, new SetClock(jst('2001-01-15T10:01:00')))
  const simulation = await start()
  await simulation.close()
  await t.rejects(start({ MCSCP_SIMULATION: 'off' }), {
    code: 'SIMULATION_ONLY',
    message: /2 batches of demonstration cards/,
  })
  const again = await start()
  await again.close()
})
