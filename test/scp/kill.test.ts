import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t from 'tap'
import { epochMs } from '../../domain/clock.js'
import { decodeDayClose } from '../../domain/day-close.js'
import { jstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import { openStoreToRead } from '../../platform/store.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { writeDayCloseFiles } from '../../scp/quarter-hour/day-close-file.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { checkAudit } from '../../scp/store/audit-check.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { serialKey } from '../../scp/store/keys.js'
import type { Turn } from '../support/charging-child.js'
import { quarterHourFilesIn } from '../support/quarter-hour-files.js'
import { jst, openDesk } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const CHILD = fileURLToPath(new URL('../support/charging-child.js', import.meta.url))

/** The night tier sets 1,000. */
const KILLS = Number(process.env.MCSCP_TEST_KILLS ?? 100)

/** A kill takes 0.3 s on a quiet machine, and a second on a busy one. */
const slow = { timeout: KILLS * 10_000 + 60_000 }
t.setTimeout(slow.timeout)

/** After so many kills every file is compared with what it was; after the others, new ones are noted. */
const COMPARED_EVERY = 10

/** A kill comes when the child has told this many lines at most, and then within a few ms. */
const LINES_MAX = 60
const JITTER_MS = 4

const FACE_VALUE = 3_000
const HOUR_MS = 3_600_000
const START = jst('2001-01-30T00:00:00')

/** What the child told before it died. */
interface Told {
  lines: number
  readonly tried: number[]
  readonly answered: Map<number, string>
  /** Answered wrong entries, by handset. */
  readonly wrong: Map<number, number>
  /** Asked of the card office, and answered. */
  readonly asked: number[]
}

function listen(child: ChargingChild, told: Told): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr.on('data', text => t.comment(`${text}`))
    child.once('exit', (code, signal) => signal !== 'SIGKILL' && reject(new Error(`code ${code}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      const [kind, n, finding = ''] = line.split(' ')
      told.lines++
      if (kind === 'R') resolve()
      if (kind === 'T') told.tried.push(Number(n))
      if (kind === 'A') told.answered.set(Number(n), finding)
      if (kind === 'O') told.asked.push(Number(n))
      if (kind === 'W') told.wrong.set(Number(n) % 100, (told.wrong.get(Number(n) % 100) ?? 0) + 1)
    })
  })
}

/** A child that waits for its turn. */
type ChargingChild = ChildProcessByStdio<Writable, Readable, Readable>

function startChild(folder: string, pins: string): ChargingChild {
  return spawn(process.execPath, [CHILD, folder, pins], { stdio: ['pipe', 'pipe', 'pipe'] })
}

/**
 * Lets one child after the other charge, and kills it; answers after how many ms each was ready. The next
 * is started meanwhile, and opens the store only when its turn has come.
 */
async function killAgainAndAgain(
  folder: string,
  pins: string,
  told: Told,
  afterEach: (kill: number) => void,
): Promise<number[]> {
  const chance = seededChance(20_001_201)
  const ready: number[] = []
  let next = startChild(folder, pins)
  while (ready.length < KILLS) {
    const child = next
    const from = Math.max(-1, ...told.tried.slice(-100)) + 1
    const startAt = START + ready.length * HOUR_MS
    const started = performance.now()
    const closed = once(child, 'close')
    child.stdin.write(JSON.stringify({ from, startAt } satisfies Turn))
    if (ready.length < KILLS - 1) next = startChild(folder, pins)
    await listen(child, told)
    ready.push(performance.now() - started)
    const lines = told.lines + Math.floor(chance() * LINES_MAX)
    while (told.lines < lines) await once(child.stdout, 'data')
    await wait(Math.floor(chance() * JITTER_MS))
    child.kill('SIGKILL')
    await closed
    afterEach(ready.length)
  }
  return ready.sort((a, b) => a - b)
}

t.test(
  'XF1, XW7, N-09: killed while it charges, scp loses nothing and charges nothing twice',
  slow,
  async t => {
    const folder = t.testdir()
    const files = join(folder, 'files')
    mkdirSync(files)
    const made = await openDesk(t, { folder, clock: new SetClock(START) })
    const cards = await made.cards(KILLS * 60, FACE_VALUE)
    await made.close()
    const told: Told = { lines: 0, tried: [], answered: new Map(), wrong: new Map(), asked: [] }
    const digests = new Map<string, string>()
    const pins = cards.map(({ pin }) => pin).join(',')
    const compare = (names: readonly string[]) => {
      for (const name of names) {
        const digest = sha256Of(readFileSync(join(files, name)))
        if ((digests.get(name) ?? digest) !== digest) t.fail(`I7: ${name} changed`)
        digests.set(name, digest)
      }
    }
    const closed = () => readdirSync(files).filter(one => one.endsWith('.txt'))
    const ready = await killAgainAndAgain(folder, pins, told, kill =>
      compare(kill % COMPARED_EVERY === 0 ? closed() : closed().filter(one => !digests.has(one))),
    )
    compare(closed())
    const { answered, tried } = told
    t.comment(`${ready.length} kills, ${answered.size} of ${tried.length} entries answered`)
    t.comment(
      `${digests.size} files; ready after ${ready[ready.length >> 1]?.toFixed()} ms (median)`,
    )
    t.ok(answered.size > ready.length, 'it was at work when it was killed')
    t.ok(digests.size > 0, 'and wrote files meanwhile')
    const serials = cards.map(({ serial }) => serialKey(serial))
    await audit(t, folder, told, serials)
  },
)

/** Opens what the last kill left, and holds it against what was told: I1 to I7. */
async function audit(t: Tap, folder: string, told: Told, serials: readonly number[]) {
  const files = join(folder, 'files')
  const clock = new SetClock(epochMs(START + (KILLS + 3) * HOUR_MS))
  const desk = await openDesk(t, { folder, clock })
  const reader = openStoreToRead(desk.file)
  const log = new ChargeLog(reader)
  // A child's clock runs fast: on a slow machine the last one came far beyond its hour.
  const { chargedAt = clock.now() } = log.last()
  clock.set(epochMs(Math.max(clock.now(), chargedAt + HOUR_MS)))
  const closer = new QuarterHourCloser({
    store: desk.store,
    clock,
    log: pino({ level: 'silent' }),
    write: async closed => writeQuarterHourFiles(log, { folder: files, node: 'scp1' }, closed),
    writeDayCloses: async day => writeDayCloseFiles(log, { folder: files, node: 'scp1' }, day),
  })
  await closer.run()
  await closer.close()
  const all = (sql: string) => reader.prepare(sql).pluck().all().map(Number)
  const charged = new Set(all('SELECT serial FROM charge_record'))
  const used = new Set(all('SELECT serial FROM card WHERE state = 5'))
  const sum = (sql: string) => all(sql)[0]
  t.strictSame(used, charged, 'I1, I2: every used card has its charge record, and no other')
  const redeemed = [...told.answered].filter(([, finding]) => finding === 'redeemed')
  const lost = redeemed.filter(([n]) => !charged.has(serials[n] ?? -1))
  t.strictSame(lost, [], `I3: none of ${redeemed.length} told charges is lost`)
  const refused = [...told.answered].filter(([, finding]) => finding === 'over_month_cap')
  t.strictSame(
    refused.filter(([n]) => used.has(serials[n] ?? -1)),
    [],
    'a refused card stays unused',
  )
  const inDoubt = charged.size - redeemed.length
  t.ok(
    inDoubt >= 0 && inDoubt <= 4 * KILLS,
    `${inDoubt} charged, their answer lost with the process`,
  )
  t.ok(told.answered.size === redeemed.length + refused.length, 'no other answer was given')
  const yen = charged.size * FACE_VALUE
  t.equal(sum('SELECT sum(registered) FROM month_total'), yen, 'I2: month totals')
  t.ok(Number(sum('SELECT max(registered) FROM month_total')) <= 50_000, 'I4')
  t.equal(sum('SELECT max(sequence) FROM charge_record'), charged.size, 'no gap in the log')
  const missed = [...told.wrong].filter(([handset, count]) => {
    const held = reader
      .prepare('SELECT consecutive FROM handset_lock WHERE msisdn = ?')
      .pluck()
      .get(Number(phone(50_000 + handset)))
    return Number(held ?? 0) < count
  })
  t.strictSame(missed, [], 'I5: every wrong number that was answered is counted')
  const chain = checkAudit(reader)
  t.match(chain, { outcome: 'whole' }, 'I11: the chain of the audit log is unbroken')
  const subjects = new Set(reader.prepare('SELECT subject FROM audit_entry').pluck().all())
  const forgotten = told.asked.filter(n => !subjects.has(phone(n)))
  t.strictSame(forgotten, [], `none of ${told.asked.length} answers of the office is forgotten`)
  const read = quarterHourFilesIn(files)
  const whole = read.flatMap(one => (one.outcome === 'whole' ? [one] : []))
  t.equal(whole.length, read.length, 'every file is whole, and nothing else is left behind')
  t.strictSame(
    whole.map(({ header }) => header.number),
    whole.map((_, n) => n + 1),
    'I6',
  )
  t.equal(
    whole.reduce((total, { trailer }) => total + trailer.sum, 0),
    yen,
    'I2: quarter-hour files',
  )
  t.strictSame(
    new Set(whole.flatMap(({ records }) => records.map(({ serial }) => serialKey(serial)))),
    charged,
  )
  const closes = readdirSync(files)
    .filter(name => name.endsWith('-close.txt'))
    .sort()
    .map(name => decodeDayClose(readFileSync(join(files, name), 'latin1'), sha256()))
    .flatMap(one => (one.outcome === 'whole' ? [one] : []))
  const days = new Set(whole.slice(0, -1).map(({ header }) => jstDay(header.beganAt)))
  const over = [...days].filter(day => startOfJstDay(nextJstDay(day)) <= clock.now())
  t.strictSame(
    closes.map(({ close }) => close.day),
    over,
    'C-04: each day that is over is closed once',
  )
  for (const { close, trailer } of closes) {
    const { firstNumber, lastNumber } = close
    const ofDay = whole.slice(firstNumber - 1, lastNumber)
    const sum = ofDay.reduce((total, one) => total + one.trailer.sum, 0)
    t.equal(trailer.sum, sum, `C-06: ${close.day} is what its files hold`)
  }
  reader.close()
  await desk.close()
}

type Tap = Parameters<typeof openDesk>[0]
