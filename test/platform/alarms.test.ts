import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  type AlarmTold,
  alarmsTold,
  clearAlarm,
  raiseAlarm,
  settleAlarms,
} from '../../platform/alarm.js'
import { AlarmJournal } from '../../platform/alarm-journal.js'
import { SetClock } from '../../platform/clock.js'
import { askAlarms, NO_CALLS, serveStatus, statusSocket } from '../../platform/status.js'
import { freshHome } from '../support/fresh-home.js'
import { jst } from '../support/scp-desk.js'

const log = pino({ level: 'silent' })

/** A journal that hears what is told in this process, and whose pauses end when the test says so. */
function openJournal(t: Test, path: string) {
  const clock = new SetClock(jst('2001-01-15T10:00:00'))
  let pause: (() => void) | undefined
  const later = (run: () => void) => {
    pause = run
    return () => {
      pause = undefined
    }
  }
  const lines: string[] = []
  const journalLog = pino({}, { write: line => void lines.push(line) })
  const journal = new AlarmJournal({ path, clock, log: journalLog, later })
  const take = (told: unknown) => journal.take(told as AlarmTold)
  alarmsTold.subscribe(take)
  t.teardown(() => void alarmsTold.unsubscribe(take))
  return {
    journal,
    clock,
    lines,
    endPause: () => pause?.(),
    /** What a journal tells from its beginning, in short. */
    told: () =>
      journal
        .after(0, '')
        .events.map(({ type, code, subject, count }) => `${type} ${code} ${subject} ×${count}`),
    /** The program is gone without a word. */
    kill: () => void alarmsTold.unsubscribe(take),
  }
}

t.test('M-15: an alarm is raised, counted while it stands, and cleared once', async t => {
  const one = openJournal(t, join(t.testdir(), 'scp.jsonl'))
  clearAlarm(log, 'PEER_UNREACHABLE', { peer: 'crs' })
  raiseAlarm(log, 'PEER_UNREACHABLE', 'major', { peer: 'crs', file: 7 })
  raiseAlarm(log, 'PEER_UNREACHABLE', 'major', { peer: 'MSCP' })
  await one.journal.written()
  for (let n = 0; n < 1_000; n++) raiseAlarm(log, 'PEER_UNREACHABLE', 'major', { peer: 'crs', n })
  await one.journal.written()
  settleAlarms(['PEER_UNREACHABLE', 'STORE_FAILED'], { peer: 'crs' })
  clearAlarm(log, 'PEER_UNREACHABLE', { peer: 'crs' })
  await one.journal.written()
  t.strictSame(one.told(), [
    'raised PEER_UNREACHABLE peer crs ×1',
    'raised PEER_UNREACHABLE peer MSCP ×1',
    'raised PEER_UNREACHABLE peer crs ×1000',
    'cleared PEER_UNREACHABLE peer crs ×1',
  ])
  const [, , storm] = one.journal.after(0, '').events
  t.match(storm, { at: one.clock.now(), severity: 'major', facts: { peer: 'crs', n: 999 } })
  await one.journal.close()
})

t.test(
  'what was told is told again after a kill, and its place is given to nothing else',
  async t => {
    const path = join(t.testdir(), 'scp.jsonl')
    const first = openJournal(t, path)
    raiseAlarm(log, 'UNITS_DIFFER', 'critical', { chargeId: 'a' })
    raiseAlarm(log, 'DELIVERY_LATE', 'major', { node: 'scp1' })
    await first.journal.written()
    const told = first.journal.after(0, '')
    first.kill()
    // The kill came while a third was being written.
    appendFileSync(path, '{"sequence":3,"type":"raised","code":"LOCK_')
    const second = openJournal(t, path)
    t.strictSame(second.journal.after(0, ''), told)
    settleAlarms(['DELIVERY_LATE'], { node: 'scp1' })
    await second.journal.written()
    const { journal, events } = second.journal.after(
      told.events.at(-1)?.sequence ?? 0,
      told.journal,
    )
    t.equal(journal, told.journal)
    t.match(events, [{ type: 'cleared', code: 'DELIVERY_LATE' }], 'the new run knew that it stood')
    t.ok((events[0]?.sequence ?? 0) > 3)
    t.equal(second.journal.after(9_999_999, 'of another journal').events.length, 3)
    await second.journal.close()
  },
)

t.test('a journal that is lost or damaged keeps no program from starting', async t => {
  const path = join(t.testdir(), 'scp.jsonl')
  const first = openJournal(t, path)
  raiseAlarm(log, 'DELIVERY_LATE', 'major', { node: 'scp1' })
  await first.journal.close()
  const { journal } = first.journal.after(0, '')
  for (const damage of [
    () => truncateSync(path, 0),
    () => rmSync(path),
    () => writeFileSync(path, 'x\n'),
  ]) {
    damage()
    const again = openJournal(t, path)
    t.strictSame(again.told(), [])
    t.not(again.journal.after(0, '').journal, journal, 'who fetched from the old begins anew')
    await again.journal.close()
  }
})

t.test('on a disk that cannot be written alarms are told, and written once it can', async t => {
  const folder = t.testdir()
  const path = join(folder, 'scp.jsonl')
  const one = openJournal(t, path)
  t.testdir({ 'scp.jsonl': {} })
  raiseAlarm(log, 'STORE_FAILED', 'major', { what: 'file' })
  await one.journal.written()
  t.strictSame(one.told(), ['raised STORE_FAILED what file ×1'])
  t.match(one.lines, [/alarms not written/])
  rmSync(path, { recursive: true })
  one.endPause()
  await one.journal.written()
  t.match(readFileSync(path, 'utf8'), /"code":"STORE_FAILED"/)
  t.equal(one.lines.length, 1, 'told once')
  await one.journal.close()
})

t.test('noc asks a program for its alarms at its status socket', async t => {
  const home = freshHome(t)
  const one = openJournal(t, join(home.alarms, 'crs.jsonl'))
  const tell = (after: number, journal: string) => one.journal.after(after, journal)
  const close = await serveStatus(statusSocket(home, 'crs'), () => NO_CALLS, { alarms: tell })
  for (let n = 0; n < 501; n++) raiseAlarm(log, 'UNITS_DIFFER', 'critical', { chargeId: `c${n}` })
  await one.journal.written()
  const all = await askAlarms(home, 'crs', { journal: '', after: 0 })
  t.match(all, { more: true, events: { length: 500 } })
  const rest = { journal: all?.journal ?? '', after: all?.events.at(-1)?.sequence ?? 0 }
  t.match(await askAlarms(home, 'crs', rest), {
    more: false,
    events: [{ subject: 'chargeId c500' }],
  })
  t.equal(await askAlarms(home, 'scp', rest), undefined, 'one that does not run')
  await close()
  await one.journal.close()
})
