import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { AlarmCollector } from '../../noc/alarms/alarm-collector.js'
import { alarmsCommand } from '../../noc/alarms/alarms-command.js'
import { folded } from '../../noc/alarms/folded.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import type { Fetched } from '../../noc/store/alarm-book.js'
import { openNocStore } from '../../noc/store/open.js'
import { type AlarmTold, alarmsTold } from '../../platform/alarm.js'
import type { AlarmCode } from '../../platform/alarm-codes.js'
import type { AlarmEvent, AlarmEvents } from '../../platform/alarm-journal.js'
import { SetClock } from '../../platform/clock.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { freshHome } from '../support/fresh-home.js'
import { openNoc, PASSWORD } from '../support/noc-desk.js'
import { jst } from '../support/scp-desk.js'

const AT = jst('2001-01-15T10:00:00')
const HOST = '127.0.0.1:14080'

interface Given {
  readonly at?: EpochMs
  readonly count?: number
}

/** An event of an alarm. */
const event = (
  sequence: number,
  type: 'raised' | 'cleared',
  code: AlarmCode,
  subject: string,
  { at = epochMs(AT + sequence * 1_000), count = 1 }: Given = {},
): AlarmEvent => ({ sequence, type, code, subject, at, severity: 'major', count, facts: { n: 1 } })

const raised = (sequence: number, code: AlarmCode, subject = '', given: Given = {}) =>
  event(sequence, 'raised', code, subject, given)
const cleared = (sequence: number, code: AlarmCode, subject = '') =>
  event(sequence, 'cleared', code, subject)
const told = (...events: AlarmEvent[]): AlarmEvents => ({ journal: 'j', events, more: false })

t.test(
  'M-15: the book has what stands and what was, each once, whatever is told again',
  async t => {
    const file = join(t.testdir(), 'noc.sqlite')
    const store = openNocStore(file)
    await store.alarms.take(
      'scp',
      told(raised(1, 'PEER_UNREACHABLE', 'peer crs'), raised(5, 'LOCK_STORM')),
    )
    await store.alarms.take(
      'scp',
      told(raised(5, 'LOCK_STORM'), raised(6, 'LOCK_STORM', '', { count: 9 })),
    )
    await store.alarms.take('crs', told(raised(1, 'PEER_UNREACHABLE', 'peer crs')))
    store.close()
    const { alarms, close } = openNocStore(file)
    await alarms.take('scp', told(cleared(9, 'LOCK_STORM'), raised(12, 'LOCK_STORM')))
    t.match(await alarms.standing(), [
      { program: 'scp', code: 'LOCK_STORM', count: 1 },
      { program: 'crs', code: 'PEER_UNREACHABLE' },
      {
        program: 'scp',
        code: 'PEER_UNREACHABLE',
        raisedAt: AT + 1_000,
        facts: { n: 1 },
        notes: [],
      },
    ])
    t.match(await alarms.history(), [
      { code: 'LOCK_STORM', count: 10, lastAt: AT + 6_000, clearedAt: AT + 9_000 },
    ])
    const { journal, after } = (await alarms.fetched()).get('scp') ?? { journal: '', after: 0 }
    t.strictSame([journal, after], ['j', 12])
    await alarms.take('scp', { ...told(raised(1, 'DISK_SPACE_LOW')), journal: 'made anew' })
    t.match(
      await alarms.standing(),
      [{ code: 'DISK_SPACE_LOW' }, {}, {}, {}],
      'of a new journal from 1',
    )
    await alarms.forgetBefore(epochMs(AT + 9_001))
    t.strictSame(await alarms.history(), [])
    t.equal((await alarms.standing()).length, 4, 'what stands is not forgotten')
    close()
  },
)

