import t from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { Pin } from '../../domain/card.js'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import type { EntryResult } from '../../ivr/charge-guidance.js'
import { askPermission, type Patience, redeem } from '../../ivr/redeem.js'
import { ANSWER_LOST, AT_ONCE, FakeScp, type Fate, LOST } from '../support/fake-scp.js'
import { VirtualTime } from '../support/virtual-time.js'

const PATIENCE: Patience = {
  permissionForMs: 3_000,
  chargeForMs: 8_000,
  concludeForMs: 2_000,
  attemptMs: 2_500,
  pauseMs: 100,
  pauseMaxMs: 1_000,
}
const session = '0123456789abcdef0123456789abcdef' as CallSessionToken
const pin = '12345678901234' as Pin
const REDEEMED = {
  outcome: 'redeemed',
  faceValue: yen(3_000),
  registered: yen(3_000),
  chargedAt: epochMs(0),
} as const

const took = (takesMs: number): Fate => ({ takesMs, arrives: true })
const UNKNOWN_CALL: Fate = { ...AT_ONCE, refused: 'NO_SUCH_CALL_SESSION' }
const OVERLOADED: Fate = { ...AT_ONCE, refused: 'OVERLOADED' }

function scene(fates: readonly Fate[]) {
  const time = new VirtualTime()
  const scp = new FakeScp(time)
  scp.fates = [...fates]
  scp.decide = () => REDEEMED
  const caller = { there: true }
  const asking = {
    scp,
    time,
    patience: PATIENCE,
    callerThere: () => caller.there,
    noticed: () => {},
  }
  return { time, scp, caller, asking }
}

t.test('M-11, N-08: an entry is tried for 8 s, then concluded, then unknown', async t => {
  const lostFor = (count: number, ...then: Fate[]) => [...Array(count).fill(LOST), ...then]
  // biome-ignore format: table
  for (const [fates, outcome, conclusions, because] of [
    [[AT_ONCE],                         'redeemed',        0, 'answered at once'],
    [[took(2_500)],                     'redeemed',        0, 'answered at its deadline'],
    [[took(2_501), AT_ONCE],            'redeemed',        0, 'answered too late, so asked again: the same answer'],
    [[ANSWER_LOST, ANSWER_LOST, AT_ONCE], 'redeemed',      0, 'two answers lost'],
    [[LOST, AT_ONCE],                   'redeemed',        0, 'scp was starting again'],
    [[OVERLOADED, AT_ONCE],             'redeemed',        0, 'scp was busy'],
    [lostFor(11, AT_ONCE),              'abandoned',       1, 'nothing arrived in 8 s: it cannot succeed any more'],
    [[ANSWER_LOST, ANSWER_LOST, ANSWER_LOST, AT_ONCE], 'redeemed', 1, 'its conclusion tells that it had succeeded'],
    [[LOST],                            'outcome_unknown', 5, 'nobody ever answered'],
    [[ANSWER_LOST],                     'outcome_unknown', 1, 'nor does the conclusion come back'],
    [[UNKNOWN_CALL],                    'abandoned',       0, 'scp never knew the call'],
    [[ANSWER_LOST, UNKNOWN_CALL],       'outcome_unknown', 0, 'scp forgot the call after it may have charged'],
  ] as const satisfies readonly (readonly [Fate[], EntryResult['outcome'], number, string])[]) {
    const { time, scp, asking } = scene(fates)
    const result = redeem({ session, entry: 1 }, pin, asking)
    await time.pass(20_000)
    t.equal((await result).outcome, outcome, because)
    const conclusions_ = scp.questions.filter(what => what === 'conclude 1').length
    t.equal(conclusions_, conclusions, `${because}: asked for its conclusion`)
    const attempts = scp.asked.filter(([what]) => what === 'charge 1')
    t.ok(attempts.every(([, atMs]) => atMs < 8_000), 'no attempt begins after 8 s')
    const last = scp.asked.at(-1)?.[1] ?? 0
    t.ok(last < 10_000, 'nothing is asked after 10 s')
  }
})

t.test('pauses between attempts double up to a second', async t => {
  const { time, scp, asking } = scene([LOST])
  const result = redeem({ session, entry: 1 }, pin, asking)
  await time.pass(20_000)
  await result
  t.strictSame(
    scp.asked.slice(0, 7).map(([, atMs]) => atMs),
    [0, 100, 300, 700, 1_500, 2_500, 3_500],
  )
})

t.test('an answer after the conclusion cannot change it', async t => {
  const { scp, time, asking } = scene([...Array(11).fill(LOST), AT_ONCE])
  const result = redeem({ session, entry: 1 }, pin, asking)
  await time.pass(20_000)
  t.same(await result, { outcome: 'abandoned' })
  const late = scp.charge({ session, entry: 1 }, pin, 1_000)
  await time.pass(1)
  t.same(await late, { outcome: 'abandoned' }, 'the late attempt finds the entry closed')
})

t.test('when the caller has gone nothing more is asked: what is under way decides', async t => {
  for (const fates of [[ANSWER_LOST], [LOST]]) {
    const { time, scp, caller, asking } = scene(fates)
    const result = redeem({ session, entry: 1 }, pin, asking)
    caller.there = false
    await time.pass(20_000)
    t.equal((await result).outcome, 'outcome_unknown')
    t.strictSame(scp.questions, ['charge 1'])
  }
  const { time, scp, caller, asking } = scene([LOST])
  const result = redeem({ session, entry: 1 }, pin, asking)
  await time.pass(50)
  caller.there = false
  await time.pass(20_000)
  await result
  t.strictSame(scp.questions, ['charge 1'], 'gone during a pause')
})

t.test('lock and cap are asked for 3 s', async t => {
  // biome-ignore format: table
  for (const [fates, known, because] of [
    [[AT_ONCE],          true,  'answered'],
    [[LOST, AT_ONCE],    true,  'answered the second time'],
    [[LOST],             false, 'nobody is there'],
    [[ANSWER_LOST],      false, 'no answer comes'],
    [[UNKNOWN_CALL],     false, 'scp does not know the call'],
  ] as const) {
    const { time, scp, asking } = scene(fates)
    const permission = askPermission(session, asking)
    await time.pass(3_000)
    t.equal((await permission) !== undefined, known, because)
    if (fates[0] === UNKNOWN_CALL) t.equal(scp.asked.length, 1, 'and is not asked twice')
  }
})

t.test('a broken promise of our own is no fault of the wire and is not tried again', async t => {
  const { asking, scp } = scene([AT_ONCE])
  scp.decide = () => {
    throw new TypeError('broken')
  }
  await t.rejects(redeem({ session, entry: 1 }, pin, asking), TypeError)
})
