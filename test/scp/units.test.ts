import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { CHARGE_KINDS } from '../../domain/charge-kind.js'
import type { Units } from '../../domain/units.js'
import { unitsFor } from '../../domain/units.js'
import { yen } from '../../domain/yen.js'
import { nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import { SocketClient } from '../../platform/http-client.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { openStoreToRead } from '../../platform/store.js'
import type { CreditedCharge } from '../../scp/scenarios/scenario.js'
import { MscpClient } from '../../scp/units/mscp.js'
import { UnitDelivery } from '../../scp/units/unit-delivery.js'
import type { WaitingUnits } from '../../scp/units/unit-outbox.js'
import { freshHome } from '../support/fresh-home.js'
import { SCENARIOS } from '../support/own-scenarios.js'
import { openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

t.setTimeout(120_000)

/** The MSCP in memory: as the real one, it adds once a charge id. `away` says how many questions it misses. */
class Mscp {
  readonly added = new Map<string, WaitingUnits>()
  asked = 0
  away = 0
  /** Charge ids under which it has other units. */
  readonly differs = new Set<string>()

  async add(bought: WaitingUnits): Promise<void> {
    this.asked++
    if (this.differs.has(bought.chargeId)) throw new Fault('UNITS_DIFFER', 'others')
    const lost = this.away > 0
    this.away = Math.max(0, this.away - 1)
    // Every second answer that is lost is one of units that were added.
    if (!lost || this.away % 2 === 0) this.added.set(bought.chargeId, bought)
    if (lost) throw new Fault('PEER_UNREACHABLE', 'away')
  }

  async left(): Promise<Units> {
    throw new Error('nobody asks')
  }
}

async function openDelivery(t: Test) {
  const desk = await openDesk(t)
  const mscp = new Mscp()
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void lines.push(line) })
  const later = (run: () => void) => nodeLater(run, 1)
  const delivery = new UnitDelivery({ store: desk.store, mscp, later, log })
  const waiting = () => desk.store.ask('waitingUnits', { after: 0, max: 1_000 })
  t.teardown(async () => {
    await delivery.close()
    await desk.close()
  })
  return { desk, mscp, delivery, lines, waiting }
}

const until = async (holds: () => boolean | Promise<boolean>) => {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await wait(5)
  }
}

t.test('S-05: one card, two kinds of subscriber, two effects', async t => {
  const { desk, waiting } = await openDelivery(t)
  for (const [kind, units, because] of [
    ['mobilers', [], 'billing gets the amount'],
    ['pricall', [300], 'the MSCP gets units of 10 yen'],
  ] as const) {
    const { pin } = await desk.card(3_000)
    const { answer, finding } = await desk.key(await desk.call(phone(1), kind), pin)
    t.equal(finding, 'redeemed')
    t.equal(answer.outcome, kind === 'mobilers' ? 'redeemed' : 'units_added')
    t.strictSame((await waiting()).map(one => one.units).slice(-1), units, because)
  }
  t.equal(unitsFor(yen(500), yen(10)), 50)
  t.throws(() => unitsFor(yen(505), yen(10)), RangeError, 'no yen of a card may be lost')
})

t.test('units are handed over, oldest first, until each is acknowledged', async t => {
  const { desk, mscp, delivery, waiting, lines } = await openDelivery(t)
  const cards = await desk.cards(12, 1_000)
  mscp.away = 9
  for (const [n, { pin }] of cards.entries()) {
    await desk.key(await desk.call(phone(n), 'pricall'), pin)
    delivery.wake()
  }
  await until(async () => (await waiting()).length === 0)
  t.equal(mscp.added.size, 12)
  t.equal([...mscp.added.values()].reduce((sum, { units }) => sum + units, 0) * 10, 12_000)
  t.ok(mscp.asked >= 12 + 9, 'what was not answered was asked again')
  t.notMatch(lines.join(''), cards[0]?.pin ?? '', 'no PIN on the way')
  const asked = mscp.asked
  delivery.wake()
  await delivery.close()
  t.equal(mscp.asked, asked, 'what is acknowledged is not sent again')
})

t.test('one that the MSCP refuses is an alarm, and holds up no other', async t => {
  const { desk, mscp, delivery, waiting, lines } = await openDelivery(t)
  const cards = await desk.cards(3, 1_000)
  for (const { pin } of cards) await desk.key(await desk.call(phone(1), 'pricall'), pin)
  const [first] = await waiting()
  mscp.differs.add(first?.chargeId ?? '')
  delivery.wake()
  await until(async () => (await waiting()).length === 1)
  t.match(lines.join(''), /"alarm":"UNITS_DIFFER","severity":"critical"/)
  const asked = mscp.asked
  await until(() => mscp.asked >= asked + 12)
  t.notMatch(lines.join(''), 'PEER_UNREACHABLE', 'the MSCP answers, however often it is asked')
  t.equal(lines.join('').split('"alarm":"UNITS_DIFFER"').length, 2, 'told once')
  t.strictSame(
    (await waiting()).map(one => one.chargeId),
    [first?.chargeId],
    'nothing is guessed: it waits',
  )
  mscp.differs.clear()
  await until(async () => (await waiting()).length === 0)
  t.equal(mscp.added.size, 3, 'and goes on by itself once the MSCP is put right')
})

