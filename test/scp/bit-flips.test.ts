import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chargeId } from '../../domain/charge-id.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { decodeHourlyFile, encodeHourlyFile } from '../../domain/hourly-file.js'
import { decodeQuarterHourFile, encodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { SetClock } from '../../platform/clock.js'
import { Fault } from '../../platform/fault.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { sha256 } from '../../platform/sha256.js'
import { type Database, openStore } from '../../platform/store.js'
import { writeQuarterHourFiles } from '../../scp/quarter-hour/file.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { openScpStore } from '../../scp/store/answering.js'
import { checkAudit } from '../../scp/store/audit-check.js'
import { Batches } from '../../scp/store/batches.js'
import { CardActs } from '../../scp/store/card-acts.js'
import { ChargeLog } from '../../scp/store/charge-log.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { ChargeRows, checkCardRows } from '../../scp/store/soundness.js'
import { chargeRecord } from '../support/crs-desk.js'
import { memoryFolder } from '../support/memory-folder.js'
import { type Desk, jst, openDesk } from '../support/scp-desk.js'
import { freshToken, OFFICE, POLICY, phone } from '../support/scp-values.js'

/** Bits that fall, one at a time, in each kind of thing. The night tier sets 500. */
const FLIPS = Number(process.env.MCSCP_TEST_BIT_FLIPS ?? 24)

const slow = { timeout: 60_000 + FLIPS * 2_000 }
t.setTimeout(4 * slow.timeout)

const scenarios = await loadScenarios(ALL_OWN)
const NOON = jst('2001-01-15T12:01:00')
const QUARTER_MS = 900_000
const chance = seededChance(20_010_115)
const below = (count: number) => Math.floor(chance() * count)

/** One bit of bytes, turned over. */
function flipped(bytes: Uint8Array, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ (1 << below(8))
  return changed
}

type TrueCard = { readonly serial: string; readonly faceValue: number; readonly by: number }

/** A store as scp left it, and what is true of its cards. `by`: whose it is, 0 for nobody yet. */
interface Left {
  readonly folder: string
  readonly ring: Desk['ring']
  readonly pins: readonly Parameters<Desk['ring']['digests']>[0][]
  readonly truth: readonly TrueCard[]
}

/** Charges some of the cards of two batches, and leaves the store, in order or as a kill leaves it. */
async function leave(t: Test, killed: boolean): Promise<Left> {
  const folder = memoryFolder(t)
  const at = join(folder, 'at-work')
  mkdirSync(at)
  const desk = await openDesk(t, { folder: at, clock: new SetClock(NOON) })
  const cards = [...(await desk.cards(8, 3_000)), ...(await desk.cards(6, 1_000))]
  await desk.cards(4, 5_000, { activated: false })
  const truth: TrueCard[] = []
  for (const [n, { pin, serial }] of cards.entries()) {
    const by = n % 2 === 0 ? 100 + n : 0
    if (by > 0) await desk.key(await desk.call(phone(by)), pin)
    truth.push({ serial, faceValue: n < 8 ? 3_000 : 1_000, by })
  }
  const left = join(folder, 'left')
  mkdirSync(left)
  if (killed) copyStoreFiles(at, left)
  await desk.close()
  if (!killed) copyStoreFiles(at, left)
  return { folder: left, ring: desk.ring, pins: cards.map(({ pin }) => pin), truth }
}

function copyStoreFiles(from: string, to: string): void {
  for (const name of ['scp.db', 'scp.db-wal']) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name))
  }
}

/** What a store with a fallen bit did: refused to go on somewhere, or what it credited that is not true. */
interface Seen {
  detected: number
  readonly silent: string[]
}

async function seen<T>(found: Seen, does: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await does()
  } catch {
    found.detected++
    return undefined
  }
}

