import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { CallSessionToken } from '../../domain/call-session.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import { ivr } from '../../ivr/main.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { scpSocket } from '../../scp/config.js'
import { chargeRoutes } from '../../scp/http/charge-routes.js'
import { type Execution, FakeFreeswitch } from '../support/fake-freeswitch.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk, wrongPin } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

/** scp's store and its socket, ivr, and a media engine of the test's. */
async function openNetwork(t: Test) {
  const desk = await openDesk(t)
  const home = freshHome(t)
  const log = pino({ level: 'silent' })
  const edge = httpEdge(log)
  /** Done when ivr tries a card: before scp decides, and when it has. */
  const tried = { before: () => {}, after: (_lose: () => void) => {} }
  edge.addHook('preHandler', async request => {
    if (request.method === 'PUT') tried.before()
  })
  edge.addHook('onSend', async (request, reply) => {
    if (request.method === 'PUT') tried.after(() => reply.raw.destroy())
  })
  const { store, ring } = desk
  const inCommunication = async () => {}
  chargeRoutes(edge, { store, ring, inCommunication, unitsAdded: () => {}, log })
  await listenOnSocket(edge, scpSocket(home))
  const given = { MCSCP_IVR_PORT: '0', MCSCP_IVR_DRAIN_TIME: '1' }
  const running = await ivr.start({ home, given, clock: desk.clock, log })
  const port = Number(running.listening['event socket']?.split(':').at(-1))
  t.teardown(async () => {
    await running.close()
    await edge.close()
    await desk.close()
  })
  /** A call that keys, then is silent; `stopAt` holds it where the test goes on. */
  const call = async (
    from: Msisdn,
    keys: string,
    stopAt = (_: Execution, _keyed: number) => false,
  ) => {
    const token: CallSessionToken = await desk.call(from)
    const left = [...keys]
    return FakeFreeswitch.call(
      port,
      execution => {
        if (stopAt(execution, keys.length - left.length)) return 'runs_on'
        const key = execution.application === 'play_and_get_digits' ? left.shift() : undefined
        return key === undefined ? {} : { variables: { d: key } }
      },
      { 'X-Call-Session': token },
    )
  }
  /** What a number has registered this month, as scp would tell its next call. */
  const registered = async (of: Msisdn) => {
    const { permission } = await desk.store.ask('permission', await desk.call(of))
    return 'registered' in permission ? permission.registered : permission.outcome
  }
  return { desk, call, tried, registered }
}

/** Every clip that a call was played to the end of, in order. */
const heard = (far: FakeFreeswitch): string => {
  const notices = far.executions.filter(({ application }) => application === 'playback')
  return notices.map(({ argument }) => argument).join('!')
}

/** Whether clips were played one right after the other. */
const said = (far: FakeFreeswitch, clips: readonly ClipFile[]): boolean => {
  const played = heard(far)
    .split('!')
    .map(path => path.split('/').slice(-2).join('/'))
  return played.join(' ').includes(clips.join(' '))
}

t.test('every card that cannot be used sounds the same, and is what scp says it is', async t => {
  const { desk, call, registered } = await openNetwork(t)
  const used = await desk.card(1_000)
  await desk.key(await desk.call(phone(9)), used.pin)
  const idle = await desk.card(1_000, { activated: false })
  const old = await desk.card(1_000, { expiresAt: jst('2001-01-15T12:00:00') })
  const told = new Set<string>()
  for (const [pin, because] of [
    [wrongPin(1), 'unknown'],
    [used.pin, 'used by another'],
    [idle.pin, 'not active'],
    [old.pin, 'expired'],
  ] as const) {
    const far = await call(phone(1), `${pin}#`)
    await far.closed
    t.ok(said(far, phrase('ja', 'card-refused')), because)
    told.add(heard(far))
  }
  t.equal(told.size, 1, 'word for word')
  t.equal(await registered(phone(1)), 0)
})

