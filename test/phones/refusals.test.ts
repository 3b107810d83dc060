import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { REFUSAL_HEADER } from '../../domain/call-refusal.js'
import { CALL_SESSION_HEADER } from '../../domain/call-session.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { CHARGE_KIND_HEADER } from '../../domain/switch-assertion.js'
import { yen } from '../../domain/yen.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { announcement, type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import { textOf } from '../../guidance-audio/texts.js'
import { systemClock } from '../../platform/clock.js'
import { SocketClient } from '../../platform/http-client.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { readClipLibrary } from '../../switch-sim/handset/clip-library.js'
import { mlsSocket } from '../../switch-sim/mls/config.js'
import { identityHeaders, identitySigner } from '../../switch-sim/mls/identity.js'
import { demonstrationPassword } from '../../switch-sim/mls/subscribers/demonstration.js'
import { Baresip } from '../support/baresip.js'
import { Callers } from '../support/callers.js'
import { Network } from '../support/network.js'
import { FIRST_PHONE_PORT, LAST_PHONE_PORT } from '../support/phone-ports.js'
import { RawPhone, sdp } from '../support/raw-phone.js'
import { RtpCapture } from '../support/rtp-capture.js'
import { ScpBooks } from '../support/scp-books.js'
import { runSippScenario } from '../support/sipp.js'
import { type SippCall, sippCallScenario } from '../support/sipp-call.js'
import { callsHeard, transcript } from '../support/transcript.js'

/** Ports of one phone. */
const PORTS_EACH = 20

const SHIP = '09010016001'
const AIRCRAFT = '09010017001'
const CHARGE_DISPLAY = '09010015001'

/** A number that no card has: PINs are drawn, and collide with chance 10^-14. */
const WRONG_PIN = '00000000000000'

t.setTimeout(300_000)

/** A network with cards in every state, and what its phones are sent recorded. */
async function openScene(t: Test) {
  const network = await Network.start(t, { MCSCP_DENOMINATIONS: '1000,3000,48000,50000' })
  const library = readClipLibrary(CLIPS_FOLDER)
  const capture = await RtpCapture.start(
    join(network.home.folder, 'phones.pcap'),
    FIRST_PHONE_PORT,
    LAST_PHONE_PORT,
  )
  t.teardown(() => capture.stop())
  let phones = 0
  const nextPorts = () => FIRST_PHONE_PORT + PORTS_EACH * phones++
  /** What a phone's calls were sent, each sample by sample. */
  const sent = (ports: number, captured = capture.written()): string[][] =>
    callsHeard(captured, ports, ports + PORTS_EACH - 1).map(heard => transcript(heard, library))
  const password = (number: string) => demonstrationPassword(network.home, number as Msisdn) ?? ''

  /** A baresip phone that has registered. */
  const baresip = async (number: string, transport: 'udp' | 'tcp' = 'udp') => {
    const ports = nextPorts()
    const phone = await Baresip.start({
      folder: join(network.home.folder, `baresip-${number}`),
      number,
      password: password(number),
      registrar: `127.0.0.1:${network.sipPort}`,
      transport,
      controlPort: LAST_PHONE_PORT - phones,
      audioPort: ports,
    })
    t.teardown(() => phone.close())
    await network.until(() =>
      network.log('mls').some(line => line.registration === 'registered' && line.msisdn === number),
    )
    return {
      phone,
      heard: async () => sent(ports, await capture.untilNow()).at(-1) ?? [],
      dial: () => phone.dial(`sip:1400@127.0.0.1:${network.sipPort}`),
      hears: (clips: readonly string[]) =>
        network.until(() => holds(sent(ports).at(-1) ?? [], clips)),
    }
  }

  /** A whole call by SIPp; what it was sent. */
  const sipp = async (t: Test, call: Omit<SippCall, 'password'>): Promise<string[]> => {
    const ports = nextPorts()
    const scenario = sippCallScenario({ ...call, password: password(call.number) })
    const run = await runSippScenario(scenario, [
      ...['-m', '1', '-i', '127.0.0.1', '-auth_uri', `1400@127.0.0.1:${network.sipPort}`],
      ...['-mp', `${ports}`, '-timeout', '120s'],
      `127.0.0.1:${network.sipPort}`,
    ])
    t.equal(
      run.exitCode,
      0,
      `${call.number}: the call went as it must\n${run.output.slice(-2_000)}`,
    )
    return sent(ports, await capture.untilNow())[0] ?? []
  }

  const issue = async (faceValue: number, ...more: string[]): Promise<ClearCard> => {
    const [card] = await network.issue(1, faceValue, ...more)
    if (!card) throw new Error('no card was made')
    return card
  }
  const books = new ScpBooks(network.home)
  return { network, books, callers: new Callers(t, network), baresip, sipp, issue }
}

