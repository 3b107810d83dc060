import t, { type Test } from 'tap'
import { SetClock } from '../../platform/clock.js'
import { serialKey } from '../../scp/store/keys.js'
import { memoryFolder } from '../support/memory-folder.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { runSeed, STEPS, shrink } from '../support/simulator/run.js'
import type { Template } from '../support/simulator/world.js'

/** Seeds of a run. On demand: `MCSCP_TEST_SEEDS=10000 node dist/test/scp/simulator.test.js`. */
const SEEDS = Number(process.env.MCSCP_TEST_SEEDS ?? 200)

/** Seeds under way at once: each waits for its store's linger most of the time. */
const AT_ONCE = 16

/** What a failing run prints, to be run again alone: `MCSCP_SIM='seed=12 steps=0,3,7'`. */
const AGAIN = /^seed=(\d+)(?: step=\d+)?(?: steps=([\d,]+))?$/.exec(process.env.MCSCP_SIM ?? '')

t.setTimeout(SEEDS * 5_000 + 60_000)

const everyStep = Array.from({ length: STEPS }, (_, step) => step)

/** Cards of every kind, in the evening of a month's last day. */
async function makeTemplate(t: Test): Promise<Template> {
  const folder = memoryFolder(t)
  const startAt = jst('2001-01-31T20:07:00')
  const desk = await openDesk(t, { folder, clock: new SetClock(startAt) })
  const tonight = jst('2001-01-31T23:30:00')
  const cards: Template['cards'][number][] = []
  // biome-ignore format: table
  for (const [count, faceValue, activated, expiresAt] of [
    [10,  3_000, true,  undefined],
    [ 8, 10_000, true,  undefined],
    [ 6, 20_000, true,  undefined],
    [ 2,  3_000, false, undefined],
    [ 4,  3_000, true,  tonight],
  ] as const) {
    const order = expiresAt === undefined ? { activated } : { activated, expiresAt }
    for (const { pin, serial } of await desk.cards(count, faceValue, order)) {
      cards.push([pin, { serial: serialKey(serial), faceValue, active: activated, expiresAt }])
    }
  }
  await desk.close()
  return { folder, startAt, cards }
}

/** Runs one seed; answers the line that runs it again when it fails, shrunk. */
async function failureOf(t: Test, template: Template, seed: number, steps: readonly number[]) {
  const { violation, virtualMs } = await runSeed(t, template, seed, steps)
  if (!violation) return { virtualMs, failure: undefined }
  const upTo = steps.filter(step => step <= violation.step)
  const fewest = await shrink(upTo, async fewer => {
    const again = await runSeed(t, template, seed, fewer)
    return again.violation !== undefined
  })
  const line = `SIM seed=${seed} step=${violation.step} steps=${fewest.join(',')}`
  return { virtualMs, failure: `${line}: ${violation.what}` }
}

t.test('scp does what its rules say, at every step of every seed', async t => {
  const template = await makeTemplate(t)
  const seeds = AGAIN ? [Number(AGAIN[1])] : Array.from({ length: SEEDS }, (_, n) => 20_001_201 + n)
  const steps = AGAIN?.[2]?.split(',').map(Number) ?? everyStep
  const began = performance.now()
  const failures: string[] = []
  let [virtualMs, ended] = [0, 0]
  const waiting = [...seeds]
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const ran = await failureOf(t, template, seed, steps)
      virtualMs += ran.virtualMs
      if (ran.failure) failures.push(ran.failure)
      ended++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const failure of failures) t.comment(failure)
  t.strictSame(failures, [], `${ended} seeds of ${steps.length} steps`)
  const realMs = performance.now() - began
  t.comment(
    `${(virtualMs / realMs).toFixed()} times real time, ${(realMs / ended).toFixed()} ms a seed`,
  )
})