/** Starts on a store as scp does, keys every card, and writes the quarter-hour's file. */
async function useStore(folder: string, { ring, pins, truth }: Left): Promise<Seen> {
  const found: Seen = { detected: 0, silent: [] }
  const path = join(folder, 'scp.db')
  const clock = new SetClock(epochMs(NOON + 1_000))
  const scp = await seen(found, () =>
    openScpStore({
      ...{ path, clock, policy: POLICY, office: OFFICE, scenarios },
      onBroken: () => {},
    }),
  )
  if (!scp) return found
  const owner = new Map(truth.map(one => [one.serial, one.by]))
  for (const [n, pin] of pins.entries()) {
    const is = truth[n]
    if (!is) continue
    await seen(found, async () => {
      const token = freshToken()
      const call = { token, msisdn: phone(500 + n), kind: 'mobilers', service: '1400' } as const
      await scp.answers.openCallSession({ ...call, callId: token, cseq: 1 })
      const asked = { id: chargeId(token, 1), digests: ring.digests(pin) }
      const { answer, serial } = await scp.answers.charge(asked)
      if (answer.outcome !== 'redeemed') return
      if (serial) owner.set(serial, 500 + n)
      if (serial !== is.serial) found.silent.push(`${is.serial} charged as ${serial}`)
      if (answer.faceValue !== is.faceValue) found.silent.push(`${serial}: ${answer.faceValue} yen`)
      if (is.by > 0) found.silent.push(`${serial} charged twice`)
    })
  }
  await seen(found, async () => {
    clock.set(epochMs(NOON + QUARTER_MS))
    await scp.answers.closeQuarterHours({ max: 1 })
  })
  await seen(found, () => checkFile(folder, found, truth, owner))
  await seen(found, () => scp.close())
  return found
}

/** Every line of the file is of a charge that was made, with its number and amount. */
function checkFile(
  folder: string,
  found: Seen,
  truth: readonly TrueCard[],
  owner: ReadonlyMap<string, number>,
): void {
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  try {
    const [row] = store
      .prepare<
        [],
        Record<'number' | 'began_at' | 'closed_at' | 'first_sequence' | 'record_count', number>
      >('SELECT * FROM quarter_hour_file ORDER BY number')
      .all()
    if (!row) return
    const closed = {
      number: row.number,
      beganAt: row.began_at as EpochMs,
      closedAt: row.closed_at as EpochMs,
      firstSequence: row.first_sequence,
      recordCount: row.record_count,
    }
    new ChargeRows(store).check([closed])
    writeQuarterHourFiles(new ChargeLog(store), { folder, node: 'scp1' }, [closed])
    for (const record of new ChargeLog(store).from(closed.firstSequence, closed.recordCount)) {
      const is = truth.find(({ serial }) => serial === record.serial)
      const by = owner.get(record.serial)
      const right =
        is &&
        by &&
        record.faceValue === is.faceValue &&
        record.msisdn === phone(by) &&
        record.kind === 'mobilers'
      if (!right) found.silent.push(`a file tells ${record.faceValue} yen of ${record.serial}`)
    }
  } finally {
    store.close()
  }
}

/** Places where a bit matters: of every byte that says something, and of the amounts among them. */
function place(bytes: Buffer): number {
  const amount = Buffer.from(
    [
      [0x0b, 0xb8],
      [0x03, 0xe8],
    ][below(2)] ?? [],
  )
  const amounts: number[] = []
  for (let at = bytes.indexOf(amount); at >= 0; at = bytes.indexOf(amount, at + 1)) amounts.push(at)
  const chosen = amounts[below(amounts.length)]
  if (chosen !== undefined && chance() < 0.3) return chosen + below(2)
  for (;;) {
    const at = below(bytes.length)
    if (bytes[at] !== 0) return at
  }
}

for (const [what, file, killed] of [
  ['store', 'scp.db', false],
  ['write-ahead log', 'scp.db-wal', true],
] as const) {
  t.test(`XF6: a bit that falls in the ${what} never credits anything wrong`, slow, async t => {
    const left = await leave(t, killed)
    const target = memoryFolder(t)
    const sound = join(target, 'sound')
    mkdirSync(sound)
    copyStoreFiles(left.folder, sound)
    t.strictSame(
      await useStore(sound, left),
      { detected: 0, silent: [] },
      'without one, all is well',
    )
    const bytes = readFileSync(join(left.folder, file))
    let detected = 0
    const silent: string[] = []
    for (let flip = 0; flip < FLIPS; flip++) {
      const folder = join(target, `${flip}`)
      mkdirSync(folder)
      copyStoreFiles(left.folder, folder)
      const at = place(bytes)
      writeFileSync(join(folder, file), flipped(bytes, at))
      const found = await useStore(folder, left)
      if (found.detected > 0) detected++
      silent.push(...found.silent.map(one => `byte ${at}: ${one}`))
      rmSync(folder, { recursive: true })
    }
    t.comment(
      `${FLIPS} bits fell in the ${what}: ${detected} were found, the others changed no credit`,
    )
    // What the log lost behind a bit is a charge that is not there, and its card may be used once more.
    const wrong = killed ? silent.filter(one => !one.endsWith('twice')) : silent
    t.strictSame(wrong, [])
  })
}

