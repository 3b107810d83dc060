import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { ivr } from '../../ivr/main.js'
import { SetClock } from '../../platform/clock.js'
import { homeAt, makeHome } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { type Execution, FakeFreeswitch, type Reaction } from '../support/fake-freeswitch.js'
import { freshHome } from '../support/fresh-home.js'
import { type Question, type Reply, scpSocketOf } from '../support/scp-socket.js'

const SESSION = { 'X-Call-Session': '0123456789abcdef0123456789abcdef' }
const PIN = '72345678901234'
const WRONG = '60000000000000'

/** The program between a FreeSWITCH and an scp, both of the test, over real sockets. */
async function started(t: Test, given: Given = {}, answer: (asked: Question) => Reply = honest) {
  const scp = await scpSocketOf(t, answer)
  const home = freshHome(t)
  symlinkSync(scp.path, join(home.sockets, 'scp.sock'))
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void logged.push(line) })
  const running = await ivr.start({
    home,
    given: { MCSCP_IVR_PORT: '0', ...given },
    clock: new SetClock(epochMs(0)),
    log,
  })
  const port = Number(running.listening['event socket']?.split(':').at(-1))
  return { running, port, logged, questions: scp.questions }
}

function honest({ path, body }: Question): Reply {
  if (path.endsWith('/permission')) {
    return { status: 200, body: { outcome: 'permitted', registered: 0, remaining: 50_000 } }
  }
  if (!body.includes(PIN)) return { status: 200, body: { outcome: 'unusable', nowLocked: false } }
  const bought = { faceValue: 3_000, registered: 3_000, chargedAt: 1 }
  return { status: 200, body: { outcome: 'redeemed', ...bought } }
}

/** A caller who keys these, then is silent. */
function keying(keys: string): (execution: Execution) => Reaction {
  const left = [...keys]
  return ({ application }) => {
    const key = application === 'play_and_get_digits' ? left.shift() : undefined
    return key === undefined ? {} : { variables: { d: key } }
  }
}

t.test('M-01: a whole call over real sockets: no key and no PIN where it must not be', async t => {
  const { running, port, logged, questions } = await started(t)
  const far = await FakeFreeswitch.call(port, keying(`1*${WRONG}#${PIN}#2`), SESSION)
  await far.closed
  await running.close()
  t.match(far.executed.join('\n'), /charge-succeeded/)
  t.equal(far.executed.at(-1), 'hangup NORMAL_CLEARING')
  t.strictSame(
    questions.flatMap(({ body }) => (body ? [JSON.parse(body)] : [])),
    [{ pin: WRONG }, { pin: PIN }],
    'each number is told scp once',
  )
  for (const secret of [PIN, WRONG, PIN.slice(0, 6), WRONG.slice(2, 8)]) {
    t.notMatch(far.written, secret, 'no command carries what was keyed')
    t.notMatch(logged.join('\n'), secret, 'no line of the log does')
    for (const { path } of questions) t.notMatch(path, secret, 'no path does')
  }
  const arguments_ = new Set(far.executions.map(({ argument }) => argument))
  const reads = far.executions.filter(({ application }) => application === 'play_and_get_digits')
  const unset = far.executed.filter(one => one === 'unset d')
  t.equal(unset.length, 1 + 1 + 15 + 15 + 1, 'the variable is unset after every key')
  t.ok(
    reads.every(({ argument }) => argument.startsWith('1 1 1 ')),
    'one key a read',
  )
  t.ok(arguments_.has('sensitive_dtmf=true'))
})

t.test('A-05: 157 over real sockets, and ivr sees a ticket in place of the number', async t => {
  const figures = { registered: 3_000, locked: false, byDay: [], from: '2000-11-01' }
  const body = { outcome: 'mobilers', ...figures, ticket: 'a.sealed.number' }
  const { running, port, questions } = await started(t, {}, () => ({ status: 200, body }))
  const far = await FakeFreeswitch.call(port, () => ({}), SESSION, { dialled: 'balance' })
  await far.closed
  await running.close()
  t.match(far.executed.join('\n'), /balance-month-1.*balance-bill-unavailable/s, 'aris is away')
  t.equal(far.executed.at(-1), 'hangup NORMAL_CLEARING')
  t.strictSame(
    questions.map(({ path }) => path),
    [`/v1/call-sessions/${SESSION['X-Call-Session']}/balance`],
  )
})

t.test('no string of the call is put into a command', async t => {
  const { running, port, questions } = await started(t)
  const odd = { 'X-Call-Session': `${SESSION['X-Call-Session']}\nexecute-app-name: system` }
  for (const headers of [odd, {}, { 'X-Call-Session': 'ABCDEF' }]) {
    const far = await FakeFreeswitch.call(port, undefined, headers)
    await far.closed
    t.strictSame(far.executed, ['hangup CALL_REJECTED'], 'a call without a session is not answered')
    t.notMatch(far.written, /system|ABCDEF/)
  }
  const odder = await FakeFreeswitch.call(port, undefined, SESSION, { dialled: 'constructor' })
  await odder.closed
  t.strictSame(odder.executed, ['hangup CALL_REJECTED'], 'nor is one for a dialogue that is none')
  const spoken = await FakeFreeswitch.call(port, keying('2'), {
    ...SESSION,
    'X-Language': 'en; system',
  })
  await spoken.until('playback')
  t.notMatch(spoken.written, /system/)
  spoken.hangUp()
  await running.close()
  t.ok(questions.every(({ path }) => /^\/v1\/call-sessions\/[0-9a-f]{32}\//.test(path)))
})

t.test(
  'closing: calls in progress end in order, none is taken, and one that hangs is cut off',
  async t => {
    const { running, port } = await started(t, { MCSCP_IVR_DRAIN_TIME: '150' })
    const listening = ({ argument }: Execution) =>
      argument.startsWith('1 1 1 10000 ') ? 'runs_on' : {}
    const talking = await FakeFreeswitch.call(port, listening, SESSION)
    await talking.until('play_and_get_digits 1 1 1 10000')
    const stuck = await FakeFreeswitch.call(port, () => 'runs_on', SESSION)
    await stuck.until('set')
    const closed = running.close()
    await t.rejects(FakeFreeswitch.call(port), 'nobody listens any more')
    talking.finish()
    await closed
    await Promise.all([stuck.closed, talking.closed])
    t.match(talking.executed.at(-2), /^playback .*try-again-later/)
    t.equal(talking.executed.at(-1), 'hangup NORMAL_CLEARING', 'in order')
    t.strictSame(stuck.executed, ['set sensitive_dtmf=true'])
  },
)

t.test('wrong settings are told all at once', async t => {
  const home = homeAt(t.testdir())
  makeHome(home)
  const given = {
    MCSCP_IVR_PORT: '99999',
    MCSCP_IVR_CLIP_FOLDER: "/it's",
    MCSCP_IVR_PIN_LENGTH: '13',
    MCSCP_IVR_TRIES: '0',
  }
  const log = pino({ level: 'silent' })
  await t.rejects(ivr.start({ home, given, clock: new SetClock(epochMs(0)), log }), {
    code: 'SETTINGS_INVALID',
    message: /^4 settings are wrong/,
  })
})
