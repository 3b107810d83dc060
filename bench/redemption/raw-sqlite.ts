import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { FACE_VALUE, NUMBERS, type RedemptionSide } from './side.js'

/** What a PIN stands for in the peers' stores: as long as the product's digest. */
const digestOf = (n: number): Buffer => createHash('sha256').update(`${n}`).digest()

/** Cards, locks, months and records as plainly as they can be, at the product's durability. */
function openPlain(folder: string, cards: number): Database {
  mkdirSync(folder, { recursive: true })
  const store = new Sqlite(join(folder, 'plain.db'), { timeout: 2_000 })
  store.pragma('journal_mode = WAL')
  store.pragma('synchronous = FULL')
  store.pragma('wal_autocheckpoint = 0')
  store.exec(`
    CREATE TABLE card (serial INTEGER PRIMARY KEY, pin_digest BLOB NOT NULL UNIQUE,
      face_value INTEGER NOT NULL, used_by INTEGER);
    CREATE TABLE handset_lock (msisdn INTEGER PRIMARY KEY, locked_at INTEGER);
    CREATE TABLE month_total (msisdn INTEGER, month INTEGER, registered INTEGER NOT NULL,
      PRIMARY KEY (msisdn, month)) WITHOUT ROWID;
    CREATE TABLE charge_record (sequence INTEGER PRIMARY KEY, serial INTEGER NOT NULL,
      msisdn INTEGER NOT NULL, face_value INTEGER NOT NULL, charged_at INTEGER NOT NULL);`)
  const add = store.prepare('INSERT INTO card VALUES (?, ?, ?, NULL)')
  store.transaction(() => {
    for (let n = 0; n < cards; n++) add.run(n, digestOf(n), FACE_VALUE)
  })()
  return store
}

/** Q1's peer: the four statements of a redemption in better-sqlite3, guarded, a commit for each. */
export function rawSqlite(folder: string, cards: number): RedemptionSide {
  const store = openPlain(folder, cards)
  const locked = store.prepare('SELECT locked_at FROM handset_lock WHERE msisdn = ?')
  const claim = store.prepare(
    'UPDATE card SET used_by = ? WHERE pin_digest = ? AND used_by IS NULL RETURNING serial, face_value',
  )
  const add = store.prepare(
    `INSERT INTO month_total VALUES (?, 202611, ?) ON CONFLICT DO UPDATE
     SET registered = registered + excluded.registered
     WHERE registered + excluded.registered <= 50000 RETURNING registered`,
  )
  const record = store.prepare('INSERT INTO charge_record VALUES (NULL, ?, ?, ?, ?)')
  const redeem = store.transaction((msisdn: number, digest: Buffer) => {
    if (locked.get(msisdn) !== undefined) throw new Error('locked')
    const card = claim.get(msisdn, digest) as { serial: number; face_value: number } | undefined
    if (!card || add.get(msisdn, card.face_value) === undefined) throw new Error('refused')
    record.run(card.serial, msisdn, card.face_value, Date.now())
  })
  let next = 0
  let digests: Buffer[] = []
  return {
    name: 'raw better-sqlite3, one at a time',
    prepare: async charges => {
      store.pragma('wal_checkpoint(PASSIVE)')
      digests = Array.from({ length: charges }, (_, n) => digestOf(next + n))
    },
    run: async () => {
      for (const digest of digests) redeem.immediate(next++ % NUMBERS, digest)
    },
    close: async () => {
      const records = store.prepare('SELECT count(*) FROM charge_record').pluck().get()
      store.close()
      return records === next ? [] : [`${next} charges, ${records} recorded`]
    },
  }
}

/**
 * Q3's peer: what the open-source voucher systems do (A2Billing's AGI): look, then mark, then credit, each
 * a statement and a commit of its own, and callers between whose look and mark others look.
 */
export function checkThenAct(
  folder: string,
  cards: number,
): RedemptionSide & { readonly race: (races: number) => Promise<number> } {
  const store = openPlain(folder, cards)
  const look = store.prepare('SELECT face_value FROM card WHERE pin_digest = ? AND used_by IS NULL')
  const mark = store.prepare('UPDATE card SET used_by = ? WHERE pin_digest = ?')
  const credit = store.prepare(
    `INSERT INTO month_total VALUES (?, 202611, ?) ON CONFLICT DO UPDATE
     SET registered = registered + excluded.registered`,
  )
  let next = 0
  let digests: Buffer[] = []
  const redeem = async (msisdn: number, digest: Buffer, between: () => Promise<unknown>) => {
    const card = look.get(digest) as { face_value: number } | undefined
    if (!card) return false
    await between()
    mark.run(msisdn, digest)
    credit.run(msisdn, card.face_value)
    return true
  }
  const atOnce = async () => {}
  return {
    name: 'check, then act (A2Billing’s statements)',
    prepare: async charges => {
      store.pragma('wal_checkpoint(PASSIVE)')
      digests = Array.from({ length: charges }, (_, n) => digestOf(next + n))
    },
    run: async () => {
      for (const digest of digests) await redeem(next++ % NUMBERS, digest, atOnce)
    },
    race: async races => {
      let twice = 0
      for (let n = 0; n < races; n++) {
        const digest = digestOf(next++)
        const meanwhile = () => new Promise(setImmediate)
        const credited = await Promise.all([1, 2].map(who => redeem(who, digest, meanwhile)))
        if (credited.every(Boolean)) twice++
      }
      return twice
    },
    close: async () => {
      store.close()
      return []
    },
  }
}
