import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { serialKey } from '../../scp/store/keys.js'
import type { Turn } from '../support/charging-child.js'
import { toldBy } from '../support/disk/charging-told.js'
import { type DiskPoint, diskRecorder } from '../support/disk/recorder.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { memoryFolder } from '../support/memory-folder.js'
import { jst, openDesk } from '../support/scp-desk.js'

const CHARGING = fileURLToPath(new URL('../support/charging-child.js', import.meta.url))

/** Kills at each point, at another time each. The night tier sets 20. */
const TIMES = Number(process.env.MCSCP_TEST_KILLS_A_POINT ?? 1)

/** A point of scp's work, and of which such act of a run at most. */
type Point = Omit<DiskPoint, 'count'> & { readonly upTo: number; readonly because: string }

// biome-ignore format: table
const POINTS: readonly Point[] = [
  { act: 'write',  file: '.db-wal', when: 'before', upTo: 200, because: 'before a commit, or within it' },
  { act: 'write',  file: '.db-wal', when: 'after',  upTo: 200, because: 'part of a commit is written' },
  { act: 'sync',   file: '.db-wal', when: 'before', upTo: 40,  because: 'a commit is written, not flushed' },
  { act: 'sync',   file: '.db-wal', when: 'after',  upTo: 40,  because: 'committed, nobody told' },
  { act: 'tell',   file: 'told',    when: 'before', upTo: 40,  because: 'answered, before the guidance' },
  { act: 'tell',   file: 'told',    when: 'after',  upTo: 40,  because: 'told' },
  { act: 'write',  file: 'scp.db',  when: 'before', upTo: 40,  because: 'before a checkpoint, or within it' },
  { act: 'sync',   file: 'scp.db',  when: 'before', upTo: 4,   because: 'a checkpoint is written, not flushed' },
  { act: 'sync',   file: 'scp.db',  when: 'after',  upTo: 4,   because: 'a checkpoint is flushed' },
  { act: 'create', file: '.part',   when: 'before', upTo: 6,   because: 'a quarter-hour is closed, its file not begun' },
  { act: 'create', file: '.part',   when: 'after',  upTo: 6,   because: 'its file is empty' },
  { act: 'write',  file: '.part',   when: 'after',  upTo: 6,   because: 'its file is written' },
  { act: 'sync',   file: '.part',   when: 'after',  upTo: 6,   because: 'its file is flushed' },
  { act: 'rename', file: '.part',   when: 'before', upTo: 6,   because: 'its file has no name yet' },
  { act: 'rename', file: '.part',   when: 'after',  upTo: 6,   because: 'its file has its name' },
  { act: 'sync',   file: 'files',   when: 'before', upTo: 6,   because: 'its name is not flushed' },
  { act: 'sync',   file: 'files',   when: 'after',  upTo: 6,   because: 'its name is flushed, the store not told' },
]

const slow = { timeout: TIMES * POINTS.length * 10_000 + 60_000 }
t.setTimeout(2 * slow.timeout)

const chance = seededChance(20_001_202)
const countOf = (upTo: number) => 1 + Math.floor(chance() * upTo)

const recorder = diskRecorder(t, TIMES * POINTS.length, 'kills of scp')

if (recorder) {
  t.test('XF2: killed at each point of its work, scp keeps what it told', slow, async t => {
    const folder = memoryFolder(t)
    const files = join(folder, 'files')
    mkdirSync(files)
    const startAt = jst('2001-01-30T00:00:00')
    const desk = await openDesk(t, { folder, clock: new SetClock(startAt) })
    const cards = await desk.cards(150 * TIMES * POINTS.length, 1_000)
    await desk.close()
    const serials = cards.map(({ serial }) => serialKey(serial))
    const lines: string[] = []
    let from = 0
    for (let time = 0; time < TIMES * POINTS.length; time++) {
      const point = POINTS[time % POINTS.length]
      if (!point) throw new Error('a point is missing')
      const count = countOf(point.upTo)
      const pins = cards.slice(from, from + 400).map(({ pin }) => pin)
      const child = spawn(process.execPath, [CHARGING, folder, pins.join(',')], {
        env: recorder.killing(folder, { ...point, count }),
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const ended = once(child, 'close')
      // Each child begins in an hour of its own, and counts its cards from 0.
      const at = epochMs(startAt + time * 3_600_000)
      child.stdin.write(JSON.stringify({ from: 0, startAt: at } satisfies Turn))
      let tried = 0
      for await (const line of createInterface({ input: child.stdout })) {
        const [kind, n, ...rest] = line.split(' ')
        if (kind === 'T') tried++
        if (kind === 'A') lines.push([kind, Number(n) + from, ...rest].join(' '))
        if (kind === 'W') lines.push(line)
        // It came past the point, which then fails the check below.
        if (tried > 350) child.kill('SIGTERM')
      }
      from += tried + 4
      const [code, signal] = await ended
      const where = `${point.act} ${point.file} ${count}, ${point.when}`
      t.strictSame([code, signal], [null, 'SIGKILL'], `${point.because}: killed (${where})`)
      const found = auditScp(folder, files, toldBy(lines, serials))
      t.strictSame(found, { lost: [], wrong: [] }, `${lines.length} answers are kept`)
    }
  })
}
