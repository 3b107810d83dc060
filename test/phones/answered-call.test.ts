import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { TlsCredentials } from '../../engines/signalling/transport/tls-credentials.js'
import { Baresip } from '../support/baresip.js'
import { makeAuthority } from '../support/certificates.js'
import type { AppDialog } from '../support/drachtio-application.js'
import { FIRST_PHONE_PORT, LAST_PHONE_PORT } from '../support/phone-ports.js'
import { Queue } from '../support/queue.js'
import { sdp } from '../support/raw-phone.js'
import { openRig } from '../support/signalling-rig.js'
import { runSippScenario, sippCaller } from '../support/sipp.js'
import { openReach } from '../support/sipp-reach.js'

const CALLS = 20

// biome-ignore format: table
for (const [protocol, because] of [
  ['udp', 'datagrams, a 200 repeated until its ACK'],
  ['tcp', 'all calls over one connection'],
  ['tls', 'the same through a tunnel, which checks our certificate'],
] as const) {
  t.test(`twenty calls of SIPp over ${protocol} are answered and released: ${because}`, async t => {
    const { rig, way, says, agreed, failures } = await openReach(t, protocol)
    const vias: string[] = []
    const reasons: string[] = []
    const srf = await rig.application({
      invite: async (req, res) => {
        vias.push(`${req.protocol} ${req.get('Via').split(' ')[0]}`)
        const dialog = await srf.createUAS(req, res, { localSdp: sdp(7000) })
        dialog.on('destroy', (_, reason) => reasons.push(reason))
      },
    })
    const run = await runSippScenario(says(await sippCaller()), [
      ...['-m', `${CALLS}`, '-r', '20', '-l', '10', '-d', '100'],
      ...['-i', '127.0.0.1', '-timeout', '30s', '-timeout_error', ...way],
    ])
    if (run.exitCode !== 0) t.comment(run.output, failures)
    t.equal(run.exitCode, 0)
    t.equal(run.successful, CALLS)
    t.equal(run.failed, 0)
    const via = `${protocol} SIP/2.0/${protocol.toUpperCase()}`
    t.strictSame(vias, Array(CALLS).fill(via), 'the application is told how, as SIPp said')
    t.strictSame(reasons, Array(CALLS).fill('normal release'), 'and it saw each end')
    t.strictSame(agreed, protocol === 'tls' ? ['TLSv1.3'] : [], 'over one connection')
  })
}

t.test('baresip calls over UDP, TCP and TLS, and either side hangs up', async t => {
  const authority = await makeAuthority('the authority of the phones')
  const certified = await authority.issue({ ip: ['127.0.0.1'] })
  const rig = await openRig(t, {
    listen: ['udp', 'tcp', 'tls'],
    credentials: new TlsCredentials(certified),
  })
  const calls = new Queue<{ protocol: string; dialog: AppDialog }>()
  const srf = await rig.application({
    invite: async (req, res) => {
      const dialog = await srf.createUAS(req, res, { localSdp: sdp(7000) })
      calls.push({ protocol: req.protocol, dialog })
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-baresip-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [index, transport] of (['udp', 'tcp', 'tls'] as const).entries()) {
    const port = rig.engine.listening.sip.find(({ protocol }) => protocol === transport)?.port
    const phone = await Baresip.start({
      folder: join(folder, transport),
      number: '1001',
      registrar: `127.0.0.1:${port}`,
      transport,
      authority: authority.certificate,
      controlPort: LAST_PHONE_PORT - index,
      audioPort: FIRST_PHONE_PORT + index * 100,
    })
    t.teardown(() => phone.close())
    // It adds the transport of its account by itself.
    const uri = `sip:1000@127.0.0.1:${port}`

    t.equal(await phone.dial(uri), 'answered', `over ${transport}`)
    const first = await calls.next()
    t.equal(first.protocol, transport, 'the application is told how')
    const hungUp = Promise.all([once(first.dialog, 'destroy'), phone.event('CALL_CLOSED')])
    phone.hangUp()
    await hungUp

    t.equal(await phone.dial(uri), 'answered', `over ${transport}, again`)
    const second = await calls.next()
    const closed = phone.event('CALL_CLOSED')
    await second.dialog.destroy()
    await closed
  }
})