t.test(
  'an acknowledgement stays with who gave it first; it ends what does not end by itself',
  async t => {
    const { alarms, close } = openNocStore(join(t.testdir(), 'noc.sqlite'))
    await alarms.take(
      'crs',
      told(raised(1, 'DELIVERY_LATE', 'node a'), raised(2, 'CHARGE_REPEATED', 'node a')),
    )
    const [repeated, late] = await alarms.standing()
    const later = epochMs(AT + 60_000)
    for (const alarm of [repeated, late]) {
      t.equal(await alarms.acknowledge(alarm?.alarm ?? 0, 'mori', later), 'acknowledged')
      t.equal(await alarms.acknowledge(alarm?.alarm ?? 0, 'sato', later), 'acknowledged_before')
    }
    t.equal(await alarms.acknowledge(99, 'mori', later), 'no_such_alarm')
    t.match(await alarms.standing(), [
      { code: 'DELIVERY_LATE', acknowledged: { by: 'mori', at: later } },
    ])
    t.match(await alarms.history(), [{ code: 'CHARGE_REPEATED', clearedAt: later }])
    await alarms.take(
      'crs',
      told(raised(3, 'DELIVERY_LATE', 'node a'), raised(4, 'CHARGE_REPEATED', 'node a')),
    )
    t.match(
      await alarms.standing(),
      [
        { code: 'CHARGE_REPEATED', count: 1 },
        { code: 'DELIVERY_LATE', count: 2, acknowledged: { by: 'mori' } },
      ],
      'the same again is counted; another one is new',
    )
    close()
  },
)

t.test('a storm of one code is one line', async t => {
  const { alarms, close } = openNocStore(join(t.testdir(), 'noc.sqlite'))
  const at = (seconds: number) => ({ at: epochMs(AT + seconds * 1_000) })
  const four = [0, 10, 20, 30].map((s, n) => raised(n + 1, 'UNITS_DIFFER', `chargeId ${n}`, at(s)))
  await alarms.take('scp', told(...four))
  t.equal(folded(await alarms.standing()).length, 4, 'four are no storm')
  await alarms.take('scp', told(raised(5, 'UNITS_DIFFER', 'chargeId 4', { ...at(90), count: 3 })))
  t.match(folded(await alarms.standing()), [{ count: 7, alarms: { length: 5 } }], 'five are')
  await alarms.take('scp', told(raised(6, 'UNITS_DIFFER', 'chargeId 5', at(151))))
  t.match(
    folded(await alarms.standing()),
    [{ count: 1 }, { count: 7 }],
    'a minute of silence ends it',
  )
  close()
})

/** A collector over programs that the test plays, whose pauses end when it says so. */
function collect(t: Test, programs: Map<string, AlarmEvents | undefined>, folder: string) {
  const store = openNocStore(join(folder, 'noc.sqlite'))
  const asked: (Pick<Fetched, 'journal' | 'after'> & { program: string })[] = []
  const own: string[] = []
  const hear = (one: unknown) => {
    const { type, code, subject } = one as AlarmTold
    own.push(`${type} ${code} ${subject}`)
  }
  alarmsTold.subscribe(hear)
  t.teardown(() => void alarmsTold.unsubscribe(hear))
  const collector = new AlarmCollector({
    programs: async () => [...programs.keys()],
    ask: async (program, fetched) => {
      asked.push({ program, journal: fetched.journal, after: fetched.after })
      const all = programs.get(program)
      if (!all) return undefined
      const from = fetched.journal === all.journal ? fetched.after : 0
      const rest = all.events.filter(({ sequence }) => sequence > from)
      return { journal: all.journal, events: rest.slice(0, 2), more: rest.length > 2 }
    },
    book: store.alarms,
    clock: new SetClock(AT),
    later: () => () => {},
    log: pino({ level: 'silent' }),
  })
  return { collector, store, asked, own, run: () => collector.run() }
}

t.test('M-04: noc fetches what was raised while it was down, nothing twice', async t => {
  const folder = t.testdir()
  const numbers = [1, 2, 3, 4, 5]
  const events = numbers.map(n => raised(n, 'UNITS_DIFFER', `chargeId ${n}`))
  const programs = new Map<string, AlarmEvents | undefined>([['scp', told(...events)]])
  const first = collect(t, programs, folder)
  await first.run()
  await first.collector.close()
  t.equal((await first.store.alarms.standing()).length, 5)
  first.store.close()
  programs.set('scp', told(...events, cleared(8, 'UNITS_DIFFER', 'chargeId 2')))
  const second = collect(t, programs, folder)
  await second.run()
  t.strictSame(second.asked[0], { program: 'scp', journal: 'j', after: 5 })
  t.equal((await second.store.alarms.standing()).length, 4)
  t.equal((await second.store.alarms.history()).length, 1)
  await second.collector.close()
  second.store.close()
})