type Scene = Awaited<ReturnType<typeof openScene>>

const ids = (clips: readonly ClipFile[]) => clips.map(clip => clip.replace(/\.wav$/, ''))

/** Whether a list holds another, one entry right after the other. */
const holds = (list: readonly string[], wanted: readonly string[]): boolean =>
  `\n${list.join('\n')}\n`.includes(`\n${wanted.join('\n')}\n`)

/** What a caller hears who waits for the question. */
const GREETING = ids([
  ...phrase('ja', 'welcome'),
  ...phrase('en', 'language-hint'),
  ...phrase('ja', 'enter-number', { length: 14 }),
])

/** Charges a card with a handset of our own, which hangs up as soon as it is told. */
async function charge({ callers, network }: Scene, number: string, card: ClearCard) {
  const call = await callers.call(number)
  await call.hears('ja/welcome')
  await call.key(`${card.pin}#`)
  await network.until(() =>
    network.log('scp').some(line => line.finding === 'redeemed' && line.serial === card.serial),
  )
  await call.hangUp()
}

/** A baresip caller who listens to `greeting`, keys a card, hears `told`, and hangs up. */
async function keysAndHears(
  t: Test,
  scene: Scene,
  number: string,
  pin: string,
  told: readonly string[],
  greeting = GREETING,
) {
  const { phone, dial, hears, heard } = await scene.baresip(number)
  t.equal(await dial(), 'answered')
  await hears(greeting)
  await phone.press(`${pin}#`)
  await hears(told)
  const closed = phone.event('CALL_CLOSED')
  phone.hangUp()
  await closed
  const all = await heard()
  t.strictSame(all.slice(0, greeting.length), greeting, 'the greeting, every sample')
  // The first key cuts what is being said, and the hang-up what is asked next.
  const after = all.slice(greeting.length).filter(line => !line.endsWith('(cut)'))
  t.strictSame(after, told, 'the refusal, every sample, and nothing else')
}

const REFUSED = ids(phrase('ja', 'card-refused'))