t.test('M-08, M-09: each scenario charges without the others; one more is one entry', async t => {
  for (const kind of CHARGE_KINDS) {
    const scenarios = SCENARIOS.filter(({ name }) => name === kind)
    const desk = await openDesk(t, { folder: t.testdir({ [kind]: {} }), scenarios })
    const { pin } = await desk.card(3_000)
    const { finding } = await desk.key(await desk.call(phone(1), kind), pin)
    t.equal(finding, 'redeemed', `${kind} alone`)
    await desk.close()
  }
  // A third way to credit a card, in place of one of the kinds that the network knows.
  const credited: number[] = []
  const dummy = {
    name: 'dummy',
    takes: () => true,
    mediaUser: 'dummy',
    charging: {
      kind: 'pricall',
      openCredit:
        () =>
        ({ record: { faceValue, chargedAt }, registered }: CreditedCharge) => {
          credited.push(faceValue)
          return { outcome: 'redeemed', faceValue, registered, chargedAt } as const
        },
    },
  } as const
  const desk = await openDesk(t, { folder: t.testdir({ dummy: {} }), scenarios: [dummy] })
  const { pin } = await desk.card(1_000)
  await desk.key(await desk.call(phone(1), 'pricall'), pin)
  t.strictSame(credited, [1_000])
  await desk.close()
})

const CHILD = fileURLToPath(new URL('../support/units-child.js', import.meta.url))

/** Most kills, half of each side; on a busy machine fewer are made than would take longer than this, in ms. */
const KILLS = 12
const BUDGET_MS = 5_000

/** Fewest kills that show anything. */
const KILLS_MIN = 4

type Child = ChildProcessByStdio<null, Readable, Readable>

async function start(tell: (line: string) => void, ...words: string[]): Promise<Child> {
  const child = spawn(process.execPath, [CHILD, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr.on('data', text => t.comment(`${text}`))
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => signal !== 'SIGKILL' && reject(new Error(`code ${code}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      if (line === 'R') resolve()
      tell(line)
    })
  })
  return child
}

async function kill(child: Child): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

t.test(
  'S-05: killed at any moment, on either side, no unit is lost and none is added twice',
  { timeout: 110_000 },
  async t => {
    const folder = t.testdir()
    const made = await openDesk(t, { folder })
    const cards = await made.cards(KILLS * 60, 1_000)
    await made.close()
    const pins = cards.map(({ pin }) => pin).join(',')
    const socket = join(freshHome(t).sockets, 'mls.sock')
    const chance = seededChance(20_001_202)
    let next = 0
    let answered = 0
    const note = (line: string) => {
      const [kind, n] = line.split(' ')
      if (kind !== 'A') return
      answered++
      next = Number(n) + 1
    }
    const startScp = () => start(note, 'scp', folder, socket, `${next}`, pins)
    const startMscp = () => start(() => {}, 'mscp', folder, socket)
    let [mscp, scp] = [await startMscp(), await startScp()]
    let kills = 0
    const deadline = performance.now() + BUDGET_MS
    while (kills < KILLS && (kills < KILLS_MIN || performance.now() < deadline)) {
      const seen = answered
      await until(() => answered > seen + Math.floor(chance() * 20) || scp.exitCode !== null)
      await wait(Math.floor(chance() * 4))
      if (kills % 2 === 0) {
        await kill(mscp)
        mscp = await startMscp()
      } else {
        await kill(scp)
        // The card whose answer was lost with the process is tried once more, or was used.
        scp = await startScp()
      }
      kills++
    }
    await kill(scp)
    const desk = await openDesk(t, { folder })
    const client = new SocketClient(socket)
    const log = pino({ level: 'silent' })
    const delivery = new UnitDelivery({
      store: desk.store,
      mscp: new MscpClient(client),
      later: nodeLater,
      log,
    })
    delivery.wake()
    const waiting = () => desk.store.ask('waitingUnits', { after: 0, max: 1 })
    await until(async () => (await waiting()).length === 0)
    t.comment(`${kills} kills, ${answered} charges answered`)

    const additions = await allAdditions(client)
    const reader = openStoreToRead(desk.file)
    const records = reader
      .prepare<[], { id: string; yen: number; by: number }>(
        `SELECT lower(hex(token)) || '-' || entry AS id, face_value AS yen, msisdn AS by
         FROM charge_record WHERE charge_kind = 2`,
      )
      .all()
    const used = reader.prepare('SELECT count(*) FROM card WHERE state = 5').pluck().get()
    t.ok(answered > kills, 'it was at work when it was killed')
    t.equal(records.length, used, 'every used card has its record')
    t.strictSame(
      new Set(additions.map(one => `${one.chargeId} ${one.units * 10} 0${Number(one.msisdn)}`)),
      new Set(records.map(one => `${one.id} ${one.yen} 0${one.by}`)),
      'yen of cards used by Pricall = units added × 10, charge by charge',
    )
    t.equal(additions.length, records.length, 'none twice')
    for (let n = 0; n < 20; n++) {
      const bought = additions.filter(one => one.msisdn === phone(n))
      const left = await new MscpClient(client).left(phone(n), 5_000)
      t.equal(
        left,
        bought.reduce((sum, { units }) => sum + units, 0),
        `${phone(n)} has them all`,
      )
    }
    reader.close()
    await delivery.close()
    client.close()
    await desk.close()
    await kill(mscp)
  },
)

interface Addition {
  readonly sequence: number
  readonly chargeId: string
  readonly msisdn: string
  readonly units: number
}

/** docs/formats/units.md: what reconciliation reads, page by page. */
async function allAdditions(client: SocketClient): Promise<Addition[]> {
  const all: Addition[] = []
  for (;;) {
    const path = `/unit-additions?after=${all.at(-1)?.sequence ?? 0}&max=100`
    const { body } = await client.ask({ method: 'GET', path, deadlineMs: 5_000 })
    const { additions } = body as { additions: Addition[] }
    all.push(...additions)
    if (additions.length < 100) return all
  }
}
