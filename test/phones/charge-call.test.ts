import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import { type ClipLibrary, readClipLibrary } from '../../switch-sim/handset/clip-library.js'
import { Heard } from '../../switch-sim/handset/heard.js'
import { type HeardClip, hears } from '../../switch-sim/handset/hears.js'
import { demonstrationPassword } from '../../switch-sim/mls/subscribers/demonstration.js'
import { Baresip } from '../support/baresip.js'
import { Network } from '../support/network.js'
import { FIRST_PHONE_PORT, LAST_PHONE_PORT } from '../support/phone-ports.js'
import { type Captured, RtpCapture } from '../support/rtp-capture.js'
import { runSippScenario } from '../support/sipp.js'
import { sippCallScenario } from '../support/sipp-call.js'

/** What was sent to the phones, as a handset hears it. */
function heardFrom(captured: readonly Captured[], library: ClipLibrary): HeardClip[] {
  const heard = new Heard()
  for (const { packet } of captured) {
    if (packet.payloadType === 0) heard.accept(packet, packet.payload)
  }
  return hears(heard, library)
}

const names = (clips: readonly ClipFile[]) => clips.map(clip => clip.replace(/\.wav$/, ''))

/** The clips of a wanted list that were heard whole, in their order. */
const wholeOf = (clips: readonly HeardClip[]) =>
  clips.filter(({ whole }) => whole).map(({ clip }) => clip)

/** Ports of one phone. */
const PORTS_EACH = 100

t.setTimeout(300_000)

t.test('S-01, S-02, S-03: baresip and SIPp charge cards, over UDP and over TCP', async t => {
  const network = await Network.start(t)
  const library = readClipLibrary(CLIPS_FOLDER)
  const cards = network.cards().filter(card => card.faceValue === 3_000)
  t.ok(cards.length >= 3, 'demonstration cards of 3,000 yen are there')

  /** Records what the phone with these ports is sent, beside the others. */
  const recorded = async (name: string, firstPort: number) => {
    const file = join(network.home.folder, `${name}.pcap`)
    const capture = await RtpCapture.start(file, firstPort, firstPort + PORTS_EACH - 1)
    return {
      // The first key cuts the welcome: who keys before it is under way has not heard it.
      untilWelcomed: () =>
        network.until(() =>
          heardFrom(capture.written(), library).some(({ clip }) => clip.startsWith('ja/welcome')),
        ),
      heard: async () => heardFrom(await capture.stop(), library),
    }
  }

  t.jobs = 3
  const together = (name: string, test: (t: Test) => Promise<void>) =>
    t.test(name, { buffered: true }, test)

  const baresips = (['udp', 'tcp'] as const).map((transport, index) =>
    together(`over ${transport}`, async t => {
      const number = `0901000001${index + 1}`
      const audioPort = FIRST_PHONE_PORT + index * PORTS_EACH
      const { untilWelcomed, heard } = await recorded(transport, audioPort)
      const phone = await phoneOf(t, network, number, transport, audioPort)
      t.equal(await phone.dial(`sip:1400@127.0.0.1:${network.sipPort}`), 'answered')
      await untilWelcomed()
      const closed = phone.event('CALL_CLOSED', 120_000)
      await phone.press(`${cards[index]?.pin}#`)
      await closed

      const clips = await heard()
      const expected = saidAfterTheKeys()
      t.strictSame(wholeOf(clips).slice(-expected.length), expected, 'the clips, sample by sample')
      t.match(clips[0]?.clip, /^ja\/welcome/, 'the welcome came first')
      t.equal(redeemedBy(network, number), cards[index]?.serial)
    }),
  )

  const sipp = together('SIPp, with a hold before keys from its own RTP', async t => {
    const number = '09010000013'
    const audioPort = FIRST_PHONE_PORT + 2 * PORTS_EACH
    const { heard } = await recorded('sipp', audioPort)
    const scenario = sippCallScenario({
      number,
      password: demonstrationPassword(network.home, number as Msisdn) ?? '',
      keys: `${cards[2]?.pin}#`,
      holds: true,
      ends: 'released',
    })
    const run = await runSippScenario(scenario, [
      ...['-m', '1', '-i', '127.0.0.1', '-auth_uri', `1400@127.0.0.1:${network.sipPort}`],
      ...['-mp', `${audioPort}`, '-timeout', '90s'],
      `127.0.0.1:${network.sipPort}`,
    ])
    t.equal(run.exitCode, 0, run.output.slice(-2_000))
    const expected = saidAfterTheKeys()
    t.strictSame(wholeOf(await heard()).slice(-expected.length), expected)
    t.equal(redeemedBy(network, number), cards[2]?.serial)
  })
  await Promise.all([...baresips, sipp])
})

/** What is said once a card of 3,000 yen was the month's first; no key can cut it, so every sample must have come. */
function saidAfterTheKeys(): string[] {
  const amount = yen(3_000)
  return [
    ...names(phrase('ja', 'charge-succeeded', { amount, total: amount })),
    ...names(phrase('ja', 'next-card')),
    ...names(phrase('ja', 'goodbye')),
  ]
}

/** Serial number of the card that a number had redeemed. */
const redeemedBy = (network: Network, number: string) =>
  network.log('scp').find(line => line.outcome === 'redeemed' && line.msisdn === number)?.serial

async function phoneOf(
  t: Test,
  network: Network,
  number: string,
  transport: 'udp' | 'tcp',
  audioPort: number,
): Promise<Baresip> {
  const phone = await Baresip.start({
    folder: join(network.home.folder, `baresip-${transport}`),
    number,
    password: demonstrationPassword(network.home, number as Msisdn) ?? '',
    registrar: `127.0.0.1:${network.sipPort}`,
    transport,
    controlPort: LAST_PHONE_PORT - (audioPort - FIRST_PHONE_PORT) / PORTS_EACH,
    audioPort,
  })
  t.teardown(() => phone.close())
  await network.until(() =>
    network.log('mls').some(line => line.registration === 'registered' && line.msisdn === number),
  )
  return phone
}