t.test('every refusal is heard by a phone that we did not write', async t => {
  const scene = await openScene(t)
  const { network, books, callers, baresip, sipp, issue } = scene
  const [plain, other, third] = network.cards().filter(card => card.faceValue === 3_000)
  const [idle, expired, most, all] = await Promise.all([
    issue(3_000, '--not-activated'),
    issue(3_000, '--usable-through', '2001-12-31'),
    issue(48_000),
    issue(50_000),
  ])
  if (!plain || !other || !third) throw new Error('demonstration cards are missing')

  t.jobs = 20
  const together = (name: string, test: (t: Test) => Promise<void>) =>
    t.test(name, { buffered: true }, test)

  await Promise.all([
    together(
      'S-18, N-06: a contract that may not charge is told so, and never answered',
      async t => {
        const notPermitted = ids([announcement('not-permitted')])
        await Promise.all(
          [AIRCRAFT, CHARGE_DISPLAY].map(async number => {
            const heard = await sipp(t, { number, ends: { refused: 403 } })
            t.strictSame(heard, notPermitted, number)
          }),
        )
        const ship = await baresip(SHIP, 'tcp')
        t.equal(await ship.dial(), 'ended', 'no 200 came')
        t.strictSame(await ship.heard(), notPermitted)
        for (const number of [SHIP, AIRCRAFT, CHARGE_DISPLAY]) {
          t.equal(books.sessions(number).all, 0, `the MCSCP saw no call of ${number}`)
        }
      },
    ),

    together(
      'N-08: unknown, inactive, expired and used cards: one wording, each counts',
      async t => {
        await Promise.all([
          keysAndHears(t, scene, '09010000101', WRONG_PIN, REFUSED),
          keysAndHears(t, scene, '09010000102', idle.pin, REFUSED),
          keysAndHears(t, scene, '09010000103', expired.pin, REFUSED),
          charge(scene, '09010000105', plain).then(() =>
            keysAndHears(t, scene, '09010000104', plain.pin, REFUSED),
          ),
        ])
        // biome-ignore format: table
        for (const [number, finding] of [
        ['09010000101', 'unknown'],
        ['09010000102', 'not_active'],
        ['09010000103', 'expired'],
        ['09010000104', 'used'],
      ] as const) {
        const entries = network.log('scp').filter(line => line.msisdn === number && 'entry' in line)
        t.strictSame(entries.map(line => line.finding), [finding], 'the log keeps the true reason')
        t.strictSame(books.lock(number), { wrong: 1, locked: false }, `${finding} counts once`)
        t.equal(books.registered(number), 0)
      }
        t.strictSame(books.card(plain.serial), { state: 'used', by: '09010000105' })
        t.strictSame(books.card(idle.serial), { state: 'delivered' })
        t.strictSame(books.card(expired.serial), { state: 'active' })
      },
    ),

    together('S-09, S-10: a locked handset hears the exact words and keys nothing', async t => {
      const number = '09010000111'
      const calls = await callers.calls(Array.from({ length: 5 }, () => number))
      await Promise.all(calls.map(call => call.hears('ja/welcome')))
      await Promise.all(calls.map((call, n) => call.key(`${WRONG_PIN.slice(1)}${n}#`)))
      await network.until(() => books.lock(number).locked)
      await Promise.all(calls.map(call => call.hangUp()))
      // S-07: whom it claims to be changes nothing.
      const claims = ['P-Asserted-Identity: <sip:09010000999@mls.mcscp>']
      const keys = `${third.pin}#`
      const heard = await sipp(t, { number, keys, claims, from: '09010000999', ends: 'released' })
      t.strictSame(heard, ['ja/locked'], 'these words and no other sound')
      t.equal(textOf('ja', 'locked'), 'お客様の電話機からは、カードでの登録操作ができません。')
      t.equal(books.entries(number), 5, 'what it keyed was not looked at')
      t.strictSame(books.lock(number), { wrong: 5, locked: true })
      t.strictSame(books.card(third.serial), { state: 'active' })
    }),

    together('N-05: a month at its cap is told so before any digit', async t => {
      const number = '09010000112'
      await charge(scene, number, all)
      const heard = await sipp(t, { number, keys: `${third.pin}#`, ends: 'released' })
      t.strictSame(heard, ids(phrase('ja', 'month-cap-reached', { cap: yen(50_000) })))
      t.equal(books.entries(number), 1, 'what it keyed was not looked at')
      t.strictSame(books.lock(number), { wrong: 0, locked: false })
      t.strictSame(books.card(third.serial), { state: 'active' })
    }),

    together('S-12: over the cap the card stays unused, and another can register it', async t => {
      const number = '09010000113'
      const card = await issue(3_000)
      await charge(scene, number, most)
      const told = ids(phrase('ja', 'over-month-cap', { remaining: yen(2_000) }))
      await keysAndHears(t, scene, number, card.pin, told, ['ja/welcome'])
      t.strictSame(books.card(card.serial), { state: 'active' })
      t.equal(books.registered(number), 48_000)
      t.strictSame(books.lock(number), { wrong: 0, locked: false }, 'and is no wrong number')
      await charge(scene, '09010000114', card)
      t.strictSame(books.card(card.serial), { state: 'used', by: '09010000114' })
    }),

    together('S-07: without the switch’s signature nobody is charged', async t => {
      await withoutSignature(t, scene)
    }),

    together('S-07, N-07: who claims to be another is charged as itself', async t => {
      const [number, victim] = ['09010000121', '09010000122']
      const heard = await sipp(t, {
        number,
        from: victim,
        claims: [
          `P-Asserted-Identity: <sip:${victim}@mls.mcscp>`,
          `P-Preferred-Identity: <sip:${victim}@mls.mcscp>`,
          'Identity: e30.e30.e30;info=<urn:x>;alg=ES256;ppt=charge',
          `${CHARGE_KIND_HEADER}: pricall`,
          `${CALL_SESSION_HEADER}: ${'0'.repeat(32)}`,
        ],
        keys: `${other.pin}#`,
        ends: 'released',
      })
      const amount = yen(3_000)
      const told = ids([
        ...phrase('ja', 'charge-succeeded', { amount, total: amount }),
        ...phrase('ja', 'next-card'),
        ...phrase('ja', 'goodbye'),
      ])
      t.strictSame(heard.slice(-told.length), told)
      t.strictSame(books.card(other.serial), { state: 'used', by: number })
      t.equal(books.registered(number), 3_000)
      t.strictSame(books.sessions(victim), { all: 0, open: 0 }, 'nothing is known of the victim')
      const client = new SocketClient(mlsSocket(network.home))
      const { body } = await client.ask({ method: 'GET', path: '/counts', deadlineMs: 10_000 })
      client.close()
      t.match(body, {
        counts: {
          'claim_dropped_p-preferred-identity': 1,
          claim_dropped_identity: 1,
          'claim_dropped_x-charge-kind': 1,
        },
      })
    }),
  ])

  await together(
    'S-07: a switch whose signature scp does not know: told, never answered',
    async t => {
      const caller = await baresip('09010000131')
      const key = join(network.home.keys, 'switch-identity.pub.pem')
      const right = readFileSync(key)
      writeFileSync(key, strangeKey().publicKey.export({ type: 'spki', format: 'pem' }))
      const unknown = () => network.log('scp').filter(line => line.because === 'bad_signature')
      const before = unknown().length
      const ended = caller.dial()
      await network.until(() => unknown().length > before)
      writeFileSync(key, right)
      const heard = stopped(t, scene)
      t.equal(await ended, 'ended', 'no 200 came')
      t.strictSame(await caller.heard(), ids([announcement('no-identity')]))
      t.strictSame(books.sessions('09010000131'), { all: 0, open: 0 })
      await heard
    },
  )
})