t.test(
  'a program that was there and gives no answer is an alarm, raised once and cleared once',
  async t => {
    const programs = new Map<string, AlarmEvents | undefined>([['ivr', told()]])
    const one = collect(t, programs, t.testdir())
    const gone = () => one.own.filter(line => line.startsWith('raised'))
    await one.run()
    programs.set('ivr', undefined)
    for (let round = 1; round <= 14; round++) await one.run()
    t.strictSame(gone(), [], 'its supervisor may be starting it again')
    for (let round = 15; round <= 40; round++) await one.run()
    t.strictSame(gone(), ['raised PEER_UNREACHABLE peer ivr'])
    programs.set('ivr', told())
    await one.run()
    t.equal(one.own.at(-1), 'cleared PEER_UNREACHABLE peer ivr')
    await one.collector.close()
    one.store.close()
  },
)

t.test('a program that was taken out of the home is missed until somebody says so', async t => {
  const programs = new Map<string, AlarmEvents | undefined>([
    ['ivr-b', told(raised(1, 'GUIDANCE_DAMAGED'))],
  ])
  const { run, own, store, collector } = collect(t, programs, t.testdir())
  await run()
  // noc's own alarm comes back to it by its own journal.
  const missed = told(raised(1, 'PEER_UNREACHABLE', 'peer ivr-b'))
  programs.set('noc', missed)
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round++) await run()
  }
  programs.set('ivr-b', undefined)
  await rounds(16)
  const alarm = (await store.alarms.standing()).find(one => one.code === 'PEER_UNREACHABLE')
  t.ok(alarm, 'it gives no answer')
  await store.alarms.acknowledge(alarm?.alarm ?? 0, 'mori', AT)
  const cleared = () => own.filter(line => line === 'cleared PEER_UNREACHABLE peer ivr-b').length
  const before = cleared()
  await rounds(2)
  t.equal(cleared(), before, 'one that was killed left its socket: it is to come back')
  programs.delete('ivr-b')
  await rounds(1)
  t.equal(cleared(), before + 1, 'one that ended in order, and was seen to be away, is out')
  t.strictSame(
    (await store.alarms.standing()).map(({ program }) => program),
    ['noc'],
    'what it had raised nobody else would end',
  )
  await rounds(20)
  t.equal(own.filter(line => line.startsWith('raised')).length, 1, 'it is missed no more')
  programs.set('ivr-b', told(raised(1, 'GUIDANCE_DAMAGED')))
  await rounds(1)
  programs.delete('ivr-b')
  await rounds(16)
  t.equal(own.filter(line => line.startsWith('raised')).length, 2, 'back, it is missed again')
  t.notOk(
    (await store.alarms.standing()).some(({ program }) => program === 'ivr-b'),
    'what it told before is not told twice',
  )
  await collector.close()
  store.close()
})

t.test('a viewer reads, an operator acknowledges and notes', async t => {
  const { app, store, networkClock, close } = await openNoc(t)
  await store.accounts.put({ name: 'mori', group: 'operator', password: 'none' }, 0)
  await store.alarms.take('scp', told(raised(1, 'LOCK_STORM'), raised(2, 'TRIGGER_REFUSED')))
  const ask = async (account: string, method: 'GET' | 'POST', url: string, payload?: object) => {
    const cookies = { [SESSION_COOKIE]: await store.sessions.begin(account) }
    const headers = { host: HOST, origin: `http://${HOST}` }
    const answer = await app.inject({ method, url, headers, cookies, ...(payload && { payload }) })
    return { status: answer.statusCode, body: answer.json() }
  }
  for (const account of ['watch', 'mori']) {
    t.match((await ask(account, 'GET', '/api/alarms')).body, {
      lines: [{ code: 'TRIGGER_REFUSED' }, { code: 'LOCK_STORM', alarms: [{ subject: '' }] }],
    })
  }
  const note = { note: 'called the shop' }
  for (const url of ['/api/alarms/1/acknowledge', '/api/alarms/1/notes']) {
    t.equal((await ask('watch', 'POST', url, note)).status, 403, url)
  }
  const at = networkClock.now()
  t.match((await ask('mori', 'POST', '/api/alarms/1/acknowledge', note)).body, {
    outcome: 'acknowledged',
    alarm: {
      acknowledged: { by: 'mori', at },
      notes: [{ text: 'called the shop', account: 'mori' }],
    },
  })
  t.match((await ask('mori', 'POST', '/api/alarms/1/notes', { text: 'over' })).body, {
    alarm: { notes: [{}, { text: 'over', at }] },
  })
  t.equal((await ask('mori', 'POST', '/api/alarms/77/acknowledge', {})).status, 404)
  t.equal((await ask('mori', 'POST', '/api/alarms/1/notes', { text: '' })).status, 400)
  for (const [url, body] of [
    ['/api/alarms/1/notes', { text: 'he read 12345678901234 to me' }],
    ['/api/alarms/1/acknowledge', { note: '12345678901234' }],
  ] as const) {
    t.equal((await ask('mori', 'POST', url, body)).status, 400, 'I12: it might be a card number')
  }
  await store.alarms.take('scp', told(cleared(3, 'LOCK_STORM')))
  t.match((await ask('watch', 'GET', '/api/alarms/history')).body, {
    alarms: [{ code: 'LOCK_STORM' }],
  })
  t.match((await ask('watch', 'GET', '/api/alarms/history?before=1')).body, {
    alarms: { length: 0 },
  })
  await close()
})

