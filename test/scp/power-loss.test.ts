import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { SetClock } from '../../platform/clock.js'
import { serialKey } from '../../scp/store/keys.js'
import type { Turn } from '../support/charging-child.js'
import { toldBy } from '../support/disk/charging-told.js'
import { type DiskRecorder, diskRecorder } from '../support/disk/recorder.js'
import { filesByInode, readRecording } from '../support/disk/recording.js'
import { cutAgainAndAgain, type RecordedActs } from '../support/disk/repeated-cuts.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { memoryFolder } from '../support/memory-folder.js'
import { jst, openDesk } from '../support/scp-desk.js'

const CHILD = fileURLToPath(new URL('../support/charging-child.js', import.meta.url))
const NORMAL = new URL('../support/disk/normal-synchronous.js', import.meta.url)

/** Power cuts of each kind. The night tier sets 1,000, and a recording as much longer. */
const CUTS = Number(process.env.MCSCP_TEST_CUTS ?? 60)

/** Entries that scp answers while its disk is recorded. */
const ANSWERS = 200 + 2 * CUTS

const slow = { timeout: CUTS * 2_000 + 120_000 }
t.setTimeout(2 * slow.timeout)

/** A recording, and the cards in it. */
interface Recorded extends RecordedActs {
  readonly serials: readonly number[]
}

/** Lets scp's store and its closer charge as fast as they can, and keeps all that reaches the disk. */
async function recordCharging(
  t: Test,
  recorder: DiskRecorder,
  node: readonly string[],
): Promise<Recorded> {
  const folder = memoryFolder(t)
  const scp = join(folder, 'scp')
  mkdirSync(join(scp, 'files'), { recursive: true })
  const startAt = jst('2001-01-30T00:00:00')
  const desk = await openDesk(t, { folder: scp, clock: new SetClock(startAt) })
  const cards = await desk.cards(2 * ANSWERS, 3_000)
  await desk.close()
  const start = filesByInode(scp)
  const log = join(folder, 'recording')
  const pins = cards.map(({ pin }) => pin).join(',')
  const child = spawn(process.execPath, [...node, CHILD, scp, pins], {
    env: recorder.recording(scp, log),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  child.stdin.write(JSON.stringify({ from: 0, startAt } satisfies Turn))
  let answers = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('A') && ++answers === ANSWERS) break
  }
  child.kill('SIGKILL')
  await ended
  const serials = cards.map(({ serial }) => serialKey(serial))
  return { start, acts: readRecording(log), serials }
}

/** The cuts, and what scp's books say after each. */
const cutScp = (t: Test, { serials, ...recorded }: Recorded) =>
  cutAgainAndAgain(t, recorded, CUTS, (folder, lines) =>
    auditScp(folder, join(folder, 'files'), toldBy(lines, serials)),
  )

const recorder = diskRecorder(t, 2 * CUTS, 'power cuts of scp')

if (recorder) {
  t.test(
    'XF3: after a power cut no charge that was told is lost, and the books agree',
    slow,
    async t => {
      const { lost, wrong } = cutScp(t, await recordCharging(t, recorder, []))
      t.strictSame(wrong, [], 'integrity_check is ok, books and files agree')
      t.equal(lost, 0, 'no told charge is lost')
    },
  )

  t.test('XF3, the control: at synchronous=NORMAL the same cuts lose charges', slow, async t => {
    const { lost, wrong } = cutScp(t, await recordCharging(t, recorder, ['--import', NORMAL.href]))
    t.ok(lost > 0, `${lost} lost: a test that could not fail would show nothing`)
    t.strictSame(
      wrong.filter(one => one.includes('integrity')),
      [],
      'it loses, but does not break',
    )
  })
}