/** M-06, N-06: the service is stopped by a setting, read when scp starts again. */
async function stopped(t: Test, { network, books, sipp }: Scene): Promise<void> {
  writeFileSync(network.home.settingsFile, 'MCSCP_SERVICES_STOPPED=mobilers\n')
  const before = network.pidOf('scp')
  process.kill(before, 'SIGTERM')
  await network.until(() => network.pidOf('scp') !== before)
  const number = '09010000132'
  const heard = await sipp(t, { number, ends: { refused: 503 } })
  t.strictSame(heard, ids([announcement('service-stopped')]), 'the service is stopped')
  t.strictSame(books.sessions(number), { all: 0, open: 0 })
}

/** INVITEs that reach scp's engine past the switch. */
async function withoutSignature(t: Test, { network, books }: Scene): Promise<void> {
  const port = Number(network.environment.MCSCP_SCP_SIP_UDP_PORT)
  const peer = await RawPhone.open(port)
  t.teardown(() => peer.close())
  const number = '09010000123' as Msisdn
  const asserted = { 'P-Asserted-Identity': `<sip:${number}@mls.mcscp>` }
  const strange = await identitySigner(strangeKey().privateKey, systemClock)
  const call = {
    number,
    service: '1400',
    chargeKind: 'mobilers',
    callId: 'strange-key',
    displayWithheld: false,
  } as const
  const signed = identityHeaders(call, await strange.sign(call), 'mls.mcscp')
  // biome-ignore format: table
  for (const [callId, headers, because] of [
    ['nobody',      {},                                            'no_asserted_identity'],
    ['from-only',   { From: `<sip:${number}@mls.mcscp>;tag=1` },   'no_asserted_identity'],
    ['unsigned',    asserted,                                      'no_signature'],
    ['strange-key', signed,                                        'bad_signature'],
  ] as const) {
    peer.ask('INVITE', callId, { headers: { ...headers }, body: sdp(peer.port) })
    const answer = await peer.answer()
    t.equal(answer.status, 403, because)
    t.equal(answer.headers.get(REFUSAL_HEADER), 'no-identity')
    await network.until(() =>
      network.log('scp').some(line => line.callId === callId && line.because === because),
    )
  }
  t.strictSame(books.sessions(number), { all: 0, open: 0 })
}

const strangeKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
