import { join } from 'node:path'
import t from 'tap'
import { fixtureFolder, skipForWant } from '../../../support/fixtures.js'
import type { RawPhone } from '../../../support/raw-phone.js'
import { openRig, RIG_SECRET } from '../../../support/signalling-rig.js'
import { connectionsOf, readRecording } from '../../../support/wire-recording.js'
import {
  type Comparison,
  type RecordedFrame,
  recordedFrames,
  WireReplay,
} from '../../../support/wire-replay.js'

const folder = fixtureFolder('WIRE_CAPTURE_DIR')
const RECORDINGS = [
  ['drachtio-exercise.cap', 113],
  ['drachtio-exercise2.cap', 28],
] as const

/** Give-ups after 64 × 20 ms: the recorded 32 s in little. */
const TIMERS = { t1Ms: 20, t2Ms: 160, t4Ms: 200 }

/** Recorded ports of phones; the server had 5070. */
const PHONES = ['5260', '5261', '5263']

/** What the play leaves out, for a reason. */
const leftOut = ({ payload }: RecordedFrame): boolean =>
  // The welcome carries our version and the ports of this run.
  /\|response\|[^|]+\|OK\|tcp\//.test(payload)

for (const [name, frames] of RECORDINGS) {
  t.test(`${name}: the engine answers as the real server did`, async t => {
    if (!folder) return skipForWant(t, 'WIRE_CAPTURE_DIR', 1, 'recordings')
    const segments = readRecording(join(folder, name))
    let compared = 0
    for (const connection of connectionsOf(segments)) {
      const rig = await openRig(t, { timers: TIMERS })
      const phones = new Map<string, RawPhone>()
      for (const port of PHONES) phones.set(port, await rig.phone())
      const ports = new Map([...phones].map(([recorded, { port }]) => [recorded, port] as const))
      const tcp = rig.engine.listening.sip.find(({ protocol }) => protocol === 'tcp')
      ports.set('5070;transport=tcp', tcp?.port ?? 0).set('5070', rig.sipPort)
      const replay = new WireReplay(await rig.wire(), phones, ports, RIG_SECRET)

      const comparisons: Comparison[] = []
      for (const frame of recordedFrames(segments, connection)) {
        if (leftOut(frame)) continue
        const comparison = await replay.play(frame)
        if (comparison) comparisons.push(comparison)
      }
      comparisons.push(...(await replay.events()))
      for (const { ours, recorded } of comparisons) {
        t.strictSame(ours, recorded, `${connection}: ${recorded[0]}`)
      }
      compared += comparisons.length
    }
    t.equal(compared, frames, 'every frame that the real server sent, but what is left out')
  })
}
