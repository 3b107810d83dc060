import { pino } from 'pino'
import t from 'tap'
import type { Msisdn } from '../../domain/msisdn.js'
import { startSignalling } from '../../engines/signalling/main.js'
import { systemClock } from '../../platform/clock.js'
import type { CalledLeg, CallerLeg } from '../../platform/signalling/call-legs.js'
import { openSignalling } from '../../platform/signalling/signalling.js'
import { demonstrationPassword } from '../../switch-sim/mls/subscribers/demonstration.js'
import { RawPhone, sdp } from '../support/raw-phone.js'
import { RIG_SECRET } from '../support/signalling-rig.js'
import { SubscriberPhone } from '../support/subscriber-phone.js'
import { openSwitchRig } from '../support/switch-rig.js'
import { vanishingEngine } from '../support/vanishing-engine.js'

const MOBILE = '09010000001'

t.test('an engine that is lost takes its calls with it, and is found again', async t => {
  const rig = await openSwitchRig(t)
  const phone = await rig.phone(MOBILE)
  await phone.dial('1400')
  rig.mcscp.reply(await rig.mcscp.request(), '200 OK', { body: sdp(4_000) })
  await phone.final()
  t.equal((await rig.mcscp.request()).method, 'ACK')
  const dialling = await rig.phone('09010000002')
  await dialling.dial('1400')
  rig.mcscp.reply(await rig.mcscp.request(), '180 Ringing')
  t.equal((await dialling.raw.answer()).status, 180)
  const { port } = rig.engine.engine.listening.application
  await rig.engine.engine.close()
  while ((await rig.counts()).calls > 0) await new Promise(resolve => setTimeout(resolve, 10))
  t.pass('both calls were reaped')

  const engine = await startSignalling({
    sip: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }],
    applicationPort: port,
    secret: RIG_SECRET,
    clock: systemClock,
    log: pino({ enabled: false }),
    endingMs: 50,
  })
  t.teardown(() => engine.close())
  const sipPort = engine.listening.sip[0]?.port ?? 0
  const raw = await RawPhone.open(sipPort)
  t.teardown(() => raw.close())
  const password = demonstrationPassword(rig.home, MOBILE as Msisdn) ?? ''
  const again = new SubscriberPhone(raw, sipPort, { number: MOBILE, password })
  // Until the switch has found the engine, nobody answers for it.
  while (rig.logged.filter(line => line.msg === 'signalling engine connected').length < 2) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  t.equal((await again.register()).status, 200)
  await rig.running.close()
})

t.test('an engine that is lost while it answers the caller leaves no call waiting', async t => {
  const port = await vanishingEngine(t)
  const log = pino({ enabled: false })
  let lost = 0
  const answered = new Promise<unknown>((resolve, reject) => {
    const invite = (leg: CallerLeg) => leg.answer(sdp(4_000)).then(resolve, reject)
    const host = '127.0.0.1'
    openSignalling({ host, port, secret: RIG_SECRET, log, invite, lost: () => lost++ }).then(
      signalling => t.teardown(() => signalling.close()),
      reject,
    )
  })
  t.equal(await answered, undefined, 'its answer counts as one that found nobody')
  t.equal(lost, 1)
})

t.test('a leg is given up in peace after the engine that carried it was lost', async t => {
  const port = await vanishingEngine(t)
  const log = pino({ enabled: false })
  await new Promise<void>((resolve, reject) => {
    let leg: CalledLeg | undefined
    const lost = () => {
      leg?.cancel()
      resolve()
    }
    const invite = async () => {}
    openSignalling({ host: '127.0.0.1', port, secret: RIG_SECRET, log, invite, lost }).then(
      signalling => {
        t.teardown(() => signalling.close())
        const request = { uri: 'sip:1400@127.0.0.1', headers: {}, sdp: sdp(4_000) }
        leg = signalling.dial({ ...request, onProgress: () => {} })
      },
      reject,
    )
  })
  t.pass('the engine told that it is on its way, and was gone; nothing was thrown')
})

t.test(
  'an engine that refuses the secret, or settings that are wrong, are one clear fault',
  async t => {
    await t.rejects(openSwitchRig(t, { MCSCP_SWITCH_SIP_APPLICATION_HOST: 'nowhere' }), {
      code: 'SETTINGS_INVALID',
      message: /MCSCP_SWITCH_SIP_APPLICATION_HOST=nowhere/,
    })
    const rig = await openSwitchRig(t)
    const log = pino({ enabled: false })
    const options = { host: '127.0.0.1', port: rig.engine.engine.listening.application.port, log }
    const unused = {
      register: async () => ({ status: 500, headers: {} }),
      invite: async () => {},
      lost: () => {},
    }
    await t.rejects(openSignalling({ ...options, ...unused, secret: 'not the secret of this' }), {
      code: 'PEER_UNREACHABLE',
      message: /refuses our secret/,
    })
  },
)
