import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { billingStore } from '../../billing/config.js'
import { openBillingStore } from '../../billing/store/open.js'
import { epochMs } from '../../domain/clock.js'
import { jstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { reconcile } from '../../mcscp/reconcile/reconcile.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { serialKey } from '../../scp/store/keys.js'
import { contractId } from '../support/billing-desk.js'
import { type DiskPoint, diskRecorder } from '../support/disk/recorder.js'
import { booksWrong } from '../support/disk/scp-audit.js'
import { freshHome } from '../support/fresh-home.js'
import { FIRST_HANDSET, HANDSETS, Road, type RoadProgram } from '../support/road.js'
import { jst } from '../support/scp-desk.js'
import { openNode } from '../support/scp-node.js'
import { phone } from '../support/scp-values.js'

/** Kills at each point, at another time each. The night tier sets 20. */
const TIMES = Number(process.env.MCSCP_TEST_KILLS_A_POINT ?? 1)

/** A point of a program's work, and of which such act of a run at most. */
type Point = Pick<DiskPoint, 'act' | 'when'> & {
  readonly program: RoadProgram
  readonly file: string | 'crs port' | 'ftp port'
  readonly upTo: number
  readonly because: string
  /** The commit tier has one point of each kind, and leaves the others to the night for the time they take. */
  readonly nightOnly?: true
}

// biome-ignore format: table
const ALL_POINTS: readonly Point[] = [
  { program: 'node',    act: 'send',    file: 'crs port', when: 'before', upTo: 8,  because: 'a quarter-hour is closed and written, not sent' },
  { program: 'node',    act: 'send',    file: 'crs port', when: 'after',  upTo: 8,  because: 'it is sent', nightOnly: true },
  { program: 'node',    act: 'receive', file: 'crs port', when: 'after',  upTo: 6,  because: 'it is acknowledged, and scp has not kept that' },
  { program: 'node',    act: 'send',    file: 'mls.sock', when: 'before', upTo: 20, because: 'units are owed, not sent', nightOnly: true },
  { program: 'node',    act: 'send',    file: 'mls.sock', when: 'after',  upTo: 20, because: 'units are sent', nightOnly: true },
  { program: 'node',    act: 'receive', file: 'mls.sock', when: 'after',  upTo: 20, because: 'units are added, and scp has not kept that' },
  { program: 'mscp',    act: 'sync',    file: 'units.sqlite-wal', when: 'before', upTo: 20, because: 'units are written, not flushed', nightOnly: true },
  { program: 'mscp',    act: 'sync',    file: 'units.sqlite-wal', when: 'after',  upTo: 20, because: 'units are on disk', nightOnly: true },
  { program: 'mscp',    act: 'send',    file: 'mls.sock', when: 'before', upTo: 20, because: 'units are added, not acknowledged' },
  { program: 'crs',     act: 'sync',    file: 'crs.sqlite-wal', when: 'before', upTo: 12, because: 'what is taken is written, not flushed', nightOnly: true },
  { program: 'crs',     act: 'sync',    file: 'crs.sqlite-wal', when: 'after',  upTo: 12, because: 'it is on disk', nightOnly: true },
  { program: 'crs',     act: 'send',    file: 'crs port', when: 'before', upTo: 12, because: 'a file is taken, not acknowledged' },
  { program: 'crs',     act: 'send',    file: 'crs port', when: 'after',  upTo: 12, because: 'it is acknowledged', nightOnly: true },
  { program: 'crs',     act: 'create',  file: '.txt.part', when: 'before', upTo: 4, because: 'an hour is closed, its file not begun', nightOnly: true },
  { program: 'crs',     act: 'write',   file: '.txt.part', when: 'after',  upTo: 4, because: 'its file is written', nightOnly: true },
  { program: 'crs',     act: 'sync',    file: '.txt.part', when: 'after',  upTo: 4, because: 'its file is flushed', nightOnly: true },
  { program: 'crs',     act: 'rename',  file: '.txt.part', when: 'after',  upTo: 4, because: 'its file has its name' },
  { program: 'crs',     act: 'sync',    file: 'hourly-files', when: 'after', upTo: 4, because: 'its name is flushed, the store not told', nightOnly: true },
  { program: 'crs',     act: 'send',    file: 'ftp port', when: 'before', upTo: 40, because: 'within an exchange with billing', nightOnly: true },
  { program: 'billing', act: 'send',    file: 'ftp port', when: 'before', upTo: 40, because: 'before a trigger, or a file is asked for', nightOnly: true },
  { program: 'billing', act: 'send',    file: 'ftp port', when: 'after',  upTo: 40, because: 'after that', nightOnly: true },
  { program: 'billing', act: 'receive', file: 'ftp port', when: 'after',  upTo: 40, because: 'CRS has answered', nightOnly: true },
  { program: 'billing', act: 'rename',  file: 'billing-timers.json.part', when: 'before', upTo: 6, because: 'a timer is to be kept', nightOnly: true },
  { program: 'billing', act: 'rename',  file: 'billing-timers.json.part', when: 'after',  upTo: 6, because: 'a timer is kept, the state not', nightOnly: true },
  { program: 'billing', act: 'sync',    file: '.txt.part', when: 'after',  upTo: 4, because: 'a file is fetched, and has no name', nightOnly: true },
  { program: 'billing', act: 'rename',  file: '.txt.part', when: 'after',  upTo: 4, because: 'a file is fetched, not reflected' },
  { program: 'billing', act: 'sync',    file: 'billing-files', when: 'after',  upTo: 4, because: 'its name is flushed', nightOnly: true },
  { program: 'billing', act: 'sync',    file: 'billing.sqlite-wal', when: 'before', upTo: 12, because: 'a file is reflected, not flushed', nightOnly: true },
  { program: 'billing', act: 'sync',    file: 'billing.sqlite-wal', when: 'after',  upTo: 12, because: 'it is reflected, the exchange not told' },
]

const AT_NIGHT = process.env.MCSCP_TEST_KILLS_A_POINT !== undefined
const POINTS = ALL_POINTS.filter(({ nightOnly }) => AT_NIGHT || !nightOnly)

/** Most cards that are keyed between two kills. */
const CARDS_A_KILL = 100

/** Alarms of a kill, and of handsets without a contract; others would tell of what was lost, changed or repeated. */
const EXPECTED = ['PEER_UNREACHABLE', 'DELIVERY_LATE', 'CHARGE_HELD']

const slow = { timeout: TIMES * POINTS.length * 15_000 + 120_000 }
t.setTimeout(2 * slow.timeout)

const recorder = diskRecorder(t, TIMES * POINTS.length, 'kills between scp and the ledger')

if (recorder) {
  t.test(
    'XF2: killed at each point of the road, no program loses, repeats or changes',
    slow,
    async t => {
      const home = freshHome(t)
      const startAt = jst('2000-12-01T00:00:00')
      const cards = await makeCards(home, startAt)
      const road = await Road.open(t, { home, pins: cards.map(({ pin }) => pin), startAt })
      const chance = seededChance(20_001_205)
      const closed = new ClosedFiles(home.hourlyFiles)
      // CRS makes the keys at its first start. From then on each goes through its points by itself.
      await road.start('crs')
      await Promise.all(
        (['node', 'mscp', 'crs', 'billing'] as const).map(async program => {
          await road.kill(program)
          for (const point of pointsOf(program)) {
            const { act, when, because } = point
            const count = 1 + Math.floor(chance() * point.upTo)
            const file = fileOf(point, road)
            await road.start(program, recorder.killing(home.folder, { act, when, count, file }))
            const where = `${program}: ${when} ${act} ${count} of ${point.file}`
            t.strictSame(await road.died(program), [null, 'SIGKILL'], `${because} (${where})`)
            closed.look()
          }
          await road.start(program)
        }),
      )
      road.stopCharging()
      const difference = await differenceIn(home, road)
      closed.look()
      t.strictSame(
        difference,
        undefined,
        'I2: every card used is in the ledger or the error bin, units added',
      )
      t.strictSame(
        closed.wrong(),
        [],
        'I6, I7: hourly files are one sequence, and none was changed',
      )
      t.strictSame(
        [...road.alarms].filter(code => !EXPECTED.includes(code)),
        [],
        'no other alarm',
      )
      const reader = openStoreToRead(scpStore(home))
      const charged = new Set(
        reader.prepare('SELECT serial FROM charge_record').pluck().all().map(Number),
      )
      const told = road.told.flatMap(n => (cards[n] ? [serialKey(cards[n].serial)] : []))
      t.strictSame(
        booksWrong(reader, { charged: told, refused: [], wrong: new Map() }, charged),
        [],
        'I1, I2, I4, I6',
      )
      reader.close()
      t.strictSame(
        told.filter(serial => !charged.has(serial)),
        [],
        'I3: every charge that was told',
      )
      t.comment(`${TIMES * POINTS.length} kills, ${charged.size} charges, ${told.length} told`)
    },
  )
}

/** What a program is killed at, one after the other. */
const pointsOf = (program: RoadProgram): Point[] =>
  Array.from({ length: TIMES }, () => POINTS.filter(one => one.program === program)).flat()

const fileOf = ({ file }: Point, { crsPort, ftpPort }: Road): string =>
  ({ 'crs port': `${crsPort}`, 'ftp port': `${ftpPort}` })[file] ?? file

/** Cards to key, and contracts for half of the handsets: charges of the others wait in the error bin. */
async function makeCards(home: ReturnType<typeof freshHome>, startAt: ReturnType<typeof jst>) {
  const clock = new SetClock(startAt)
  const node = await openNode(home, clock, 1)
  const cards = await node.cards(CARDS_A_KILL * TIMES * POINTS.length, 1_000)
  await node.end()
  const onBroken = (fault: Error) => {
    throw fault
  }
  const store = openBillingStore({ path: billingStore(home), clock, onBroken })
  const contracts = Array.from(
    { length: HANDSETS / 2 },
    (_, n) =>
      ({
        contract: contractId(`K${n}`),
        msisdn: phone(FIRST_HANDSET + n),
        contractClass: 'mobile',
        plan: 'A',
        validFrom: epochMs(startAt),
      }) as const,
  )
  await store.takeContracts(contracts)
  store.close()
  return cards
}

/** Waits until every day up to now is closed, and for its books to agree; the difference that stays. */
async function differenceIn(home: ReturnType<typeof freshHome>, road: Road) {
  const today = jstDay(road.now())
  for (let tries = 0; ; tries++) {
    await wait(1_000)
    const found = foundIn(home)
    if (found && found.last >= today && !found.difference) return undefined
    if (tries > 120) return found ? { last: found.last, ...found.difference } : 'no day was closed'
  }
}

/** The books of all days that are closed; nothing as long as there is none. */
function foundIn(home: ReturnType<typeof freshHome>) {
  try {
    return reconcile(home, { node: 'scp1', unit: yen(10) })
  } catch (error) {
    if (error instanceof Fault && error.code === 'COMMAND_REFUSED') return undefined
    throw error
  }
}

/** The files that billing fetches, each with the digest that it had when it was first seen. */
class ClosedFiles {
  readonly #folder: string
  readonly #digests = new Map<string, string>()
  readonly #changed: string[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  look(): void {
    for (const name of readdirSync(this.#folder).filter(one => one.endsWith('.txt'))) {
      const digest = sha256Of(readFileSync(join(this.#folder, name)))
      if ((this.#digests.get(name) ?? digest) !== digest) this.#changed.push(name)
      this.#digests.set(name, digest)
    }
  }

  /** Names of files that were changed, and numbers that are missing. */
  wrong(): (string | number)[] {
    const numbers = new Set([...this.#digests.keys()].map(name => Number(name.slice(0, 10))))
    const expected = Array.from({ length: numbers.size }, (_, n) => n + 1)
    return [...this.#changed, ...expected.filter(number => !numbers.has(number))]
  }
}