t.test(
  'S-09, S-10: five wrong numbers over calls lock the handset, which then keys nothing',
  async t => {
    const { desk, call, registered } = await openNetwork(t)
    const locked = phrase('ja', 'locked')
    const three = await call(phone(1), [1, 2, 3].map(n => `${wrongPin(n)}#`).join(''))
    await three.closed
    t.ok(said(three, [...phrase('ja', 'card-refused'), ...phrase('ja', 'tries-over')]))
    const two = await call(phone(1), [4, 5].map(n => `${wrongPin(n)}#`).join(''))
    await two.closed
    t.ok(said(two, [...phrase('ja', 'card-refused'), ...locked]), 'the fifth is told of the lock')
    const card = await desk.card(3_000)
    const after = await call(phone(1), `${card.pin}#`)
    await after.closed
    t.strictSame(heard(after).split('/').slice(-2).join('/'), locked[0])
    t.notOk(
      after.executed.some(one => one.startsWith('play_and_get_digits')),
      'no key is read',
    )
    t.equal(await registered(phone(1)), 'locked')
    const other = await call(phone(2), `${card.pin}#`)
    await other.closed
    t.equal(await registered(phone(2)), 3_000, 'the card and other handsets are as before')
  },
)

t.test('S-12: over the cap the card stays unused; at the cap nothing is asked for', async t => {
  const { desk, call, registered } = await openNetwork(t)
  const [much, more, rest] = [
    await desk.card(48_000),
    await desk.card(3_000),
    await desk.card(2_000),
  ]
  const far = await call(phone(1), `${much.pin}#1${more.pin}#1${rest.pin}#`)
  await far.closed
  t.ok(said(far, phrase('ja', 'over-month-cap', { remaining: yen(2_000) })))
  t.ok(
    said(far, phrase('ja', 'charge-succeeded', { amount: yen(2_000), total: yen(50_000) })),
    '50,000 yen exactly is allowed',
  )
  t.equal(await registered(phone(1)), 50_000)
  const again = await call(phone(1), '')
  await again.closed
  t.ok(said(again, phrase('ja', 'month-cap-reached', { cap: yen(50_000) })))
  t.notOk(again.executed.some(one => one.startsWith('play_and_get_digits')))
  await (await call(phone(2), `${more.pin}#`)).closed
  t.equal(await registered(phone(2)), 3_000, 'the refused card was not used')
})

t.test('the hang-up table: what stands in the store when a caller has left', async t => {
  const reading = (count: number) => (one: Execution, keyed: number) =>
    one.application === 'play_and_get_digits' && keyed === count
  const playing = (text: string) => (one: Execution) =>
    one.application === 'playback' && one.argument.includes(text)
  // biome-ignore format: table
  for (const [end, stopAt, total, because] of [
    ['',  reading(0),                      0,     'during the welcome'],
    ['',  reading(7),                      0,     'before the number is complete'],
    ['',  reading(14),                     0,     '14 digits, no #: not evaluated, not counted'],
    ['#', playing('charge-succeeded'),     3_000, 'after the commit, while the result plays'],
    ['#', reading(15),                     3_000, 'after the result'],
  ] as const) {
    for (const leave of ['hangUp', 'reset'] as const) {
      const { desk, call, registered } = await openNetwork(t)
      const card = await desk.card(3_000)
      const far = await call(phone(1), `${card.pin}${end}`, stopAt)
      await far.held
      far[leave]()
      await far.closed
      t.equal(await registered(phone(1)), total, `${because} (${leave})`)
      await (await call(phone(2), `${card.pin}#`)).closed
      t.equal(await registered(phone(2)), 3_000 - total, 'the card: used, or as before')
    }
  }
})

t.test('the hang-up table: during validation the transaction decides', async t => {
  const { desk, call, tried, registered } = await openNetwork(t)
  const card = await desk.card(3_000)
  let far: FakeFreeswitch | undefined
  tried.before = () => far?.hangUp()
  const decided = new Promise<void>(resolve => {
    tried.after = () => resolve()
  })
  far = await call(phone(1), `${card.pin}#`)
  await far.closed
  await decided
  t.equal(await registered(phone(1)), 3_000, 'it was committed: charged')
  t.notOk(said(far, phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(3_000) })))
})

t.test('an answer that is lost after the commit: asked again, told once, charged once', async t => {
  const { desk, call, tried, registered } = await openNetwork(t)
  const card = await desk.card(3_000)
  let lost = 0
  tried.after = lose => {
    lost += 1
    if (lost === 1) lose()
  }
  const far = await call(phone(1), `${card.pin}#`)
  await far.closed
  t.equal(lost, 2, 'the same entry was asked again')
  t.ok(said(far, phrase('ja', 'charge-succeeded', { amount: yen(3_000), total: yen(3_000) })))
  const again = await call(phone(1), `${card.pin}#`)
  await again.closed
  t.ok(said(again, phrase('ja', 'card-already-yours', { amount: yen(3_000) })), 'dialled again')
  t.equal(await registered(phone(1)), 3_000)
})
