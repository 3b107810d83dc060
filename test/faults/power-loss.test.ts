import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { homeAt, makeHome } from '../../platform/home.js'
import { auditBilling, auditCrs } from '../support/disk/money-audit.js'
import { type DiskRecorder, diskRecorder } from '../support/disk/recorder.js'
import { filesByInode, readRecording } from '../support/disk/recording.js'
import { cutAgainAndAgain, type RecordedActs } from '../support/disk/repeated-cuts.js'
import { memoryFolder } from '../support/memory-folder.js'

const CHILD = fileURLToPath(new URL('../support/keeping-child.js', import.meta.url))
const NORMAL = new URL('../support/disk/normal-synchronous.js', import.meta.url)

/** Power cuts of each kind, of each program. The night tier sets 1,000, and a recording as much longer. */
const CUTS = Number(process.env.MCSCP_TEST_CUTS ?? 30)

/** Files that are told while the disk is recorded: past the first hours, and some days at night. */
const TOLD = 60 + CUTS

const slow = { timeout: CUTS * 2_000 + 120_000 }
t.setTimeout(5 * slow.timeout)

const PROGRAMS = [
  ['crs', auditCrs, 'acknowledged'],
  ['billing', auditBilling, 'reflected'],
] as const

/** Lets a program keep files as fast as it can, and keeps all that reaches the disk. */
async function record(
  t: Test,
  recorder: DiskRecorder,
  program: string,
  node: readonly string[],
): Promise<RecordedActs> {
  const folder = memoryFolder(t)
  const home = homeAt(join(folder, 'home'))
  makeHome(home)
  const start = filesByInode(home.folder)
  const log = join(folder, 'recording')
  const child = spawn(process.execPath, [...node, CHILD, program, home.folder], {
    env: recorder.recording(home.folder, log),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let told = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('A') && ++told === TOLD) break
  }
  child.kill('SIGKILL')
  await ended
  return { start, acts: readRecording(log) }
}

const recorder = diskRecorder(t, 4 * CUTS, 'power cuts of CRS and billing')

if (recorder) {
  for (const [program, audit, told] of PROGRAMS) {
    const cut = async (t: Test, node: readonly string[]) =>
      cutAgainAndAgain(t, await record(t, recorder, program, node), CUTS, (folder, lines) =>
        audit(homeAt(folder), lines),
      )

    t.test(`XF3: after a power cut ${program} has every file that it ${told}`, slow, async t => {
      const { lost, wrong } = await cut(t, [])
      t.strictSame(wrong, [], 'integrity_check is ok, books and files agree')
      t.equal(lost, 0, `no file that was ${told} is lost`)
    })

    t.test(`XF3, the control: at synchronous=NORMAL ${program} loses some`, slow, async t => {
      const { lost } = await cut(t, ['--import', NORMAL.href])
      t.ok(lost > 0, `${lost} lost: a test that could not fail would show nothing`)
    })
  }
}
