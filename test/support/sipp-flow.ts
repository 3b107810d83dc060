import type { Test } from 'tap'
import { nodeScheduler, type Scheduler } from '../../engines/signalling/scheduler.js'
import type { Rig, RigOptions } from './signalling-rig.js'
import { runSippScenario } from './sipp.js'
import { openReach, type Spoken } from './sipp-reach.js'
import { type Step, scenarioOf } from './sipp-steps.js'

/**
 * Calls that go another way than INVITE, 200, ACK, BYE: SIPp on one side, which repeats, loses and
 * crosses messages as it is told, and an unmodified drachtio-srf on the other.
 */

/** Nothing is sent twice by a stack that only had to wait for a busy machine. */
export const PATIENT = { timers: { t1Ms: 2_000, t2Ms: 4_000, t4Ms: 5_000 } }

/**
 * Time in which delays from 10 s up to a longest one pass twenty times faster. What is longer stays far
 * away, and gaps between copies are as they are.
 */
export const hurried = (longestMs: number): Scheduler => ({
  after: (delayMs, expired) =>
    nodeScheduler.after(delayMs > 10_000 && delayMs <= longestMs ? delayMs / 20 : delayMs, expired),
})

/** SIPp on one side, the engine on the other. */
export interface Scene {
  readonly rig: Rig
  /** Runs the steps as one call; all of it must go as they say. */
  plays(...steps: readonly Step[]): Promise<void>
  /** Like `plays`, but SIPp shows every copy as a message of its own, and sends none by itself. */
  playsLiterally(...steps: readonly Step[]): Promise<void>
}

/** A test of one call, by each of these protocols; nothing of it may be left behind. */
export function flow(
  t: Test,
  name: string,
  protocols: readonly Spoken[],
  play: (t: Test, scene: Scene) => Promise<void>,
  options: RigOptions = PATIENT,
) {
  for (const protocol of protocols) {
    t.test(`${name} (${protocol})`, { buffered: true }, async t => {
      const { rig, way, says, failures } = await openReach(t, protocol, options)
      const run = async (steps: readonly Step[], more: readonly string[]) => {
        const { exitCode, output } = await runSippScenario(says(scenarioOf(...steps)), [
          ...['-m', '1', '-i', '127.0.0.1', ...more],
          ...['-timeout', '60s', '-timeout_error', ...way],
        ])
        const why = exitCode === 0 ? '' : [...failures, output.slice(-3_000)].join('\n')
        t.equal(exitCode, 0, `the call went as it must\n${why}`)
      }
      await play(t, {
        rig,
        plays: (...steps) => run(steps, []),
        playsLiterally: (...steps) => run(steps, ['-nr']),
      })
      t.equal(rig.engine.status().calls, 0, 'and nothing of it is left')
    })
  }
}
