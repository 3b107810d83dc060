import Sqlite from 'better-sqlite3'
import type { SerialNumber } from '../../domain/card.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Home } from '../../platform/home.js'
import { openStoreToRead } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { cardStates, msisdnKey, msisdnOf, serialKey } from '../../scp/store/keys.js'

/** What scp's store says, read beside its writer. */
export class ScpBooks {
  readonly #home: Home

  constructor(home: Home) {
    this.#home = home
  }

  /** Wrong entries in a row of a handset, and whether it is locked. */
  lock(of: string): { readonly wrong: number; readonly locked: boolean } {
    const row = this.#row<{ consecutive: number; locked_at: number | null }>(
      'SELECT consecutive, locked_at FROM handset_lock WHERE msisdn = ?',
      msisdnKey(of as Msisdn),
    )
    return { wrong: row?.consecutive ?? 0, locked: typeof row?.locked_at === 'number' }
  }

  /** A card's state, and who used it. */
  card(serial: SerialNumber | undefined): { readonly state: string; readonly by?: Msisdn } {
    const row = this.#row<{ state: number; used_by: number | null }>(
      `SELECT card_range.state, used_by FROM card
       JOIN card_range ON serial BETWEEN first_serial AND last_serial WHERE serial = ?`,
      serial ? serialKey(serial) : -1,
    )
    if (!row) return { state: 'not there' }
    if (row.used_by === null) return { state: cardStates.word(row.state) }
    return { state: 'used', by: msisdnOf(row.used_by) }
  }

  /** Yen that a number registered, in all months. */
  registered(of: string): number {
    return this.#number(
      'SELECT coalesce(sum(registered), 0) FROM month_total WHERE msisdn = ?',
      msisdnKey(of as Msisdn),
    )
  }

  /** Charge records of a card. */
  records(serial: SerialNumber | undefined): number {
    return this.#number(
      'SELECT count(*) FROM charge_record WHERE serial = ?',
      serial ? serialKey(serial) : -1,
    )
  }

  /** Receipts that are due to a number. */
  receipts(of: string): number {
    return this.#number(
      'SELECT count(*) FROM receipt JOIN call_session USING (token) WHERE msisdn = ?',
      msisdnKey(of as Msisdn),
    )
  }

  /** Entries of a number in all its calls, refused ones too. */
  entries(of: string): number {
    return this.#number(
      'SELECT count(*) FROM entry JOIN call_session USING (token) WHERE msisdn = ?',
      msisdnKey(of as Msisdn),
    )
  }

  /** Call sessions of a number, and how many have not ended. */
  sessions(of: string): { readonly all: number; readonly open: number } {
    const row = this.#row<{ every: number; ended: number }>(
      'SELECT count(*) AS every, count(ended_at) AS ended FROM call_session WHERE msisdn = ?',
      msisdnKey(of as Msisdn),
    )
    const { every, ended } = row ?? { every: 0, ended: 0 }
    return { all: every, open: every - ended }
  }

  /** Tokens of a number's call sessions, oldest first: what ivr's log knows its calls by. */
  tokens(of: string): string[] {
    const rows = this.#rows<{ token: Buffer }>(
      'SELECT token FROM call_session WHERE msisdn = ? ORDER BY began_at',
      msisdnKey(of as Msisdn),
    )
    return rows.map(({ token }) => token.toString('hex'))
  }

  /** What must always agree: yen of used cards, of charge records and of month totals. */
  yen(): { readonly cards: number; readonly records: number; readonly totals: number } {
    return {
      cards: this.#number(
        `SELECT coalesce(sum(face_value), 0) FROM card JOIN batch USING (batch)
         WHERE card.used_by IS NOT NULL`,
      ),
      records: this.#number('SELECT coalesce(sum(face_value), 0) FROM charge_record'),
      totals: this.#number('SELECT coalesce(sum(registered), 0) FROM month_total'),
    }
  }

  /**
   * Keeps scp's writer from writing until the result is called: the lock that another process's slow
   * transaction would hold. Safe to call twice.
   */
  hold(): () => void {
    const store = new Sqlite(scpStore(this.#home), { timeout: 2_000 })
    store.exec('BEGIN IMMEDIATE')
    return () => void store.close()
  }

  #number(sql: string, ...values: unknown[]): number {
    return Number(Object.values(this.#row<object>(sql, ...values) ?? { none: 0 })[0])
  }

  #row<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#rows<Row>(sql, ...values)[0]
  }

  #rows<Row>(sql: string, ...values: unknown[]): Row[] {
    const store = openStoreToRead(scpStore(this.#home))
    try {
      return store.prepare(sql).all(...values) as Row[]
    } finally {
      store.close()
    }
  }
}