/** Gives an alarms command in this process: what it printed, or how it was refused. */
async function alarms(
  t: Test,
  surroundings: CommandSurroundings,
  ...words: string[]
): Promise<string> {
  const printed = t.capture(console, 'log', () => {})
  const command = alarmsCommand(surroundings)
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await command.parseAsync(words, { from: 'user' })
    return printed()
      .map(({ args }) => args.join(' '))
      .join('\n')
  } catch (error) {
    if (error instanceof CommanderError || error instanceof Fault) return error.message
    throw error
  } finally {
    printed.restore()
  }
}

t.test('the same at the command line, by people who log in', async t => {
  const home = freshHome(t)
  const { app, store, close } = await openNoc(t, { folder: home.stores })
  const password = (await store.accounts.find('watch'))?.password ?? ''
  await store.accounts.put({ name: 'mori', group: 'operator', password }, 0)
  await store.accounts.put({ name: 'sato', group: 'supervisor', password }, 0)
  const file = join(home.folder, 'password')
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const surroundings = {
    home: () => home,
    given: () => ({ MCSCP_NOC_PORT: port, MCSCP_PASSWORD_FILE: file }),
  }
  t.equal(await alarms(t, surroundings, 'list'), 'No alarms.')
  await store.alarms.take('scp', told(raised(1, 'LOCK_STORM'), raised(2, 'LOG_IN_REFUSED')))
  t.match(
    await alarms(t, surroundings, 'list'),
    /^number +severity[\s\S]*2 +major +2001-01-15 10:00:02 +scp +LOG_IN_REFUSED/,
  )
  // biome-ignore format: table
  for (const [words, printed] of [
    [['acknowledge', '2', '--as', 'watch'],                          /^Your role does not allow that\.$/],
    [['acknowledge', '2', '--as', 'nobody'],                         /^noc does not know nobody/],
    [['acknowledge', '2', '--as', 'mori', '--note', 'our own test'], /^Alarm 2: acknowledged by mori\.$/],
    [['acknowledge', '2', '--as', 'sato'],                           /^Alarm 2 was acknowledged before\.$/],
    [['note', '1', 'looked at', '--as', 'sato'],                     /^Alarm 1: noted\.$/],
    [['note', '9', 'x', '--as', 'sato'],                             /^There is no alarm 9\.$/],
    [['note', '1', 'x'],                                             /--as/],
    [['acknowledge', 'x', '--as', 'sato'],                                           /whole number/],
    [['note', '1', ' ', '--as', 'sato'],                                             /1 to 500 characters/],
    [['history'],                                                    /LOG_IN_REFUSED[\s\S]*mori: our own test/],
    [['history', '--before', '2'],                                   /^No alarms\.$/],
    [['list'],                                                       /LOCK_STORM[^\n]*sato: looked at$/],
  ] as const) {
    t.match(await alarms(t, surroundings, ...words), printed, words.join(' '))
  }
  await close()
})
