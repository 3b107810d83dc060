import t from 'tap'
import { sdp } from '../support/raw-phone.js'
import { openRig } from '../support/signalling-rig.js'
import { runSippCaller } from '../support/sipp.js'

const CALLS = 20

// biome-ignore format: table
for (const [protocol, transport, because] of [
  ['udp', 'u1', 'datagrams, a 200 repeated until its ACK'],
  ['tcp', 't1', 'all calls over one connection'],
] as const) {
  t.test(`twenty calls of SIPp over ${protocol} are answered and released: ${because}`, async t => {
    const rig = await openRig(t)
    const reasons: string[] = []
    const srf = await rig.application({
      invite: async (req, res) => {
        const dialog = await srf.createUAS(req, res, { localSdp: sdp(7000) })
        dialog.on('destroy', (_, reason) => reasons.push(reason))
      },
    })
    const port = rig.engine.listening.sip.find(point => point.protocol === protocol)?.port
    const run = await runSippCaller([
      ...['-t', transport, '-m', `${CALLS}`, '-r', '20', '-l', '10', '-d', '100'],
      ...['-i', '127.0.0.1', '-timeout', '30s', '-timeout_error'],
      `127.0.0.1:${port}`,
    ])
    if (run.exitCode !== 0) t.comment(run.output)
    t.equal(run.exitCode, 0)
    t.equal(run.successful, CALLS)
    t.equal(run.failed, 0)
    t.strictSame(reasons, Array(CALLS).fill('normal release'), 'and the application saw each end')
  })
}
