import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { SetClock } from '../../platform/clock.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { serialKey } from '../../scp/store/keys.js'
import type { Turn } from '../support/charging-child.js'
import { toldBy } from '../support/disk/charging-told.js'
import { restoreAfterCut } from '../support/disk/power-cut.js'
import { type DiskRecorder, diskRecorder } from '../support/disk/recorder.js'
import {
  type Act,
  type FilesByInode,
  filesByInode,
  readRecording,
} from '../support/disk/recording.js'
import { auditScp } from '../support/disk/scp-audit.js'
import { memoryFolder } from '../support/memory-folder.js'
import { jst, openDesk } from '../support/scp-desk.js'

const CHILD = fileURLToPath(new URL('../support/charging-child.js', import.meta.url))

/** Files, and the flush from which on theirs fail; the night tier tries 250. */
const FAILING = (process.env.MCSCP_TEST_FAILING_FLUSHES ?? 'scp.db-wal:25 scp.db:1').split(' ')

/** Power cuts in what a program does after it started again. */
const CUTS = 5

/** Answers after which a child has shown that it goes on. The night tier sets more, for later flushes. */
const ANSWERS = Number(process.env.MCSCP_TEST_FAILING_ANSWERS ?? 60)
const CARDS_A_CHILD = 2 * ANSWERS
/** Answers of one that was started again. */
const ANSWERS_AGAIN = 60

const HOUR_MS = 3_600_000
const START = jst('2001-01-30T00:00:00')

const slow = { timeout: FAILING.length * 60_000 + 60_000 }
t.setTimeout(slow.timeout)

/** Where a recording begins, what was done to the disk from there on, and the cards in it. */
interface Recorded {
  readonly start: FilesByInode
  readonly acts: readonly Act[]
  readonly serials: readonly number[]
}

/** Lets a child charge, from a card on, until it ends by itself or has told enough. */
async function live(
  folder: string,
  pins: readonly string[],
  turn: Turn,
  env: NodeJS.ProcessEnv,
  enough = ANSWERS,
) {
  const child = spawn(process.execPath, [CHILD, folder, pins.join(',')], {
    env,
    // What it says of the failed flush as it dies is expected.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close')
  child.stdin.on('error', () => {})
  child.stdin.write(JSON.stringify(turn))
  let answers = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('A') && ++answers === enough) child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  return { code, signal, answers }
}

async function failAndRestart(t: Test, recorder: DiskRecorder, flush: string): Promise<void> {
  const folder = memoryFolder(t)
  const scp = join(folder, 'scp')
  mkdirSync(join(scp, 'files'), { recursive: true })
  const desk = await openDesk(t, { folder: scp, clock: new SetClock(START) })
  const cards = await desk.cards(2 * CARDS_A_CHILD, 1_000)
  await desk.close()
  const pins = cards.map(({ pin }) => pin)
  const start = filesByInode(scp)
  const log = join(folder, 'recording')

  const first = { from: 0, startAt: START }
  const { code, signal } = await live(scp, pins, first, recorder.failing(scp, log, flush))
  const until = readRecording(log)
  t.ok(
    until.some(({ act }) => act === 'flush_failed'),
    `the flush ${flush} failed`,
  )
  if (flush.startsWith('scp.db')) {
    t.strictSame([code === 0, signal], [false, null], 'the program ended by itself')
  }
  // As in the program, so that no checkpoint mends what the start did not.
  const second = { from: CARDS_A_CHILD, startAt: START + 200 * HOUR_MS, checkpointMs: 1_000 }
  const { answers } = await live(scp, pins, second, recorder.recording(scp, log), ANSWERS_AGAIN)
  t.ok(answers > 0, `started again, it charges: ${answers} answers`)

  const serials = cards.map(({ serial }) => serialKey(serial))
  const recorded = { start, acts: readRecording(log), serials }
  const { lost, wrong } = cutThePower(folder, recorded, until.length)
  t.strictSame(lost, [], 'every told charge is on disk')
  t.strictSame(wrong, [], 'and the books agree')
}

/** Cuts the power when the program was ended by the flush, and after it was started again. */
function cutThePower(folder: string, { start, acts, serials }: Recorded, from: number) {
  const lost: string[] = []
  const wrong: string[] = []
  const tells = acts.flatMap(({ act }, at) => (act === 'tell' && at >= from ? [at + 1] : []))
  const chance = seededChance(from)
  const some = Array.from({ length: CUTS }, () => tells[Math.floor(chance() ** 3 * tells.length)])
  for (const [place, count = acts.length] of [from, ...some, acts.length].entries()) {
    const target = join(folder, 'after-cut')
    restoreAfterCut(start, acts, count, place % 2 === 0 ? () => 0 : chance, target)
    const lines = acts.slice(0, count).flatMap(act => (act.act === 'tell' ? [act.line] : []))
    const audit = auditScp(target, join(target, 'files'), toldBy(lines, serials))
    lost.push(...audit.lost.map(serial => `${serial} after act ${count} of ${acts.length}`))
    wrong.push(...audit.wrong.map(what => `${what} after act ${count} of ${acts.length}`))
    rmSync(target, { recursive: true })
  }
  return { lost, wrong }
}

const recorder = diskRecorder(t, FAILING.length, 'failing flushes of scp')

if (recorder) {
  t.test(
    'XF5: after a failed flush scp ends, starts again, and keeps what it told',
    slow,
    async t => {
      for (const flush of FAILING) await failAndRestart(t, recorder, flush)
    },
  )
}
