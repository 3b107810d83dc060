import { type Clock, type EpochMs, epochMs } from '../../domain/clock.js'
import { DAY_MS, type JstDay, type JstMonth, jstDay } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { type Database, openStore } from '../../platform/store.js'
import { PageLocks } from './page/page-locks.js'
import type { ArisUpdate } from './update.js'
import type { ArisKnowledge } from './visible.js'

/** The forms of aris's store, oldest first; only ever appended to. It can be filled again from billing's. */
const MIGRATIONS = [
  `
  CREATE TABLE number_period (
    msisdn      TEXT NOT NULL,
    from_at     INTEGER NOT NULL,
    until_at    INTEGER,
    contract_no INTEGER NOT NULL,
    PRIMARY KEY (msisdn, from_at)
  ) STRICT, WITHOUT ROWID;

  -- number: that of the update, so that one that comes twice is one.
  CREATE TABLE entry (
    contract_no INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    amount      INTEGER NOT NULL,
    month       TEXT NOT NULL,
    day         TEXT,
    charged_at  INTEGER,
    PRIMARY KEY (contract_no, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE invoice (
    contract_no     INTEGER NOT NULL,
    month           TEXT NOT NULL,
    applied_yen     INTEGER NOT NULL,
    carried_out_yen INTEGER NOT NULL,
    PRIMARY KEY (contract_no, month)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE closed_month (month TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- through: the newest update that is taken. confirmed_through begins with the day before aris did.
  CREATE TABLE progress (
    only_row          INTEGER PRIMARY KEY CHECK (only_row = 1),
    through           INTEGER NOT NULL,
    confirmed_through TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Wrong codes for the page of a number (requirement P-15); unlike the rest they are kept here alone.
  CREATE TABLE page_guess (
    msisdn  TEXT PRIMARY KEY,
    wrong   INTEGER NOT NULL CHECK (wrong > 0),
    last_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]

interface EntryRow {
  readonly amount: number
  readonly month: string
  readonly day: string | null
  readonly charged_at: number | null
}

interface InvoiceRow {
  readonly month: string
  readonly applied_yen: number
  readonly carried_out_yen: number
}

/** What became of updates that billing sent. */
export type UpdatesTaken =
  | { readonly outcome: 'taken'; readonly through: number }
  /** Some that come before are not here: billing sends again from the one after `through`. */
  | { readonly outcome: 'gap'; readonly through: number }

/** aris's own store: what may be enquired about, fed by every change of billing's (requirements B-06, A-05). */
export class ArisStore {
  /** What was keyed wrong on the subscribers' page. */
  readonly pageLocks: PageLocks
  readonly #store: Database
  readonly #writer: GroupCommit

  /** Opens the store, or makes it; throws the faults of `openStore`. */
  constructor(path: string, clock: Clock, onBroken: (fault: Fault) => void) {
    this.#store = openStore(path, MIGRATIONS)
    this.#writer = new GroupCommit(this.#store, { onBroken })
    this.pageLocks = new PageLocks(this.#store, this.#writer)
    const yesterday = jstDay(epochMs(clock.now() - DAY_MS))
    this.#store
      .prepare(
        'INSERT OR IGNORE INTO progress (only_row, through, confirmed_through) VALUES (1, 0, ?)',
      )
      .run(yesterday)
  }

  /** The newest update that is taken. */
  through(): number {
    return this.#progress().through
  }

  /** Takes updates `first`, `first` + 1 …: those that are here already are passed over. */
  take(first: number, updates: readonly ArisUpdate[]): Promise<UpdatesTaken> {
    return this.#writer.run(() => {
      const { through } = this.#progress()
      if (first > through + 1) return { outcome: 'gap', through } as const
      for (const [index, update] of updates.entries()) {
        if (first + index > through) this.#apply(first + index, update)
      }
      const last = Math.max(through, first + updates.length - 1)
      this.#store.prepare('UPDATE progress SET through = ?').run(last)
      return { outcome: 'taken', through: last } as const
    })
  }

  /** All that is known of the contract that has a number at a moment; `undefined` when none has it. */
  knowledgeOf(msisdn: Msisdn, now: EpochMs): ArisKnowledge | undefined {
    const contractNo = this.#store
      .prepare<[string, number, number], number>(
        `SELECT contract_no FROM number_period
         WHERE msisdn = ? AND from_at <= ? AND (until_at IS NULL OR until_at > ?)
         ORDER BY from_at DESC LIMIT 1`,
      )
      .pluck()
      .get(msisdn, now, now)
    if (contractNo === undefined) return undefined
    return {
      entries: this.#entriesOf(contractNo),
      invoices: this.#invoicesOf(contractNo),
      closedMonths: this.#store
        .prepare<[], JstMonth>('SELECT month FROM closed_month')
        .pluck()
        .all(),
      confirmedThrough: this.#progress().confirmed_through as JstDay,
    }
  }

  close(): void {
    this.#writer.flush()
    this.#store.close()
  }

  #progress(): { readonly through: number; readonly confirmed_through: string } {
    const row = this.#store
      .prepare<[], { through: number; confirmed_through: string }>('SELECT * FROM progress')
      .get()
    if (!row) throw new TypeError('the store does not know how far it has come')
    return row
  }

  #entriesOf(contractNo: number) {
    return this.#store
      .prepare<[number], EntryRow>('SELECT * FROM entry WHERE contract_no = ? ORDER BY number')
      .all(contractNo)
      .map(row => ({
        amount: yen(row.amount),
        month: row.month as JstMonth,
        day: row.day === null ? undefined : (row.day as JstDay),
        chargedAt: row.charged_at === null ? undefined : epochMs(row.charged_at),
      }))
  }

  #invoicesOf(contractNo: number) {
    return this.#store
      .prepare<[number], InvoiceRow>('SELECT * FROM invoice WHERE contract_no = ?')
      .all(contractNo)
      .map(row => ({
        month: row.month as JstMonth,
        appliedYen: yen(row.applied_yen),
        carriedOutYen: yen(row.carried_out_yen),
      }))
  }

  #apply(number: number, update: ArisUpdate): void {
    const run = (sql: string, ...values: unknown[]) => void this.#store.prepare(sql).run(...values)
    switch (update.kind) {
      case 'number': {
        const { msisdn, from, until, contractNo } = update
        run(
          'INSERT OR REPLACE INTO number_period VALUES (?, ?, ?, ?)',
          msisdn,
          from,
          until ?? null,
          contractNo,
        )
        break
      }
      case 'entry': {
        const { contractNo, amount, month, day, chargedAt } = update
        run(
          'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)',
          contractNo,
          number,
          amount,
          month,
          day ?? null,
          chargedAt ?? null,
        )
        break
      }
      case 'invoice': {
        const { contractNo, month, appliedYen, carriedOutYen } = update
        run('INSERT INTO invoice VALUES (?, ?, ?, ?)', contractNo, month, appliedYen, carriedOutYen)
        break
      }
      case 'month_closed':
        run('INSERT INTO closed_month VALUES (?)', update.month)
        break
      case 'days_confirmed':
        run('UPDATE progress SET confirmed_through = ?', update.through)
        break
    }
  }
}
