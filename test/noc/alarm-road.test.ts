import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { MonthCloser } from '../../billing/jobs/close-month.js'
import { MonthClosing } from '../../billing/jobs/month-closing.js'
import { LateDeliveries } from '../../crs/intake/late-deliveries.js'
import { askCrs } from '../../crs/office/ask-crs.js'
import { epochMs } from '../../domain/clock.js'
import { DAY_MS, type JstMonth } from '../../domain/jst.js'
import type { Units } from '../../domain/units.js'
import { yen } from '../../domain/yen.js'
import { CertificateWatch } from '../../engines/signalling/certificate-watch.js'
import { TlsCredentials } from '../../engines/signalling/transport/tls-credentials.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { Guidance } from '../../ivr/guidance.js'
import { ALARMS, type AlarmCode, isAlarmCode } from '../../platform/alarm-codes.js'
import { SetClock } from '../../platform/clock.js'
import type { Later } from '../../platform/deadline.js'
import { writeDurably, writeOnceDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { FAULT_CODES } from '../../platform/fault-codes.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { guidanceFile } from '../../platform/guidance-clips.js'
import { SocketClient } from '../../platform/http-client.js'
import { Rounds } from '../../platform/rounds.js'
import { openStore } from '../../platform/store.js'
import { StoreWatch } from '../../scp/store/store-watch.js'
import type { Watched } from '../../scp/store/watch-reader.js'
import { UnitDelivery } from '../../scp/units/unit-delivery.js'
import { Watch } from '../../scp/watch/watch.js'
import { openAlarmRoad, PROGRAM } from '../support/alarm-road.js'
import { charge, openBillingDesk } from '../support/billing-desk.js'
import { BillingFtp } from '../support/billing-ftp.js'
import { makeAuthority } from '../support/certificates.js'
import { chargeRecord, NodeFiles, openCrs, openCrsStoreHere } from '../support/crs-desk.js'
import { runExchange, until } from '../support/exchange-rig.js'
import { FakeCrs } from '../support/fake-crs.js'
import { freshHome } from '../support/fresh-home.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'
import { WrongClock } from '../support/wrong-clock.js'

t.setTimeout(240_000)

/** How one kind of alarm comes about, and how it ends: by what undoes its cause, or by an operator. */
interface Trace {
  readonly code: AlarmCode
  readonly about: string
  readonly cause: () => unknown
  readonly over: (() => unknown) | 'operator'
}

const log = pino({ level: 'silent' })
const road = openAlarmRoad(t)
const traced = new Set<AlarmCode>()

/** A month whose day has come, and that an operator holds. */
async function heldMonth(t: Test): Promise<Pick<Trace, 'cause' | 'over'>> {
  const { store, clock, days, contract } = openBillingDesk(t, '2001-01-08T02:00')
  await contract(1)
  await days('2000-12-01', '2000-12-31')
  const closer = new MonthCloser(store, log)
  const closing = new MonthClosing({ store, closer, clock, log, at: 120 })
  const month = '2000-12' as JstMonth
  return {
    cause: async () => {
      await store.holdMonth(month, 'usage is late')
      await closing.run()
    },
    over: async () => {
      await store.releaseMonth(month, 'it came')
      await closing.run()
    },
  }
}

/** A certificate of 60 days, watched on a clock that shows its last ten, and then its first again. */
async function endingCertificate(t: Test): Promise<Pick<Trace, 'cause' | 'over'>> {
  const authority = await makeAuthority('alarms')
  const texts = await authority.issue({ ip: ['127.0.0.1'], days: 60 })
  const began = epochMs(Date.now())
  const clock = new SetClock(began)
  const watch = new CertificateWatch({
    whose: 'scp',
    credentials: new TlsCredentials(texts),
    read: () => ({ outcome: 'read', texts }),
    clock,
    log,
    later: () => () => {},
  })
  t.teardown(() => watch.close())
  const looksAt = (moment: number) => () => {
    clock.set(epochMs(moment))
    watch.look()
  }
  return { cause: looksAt(began + 50 * DAY_MS), over: looksAt(began) }
}

/** Goes the road with each alarm of a table: raised at both ends with what to do, and told to be over. */
async function follow(t: Test, traces: readonly Trace[]): Promise<void> {
  const { reached, book, clock, ...ends } = await road
  for (const { code, about, cause, over } of traces) {
    traced.add(code)
    const before = ends.steps
    await cause()
    const { step, text } = await reached('raised', code, before)
    t.match(step, { program: PROGRAM, subject: about }, code)
    const severities: readonly string[] = ALARMS[code].severities
    t.ok(severities.includes(step.severity), `${code} is ${severities}`)
    const line = `${step.severity.toUpperCase()}  ${PROGRAM}  ${code}  ${about}`.trimEnd()
    t.match(text, line, `${code} stands in the mail`)
    t.match(text, FAULT_CODES[code].remedy, 'with what to do')
    if (over === 'operator') await book.acknowledge(step.alarm, 'mori', clock.now())
    else await over()
    const ended = await reached('cleared', code, step.step)
    t.equal(ended.step.alarm, step.alarm, `${code} is over at the webhook`)
    t.match(ended.text, `over  ${PROGRAM}  ${code}`, 'and in the mail')
  }
}

/** A timer that the test fires. */
function handTimer() {
  let waiting: (() => void) | undefined
  const later: Later = run => {
    waiting = run
    return () => {
      waiting = undefined
    }
  }
  return { later, fire: () => waiting?.() }
}

const BEGIN = jst('2000-12-01T23:00:00')

t.test('M-15, C-08: what CRS sees of a node, from its request to the mail', async t => {
  const crs = await openCrs(t, { at: jst('2000-12-02T02:00:00') })
  const node = crs.sender()
  const files = new NodeFiles('scp1', BEGIN)
  const [first, second] = [files.next(), files.next()]
  const other = new NodeFiles('scp1', BEGIN)
  const changed = [other.next(), other.next(began => [chargeRecord(began)])][1] ?? first
  const next = (records: Parameters<NodeFiles['next']>[0] = () => []) => {
    const body = files.next(records)
    return node.file(files.number, body)
  }
  const wrongSum = { kind: 'mobilers', faceValue: yen(1_000), count: 1, sum: yen(1_000) } as const
  await follow(t, [
    {
      ...{ code: 'SEQUENCE_GAP', about: 'node scp1' },
      cause: () => node.file(2, second),
      over: () => node.file(1, first),
    },
    {
      ...{ code: 'CONTENT_CHANGED', about: 'node scp1' },
      cause: async () => {
        await node.file(2, second)
        await node.file(2, changed)
      },
      over: () => next(),
    },
    {
      ...{ code: 'FILE_MALFORMED', about: 'node scp1' },
      cause: () => node.file(4, Buffer.from('no file')),
      over: () => next(),
    },
    {
      ...{ code: 'DAY_CLOSE_DIFFERS', about: 'node scp1' },
      cause: () => node.dayClose(files.dayClose({ sums: [wrongSum] })),
      over: () => node.dayClose(files.dayClose()),
    },
    {
      ...{ code: 'CHARGE_REPEATED', about: 'node scp1', over: 'operator' },
      cause: () =>
        next(began => {
          const record = chargeRecord(began)
          return [record, record]
        }),
    },
    {
      ...{ code: 'RECORD_UNMAPPED', about: 'file ', over: 'operator' },
      cause: async () => {
        await next()
        await next()
        await next(began => [chargeRecord(began, { faceValue: yen(700) })])
      },
    },
    {
      ...{ code: 'SIGNATURE_WRONG', about: 'node scp1', over: 'operator' },
      cause: () => node.file(99, first, ''),
    },
    {
      ...{ code: 'NODE_OUT', about: 'node scp2' },
      cause: async () => {
        await askCrs(crs.home, '/v1/nodes/scp2/in', 'test')
        await askCrs(crs.home, '/v1/nodes/scp2/out', 'test')
      },
      over: () => askCrs(crs.home, '/v1/nodes/scp2/in', 'test'),
    },
  ])
})

t.test('M-15: what CRS sees of billing, and of a node that is silent', async t => {
  const crs = await openCrs(t)
  const port = Number(crs.running.listening.ftp?.split(':').at(-1))
  const billing = await BillingFtp.open(crs.home, port)
  t.teardown(() => billing.close())
  const clock = new SetClock(BEGIN)
  const here = openCrsStoreHere(freshHome(t), clock)
  const timer = handTimer()
  const lateMs = 30 * 60_000
  const silent = new LateDeliveries({ store: here.store, clock, log, lateMs, later: timer.later })
  const files = new NodeFiles('scp1', BEGIN)
  await follow(t, [
    {
      ...{ code: 'LOG_IN_REFUSED', about: '', over: 'operator' },
      cause: () => BillingFtp.open(crs.home, port, 'guessed').catch(() => {}),
    },
    {
      ...{ code: 'TRIGGER_REFUSED', about: '' },
      cause: () => billing.trigger(3, 0).catch(() => {}),
      over: () => billing.trigger(1, 0),
    },
    {
      ...{ code: 'DELIVERY_LATE', about: 'node scp1' },
      cause: async () => {
        timer.fire()
        await new Promise(resolve => setImmediate(resolve))
        clock.set(epochMs(BEGIN + 60 * 60_000))
        timer.fire()
      },
      over: async () => {
        while (files.until < clock.now()) {
          const body = files.next()
          await here.store.ask('takeFile', { node: 'scp1', body, number: files.number })
        }
        timer.fire()
      },
    },
  ])
  silent.close()
  here.close()
})

t.test('M-15: what scp watches over', async t => {
  const desk = await openDesk(t)
  const now = jst('2001-01-15T12:00:00')
  const machine = new SetClock(now)
  const network = new WrongClock(now)
  const seen: { -readonly [K in keyof Watched]: Watched[K] } & { free: number } = {
    ...{ locked: 0, cardsLocked: 0, brake: undefined, oldestWaiting: undefined, free: 1_000 },
  }
  const watch = new Watch({
    ...{ node: 'scp1', log, later: () => () => {} },
    limits: { locks: 20, cardLocks: 2, freeBytes: 500, backlogMinutes: 60 },
    read: async () => seen,
    freeBytes: async () => seen.free,
    stampedUntil: async () => now,
    clocks: { network, machine },
    monotonicMs: network.monotonicMs,
  })
  const looksAt = (changes: Partial<typeof seen>) => async () => {
    Object.assign(seen, changes)
    await watch.run()
    await watch.run()
  }
  await watch.run()
  const brake = { beganAt: now, until: epochMs(now + 600_000), wrong: 300, limit: 300 }
  const waits = { number: 7, since: epochMs(now - 61 * 60_000) }
  const storeTimer = handTimer()
  const storeWatch = new StoreWatch({ store: desk.store, log, later: storeTimer.later })
  const lock = new Sqlite(desk.file)
  const { pin } = await desk.card(1_000)
  await desk.key(await desk.call(phone(1), 'pricall'), pin)
  const [units] = await desk.store.ask('waitingUnits', { after: 0, max: 1 })
  const unitTimer = handTimer()
  let differs = true
  const mscp = {
    async add() {
      if (differs) throw new Fault('UNITS_DIFFER', 'others')
    },
    async left(): Promise<Units> {
      throw new Error('nobody asks')
    },
  }
  const delivery = new UnitDelivery({ store: desk.store, mscp, later: unitTimer.later, log })
  // biome-ignore format: table
  await follow(t, [
    { code: 'LOCK_STORM',      about: 'node scp1', cause: looksAt({ locked: 20 }),           over: looksAt({ locked: 19 }) },
    { code: 'CARD_PROBED',     about: 'node scp1', cause: looksAt({ cardsLocked: 2 }),       over: looksAt({ cardsLocked: 1 }) },
    { code: 'GUESS_RATE_HIGH', about: 'node scp1', cause: looksAt({ brake }),                over: looksAt({ brake: undefined }) },
    { code: 'DISK_SPACE_LOW',  about: 'node scp1', cause: looksAt({ free: 499 }),            over: looksAt({ free: 550 }) },
    { code: 'TRANSFER_LATE',   about: 'node scp1', cause: looksAt({ oldestWaiting: waits }), over: looksAt({ oldestWaiting: undefined }) },
    {
      code: 'CLOCK_WENT_BACK', about: 'clock machine',
      cause: () => { machine.set(epochMs(now - 5_000)); return watch.run() },
      over: () => { machine.set(now); return watch.run() },
    },
    {
      code: 'CLOCK_LEAPT', about: 'clock network', over: 'operator',
      cause: () => { network.pass(5_000, 9e9); return watch.run() },
    },
    {
      code: 'STORE_FAILED', about: '',
      cause: () => { lock.exec('BEGIN IMMEDIATE'); storeTimer.fire() },
      over: () => { lock.exec('ROLLBACK'); storeTimer.fire() },
    },
    {
      code: 'UNITS_DIFFER', about: `chargeId ${units?.chargeId}`,
      cause: () => delivery.wake(),
      over: () => { differs = false; delivery.wake() },
    },
  ])
  lock.close()
  storeWatch.close()
  await delivery.close()
  await watch.close()
  await desk.close()
})

t.test('M-15: what keeps a program from its own work', async t => {
  const folder = freshHome(t).folder
  const desk = await openDesk(t)
  const ledger = openStore(join(folder, 'a.db'), ['CREATE TABLE line (n INTEGER) STRICT;'])
  const file = join(folder, 'closed.txt')
  let answer = 'no JSON'
  const server = createServer((_request, response) => response.end(answer))
  const socket = join(folder, 'a.sock')
  const peer = new SocketClient(socket)
  const begun = jst('2000-01-01T00:00:00')
  const header = { node: 'scp1', number: 9, beganAt: begun, closedAt: begun, firstSequence: 1 }
  const accepted = { header, records: [], dayClosedAt: undefined }
  let hindered = true
  /** Work in the background that is hindered, and then is not. */
  const work = (code: AlarmCode, hindering: () => unknown, going: () => unknown = () => {}) => {
    const timer = handTimer()
    const rounds = new Rounds({
      work: async () => void (await (hindered ? hindering() : going())),
      ...{ what: 'work', retryMs: 5_000, later: timer.later, log },
    })
    t.teardown(() => rounds.close())
    const run = (stands: boolean) => () => {
      hindered = stands
      return rounds.run()
    }
    return { code, about: 'what work', cause: run(true), over: run(false) }
  }
  const ask = () => peer.ask({ method: 'GET', path: '/', deadlineMs: 10_000 })
  const write = () => writeOnceDurably([{ path: file, parts: ['as it was'] }])
  writeFileSync(file, 'not as it was')
  await follow(t, [
    work('CLOSED_FILE_CHANGED', write, () => {
      rmSync(file)
      write()
    }),
    work('FOLDER_NOT_WRITABLE', () => writeDurably(join(folder, 'nowhere', 'a'), 'a')),
    work('OVERLOADED', () => new GroupCommit(ledger, { queueMax: 0 }).run(() => 1)),
    work('BACKUP_TOO_OLD', () => desk.store.ask('replayAccepted', accepted)),
    work('PEER_UNREACHABLE', ask, async () => {
      await new Promise<void>(resolve => server.listen(socket, resolve))
    }),
    work('PEER_ANSWER_INVALID', ask, () => {
      answer = '{}'
      return ask()
    }),
  ])
  peer.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  ledger.close()
  await desk.close()
})

t.test('M-15: what billing and ivr find', async t => {
  const desk = openBillingDesk(t, '2000-12-01T10:00')
  await desk.contract(1)
  const held = charge(999, '2000-12-01T00:10', 1_000)
  desk.files.hour('2000-12-01T00:00', [held])
  const crs = new FakeCrs(desk.files)
  const run = await runExchange(desk, crs)
  t.teardown(() => run.close())
  const home = freshHome(t)
  const timer = handTimer()
  const clock = new SetClock(BEGIN)
  const sound = '{"version":1,"standing":[]}'
  writeFileSync(guidanceFile(home), sound)
  const guidance = await Guidance.open({
    home,
    clipFolder: CLIPS_FOLDER,
    clock,
    later: timer.later,
    log,
  })
  t.teardown(() => guidance.close())
  const looks = (content: string) => () => {
    writeFileSync(guidanceFile(home), content)
    timer.fire()
  }
  const hour = (text: string) => () => desk.clock.set(jst(text))
  await follow(t, [
    { code: 'CHARGE_HELD', about: 'name ', cause: () => {}, over: 'operator' },
    {
      ...{ code: 'DAY_NOT_CONFIRMED', about: 'day 2000-12-01', over: 'operator' },
      cause: () => {
        desk.files.close('2000-12-01', [])
        hour('2000-12-01T11:00:01')()
      },
    },
    {
      ...{ code: 'EXCHANGE_STOPPED', about: '' },
      cause: async () => {
        crs.silent = true
        hour('2000-12-01T12:00:02')()
        await until('the trigger', () => run.state() === 'awaiting_file')
        hour('2000-12-01T12:10:03')()
      },
      over: () => {
        crs.silent = false
        return run.runner.rearm()
      },
    },
    { code: 'GUIDANCE_DAMAGED', about: 'what guidance', cause: looks('{'), over: looks(sound) },
    { code: 'MONTH_NOT_CLOSED', about: '', ...(await heldMonth(t)) },
    {
      ...{ code: 'CERTIFICATE_INVALID', about: 'what TLS of scp-signalling' },
      ...(await endingCertificate(t)),
    },
  ])
})

t.test('M-15: a certificate that ends within 14 days', async t => {
  const authority = await makeAuthority('the authority')
  const issued = await authority.issue({ ip: ['127.0.0.1'], days: 60 })
  const texts = { ...issued, authorities: authority.certificate }
  const credentials = new TlsCredentials(texts, 'verified')
  const daysLeft = (days: number) => epochMs(credentials.validUntil - days * 86_400_000)
  let now = daysLeft(15)
  const watch = new CertificateWatch({
    ...{ whose: 'scp', credentials, log, later: () => () => {} },
    read: () => ({ outcome: 'read', texts }),
    clock: { now: () => now },
  })
  const looks = (days: number) => () => {
    now = daysLeft(days)
    watch.look()
  }
  await follow(t, [
    {
      ...{ code: 'CERTIFICATE_INVALID', about: 'what TLS of scp-signalling' },
      cause: looks(13),
      over: looks(15),
    },
  ])
  watch.close()
})

t.test('M-15: every kind of alarm there is was followed', async t => {
  t.strictSame([...traced].sort(), Object.keys(ALARMS).filter(isAlarmCode).sort())
})