t.test('XF6: a bit that falls in a file on its way is always found', slow, async t => {
  const beganAt = jst('2001-01-15T12:00:00')
  const records = Array.from({ length: 10 }, (_, n) => chargeRecord(epochMs(beganAt + n * 1_000)))
  const closedAt = epochMs(beganAt + 4 * QUARTER_MS)
  const quarter = { node: 'scp1', number: 7, beganAt, closedAt, firstSequence: 21 }
  const hour = { sequence: 3, beganAt, closedAt }
  const coded = records.map((record, n) => ({
    ...record,
    ...({
      company: 1,
      kindCode: 'MB',
      faceValueCode: '30',
      nodeCode: 'SC1',
      node: 'scp1',
    } as const),
    ...{ fileNumber: 7, place: n + 1 },
  }))
  for (const [what, text, decode] of [
    [
      'quarter-hour file',
      [...encodeQuarterHourFile(quarter, records, sha256())].join(''),
      decodeQuarterHourFile,
    ],
    ['hourly file', [...encodeHourlyFile(hour, coded, sha256())].join(''), decodeHourlyFile],
  ] as const) {
    t.equal(decode(text, sha256()).outcome, 'whole', `the ${what} as it was written`)
    const bytes = Buffer.from(text, 'latin1')
    let missed = 0
    for (let flip = 0; flip < FLIPS; flip++) {
      const changed = flipped(bytes, below(bytes.length)).toString('latin1')
      if (decode(changed, sha256()).outcome === 'whole') missed++
    }
    t.equal(missed, 0, `${FLIPS} bits fell in the ${what}, and each was found`)
  }
})

t.test('XF6: a bit that falls in the audit log is always found', slow, async t => {
  const desk = await openDesk(t, { clock: new SetClock(NOON) })
  for (let n = 0; n < 6; n++) {
    const person = { name: 'operator', role: 'operator' } as const
    const asked = {
      act: 'unlock_handset',
      person,
      reason: 'a caller asked',
      payload: { msisdn: phone(n) },
    }
    await desk.store.ask('performAct', asked)
  }
  await desk.close()
  const store = openStore(desk.file, MIGRATIONS)
  store.exec('DROP TRIGGER audit_entry_stays_as_written')
  const columns = [
    'person',
    'role',
    'act',
    'outcome',
    'subject',
    'reason',
    'before',
    'after',
    'previous_hash',
    'hash',
  ]
  t.equal(checkAudit(store).outcome, 'whole')
  let missed = 0
  for (let flip = 0; flip < FLIPS; flip++) {
    const column = columns[below(columns.length)] ?? 'hash'
    const sequence = 1 + below(6)
    const cell = { column, sequence }
    const was = store
      .prepare(`SELECT ${column} FROM audit_entry WHERE sequence = ?`)
      .pluck()
      .get(cell.sequence)
    const bytes = Buffer.isBuffer(was) ? was : Buffer.from(String(was))
    if (bytes.length === 0) continue
    const fallen = flipped(bytes, below(bytes.length))
    const put = store.prepare(`UPDATE audit_entry SET ${column} = ? WHERE sequence = ?`)
    put.run(Buffer.isBuffer(was) ? fallen : fallen.toString('latin1'), sequence)
    let outcome: string
    try {
      outcome = checkAudit(store).outcome
    } catch {
      outcome = 'unreadable'
    }
    if (outcome === 'whole') missed++
    put.run(was, sequence)
  }
  store.close()
  t.equal(missed, 0, `${FLIPS} bits fell, and each was found`)
})

/** Turns a bit over in every row of a table as a disk does: no trigger sees it. */
function fall(store: Database, table: 'batch' | 'card_range', column: string, bit: number): void {
  const triggers = store
    .prepare<[string], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?",
    )
    .all(table)
  for (const { name } of triggers) store.exec(`DROP TRIGGER ${name}`)
  // SQLite has no exclusive or.
  const turned = `(${column} | ${1 << bit}) - (${column} & ${1 << bit})`
  store.pragma('ignore_check_constraints = 1')
  store.pragma('foreign_keys = 0')
  store.exec(`UPDATE ${table} SET ${column} = ${turned}`)
  for (const { sql } of triggers) store.exec(sql)
}

const faultCode = (act: () => unknown): string => {
  try {
    act()
    return 'done'
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
}

t.test('XF6: no act makes a fallen bit lawful', slow, async t => {
  const folder = memoryFolder(t)
  const desk = await openDesk(t, { folder, clock: new SetClock(NOON) })
  const made = await desk.cards(3, 1_000, { expiresAt: jst('2001-06-01T00:00:00') })
  await desk.close()
  const [first, last] = [made[0]?.serial, made[2]?.serial]
  if (!first || !last) throw new Error('no cards were made')
  const doing = { person: 'Sato', approver: undefined, reason: 'as ordered' }
  const until = jst('2002-06-01T00:00:00')
  // biome-ignore format: table
  for (const [table, column, bit, before, act, because] of [
    ['batch',      'face_value',   10, undefined, 'freeze',   'the cards would be worth another amount'],
    ['batch',      'first_serial', 9,  undefined, 'freeze',   'the batch would be of other cards'],
    ['batch',      'card_count',   4,  undefined, 'freeze',   'and of more of them'],
    ['batch',      'frozen_from',  2,  'freeze',  'unfreeze', 'another state would come back'],
    ['card_range', 'last_serial',  5,  undefined, 'void',     'cards would be void that never were made'],
    ['card_range', 'last_serial',  0,  undefined, 'void',     'a card that was made would be in no range'],
    ['card_range', 'batch',        1,  undefined, 'void',     'they would be of another batch'],
    ['card_range', 'state',        1,  undefined, 'void',     'its neighbours would stay where they fell to'],
    ['card_range', 'expires_at',   30, undefined, 'void',     'or live longer'],
    ['card_range', 'extended',     0,  'extend',  'extend',   'they would be extended a second time'],
    ['card_range', 'frozen_from',  1,  'freeze',  'unfreeze', 'another state would come back'],
  ] as const) {
    const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
    const acts = new CardActs(store)
    const perform = (what: 'freeze' | 'unfreeze' | 'void' | 'extend', from = first) =>
      table === 'batch' && (what === 'freeze' || what === 'unfreeze')
        ? acts.freezeBatch(1, what, NOON, doing)
        : acts.toRange({ act: what, first: from, last, until }, NOON, doing)
    if (before) perform(before)
    fall(store, table, column, bit)
    const damaged = `${table}.${column}, ${act}: ${because}`
    t.equal(faultCode(() => perform(act, last)), 'STORE_DAMAGED', damaged)
    t.equal(faultCode(() => checkCardRows(store)), 'STORE_DAMAGED', 'and it is still seen')
    fall(store, table, column, bit)
    t.equal(faultCode(() => checkCardRows(store)), 'done', 'until it is as it was written')
    if (before === 'freeze') perform('unfreeze')
    store.close()
  }
  const store = openStore(join(folder, 'scp.db'), MIGRATIONS)
  fall(store, 'batch', 'face_value', 10)
  t.equal(
    faultCode(() => new Batches(store).setState(1, 'frozen')),
    'STORE_DAMAGED',
  )
  store.close()
})

t.test('XF6: a store that is brought to a newer form keeps its damage in sight', async t => {
  const path = join(memoryFolder(t), 'scp.db')
  const summed = MIGRATIONS.findIndex(form => form.includes('ADD COLUMN check_sum')) + 1
  for (const [column, because] of [
    ['face_value', 'what the sum covered before'],
    ['check_sum', 'the sum itself'],
  ] as const) {
    rmSync(path, { force: true })
    const old = openStore(path, MIGRATIONS.slice(0, summed))
    old.exec(`
      INSERT INTO pin_key VALUES (1, x'00');
      INSERT INTO batch (batch, kind, first_serial, card_count, face_value, pin_length, key_id, state,
        made_at) VALUES (1, 1, 1, 2, 1000, 14, 1, 2, 5)`)
    old.close()
    const sound = openStore(path, MIGRATIONS.slice(0, summed))
    fall(sound, 'batch', column, 3)
    sound.close()
    const store = openStore(path, MIGRATIONS)
    t.equal(
      faultCode(() => checkCardRows(store)),
      'STORE_DAMAGED',
      because,
    )
    store.close()
  }
})
