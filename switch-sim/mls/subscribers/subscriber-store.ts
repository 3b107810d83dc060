import type { Language } from '../../../domain/charge-answer.js'
import type { ContractClass } from '../../../domain/contract-class.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { type Database, openStore } from '../../../platform/store.js'
import type { Subscriber, SubscriberReader } from './subscriber.js'

/** Numbered by their place, only ever appended. */
const MIGRATIONS = [
  `CREATE TABLE subscriber (
     msisdn         TEXT PRIMARY KEY,
     contract_class TEXT NOT NULL,
     language       TEXT NOT NULL,
     ha1_sha256     TEXT NOT NULL,
     ha1_md5        TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
]

/** As a row has it. Written by this file alone, so its texts are what their columns say. */
interface Row {
  readonly msisdn: string
  readonly contract_class: string
  readonly language: string
  readonly ha1_sha256: string
  readonly ha1_md5: string
}

/** The subscribers of the switch, in SQLite. */
export class SubscriberStore implements SubscriberReader {
  readonly #store: Database
  readonly #rowOf: (msisdn: Msisdn) => Row | undefined

  /** Opens the store, or makes it; throws the faults of `openStore`. */
  constructor(path: string) {
    this.#store = openStore(path, MIGRATIONS)
    const select = this.#store.prepare<[string], Row>('SELECT * FROM subscriber WHERE msisdn = ?')
    this.#rowOf = msisdn => select.get(msisdn)
  }

  async find(msisdn: Msisdn): Promise<Subscriber | undefined> {
    const row = this.#rowOf(msisdn)
    return row && subscriberOf(row)
  }

  /** How many there are. */
  count(): number {
    return this.#store.prepare<[], number>('SELECT count(*) FROM subscriber').pluck().get() ?? 0
  }

  /** All, by number. */
  *all(): IterableIterator<Subscriber> {
    const rows = this.#store.prepare<[], Row>('SELECT * FROM subscriber ORDER BY msisdn')
    for (const row of rows.iterate()) yield subscriberOf(row)
  }

  /**
   * Adds subscribers, or replaces those whose number is there; all or none. On disk when it returns.
   * Tells how many of them were new.
   */
  put(subscribers: Iterable<Subscriber>): number {
    const before = this.count()
    const write = this.#store.prepare(
      `INSERT INTO subscriber VALUES (@msisdn, @contract_class, @language, @ha1_sha256, @ha1_md5)
       ON CONFLICT (msisdn) DO UPDATE SET contract_class = excluded.contract_class,
         language = excluded.language, ha1_sha256 = excluded.ha1_sha256, ha1_md5 = excluded.ha1_md5`,
    )
    this.#store.transaction(() => {
      for (const subscriber of subscribers) write.run(rowOf(subscriber))
    })()
    // No call writes here, so the checkpoint that other stores take on a timer is taken at once.
    this.#store.pragma('wal_checkpoint(TRUNCATE)')
    return this.count() - before
  }

  close(): void {
    this.#store.close()
  }
}

const subscriberOf = (row: Row): Subscriber => ({
  msisdn: row.msisdn as Msisdn,
  contractClass: row.contract_class as ContractClass,
  language: row.language as Language,
  ha1: { sha256: row.ha1_sha256, md5: row.ha1_md5 },
})

const rowOf = ({ msisdn, contractClass, language, ha1 }: Subscriber): Row => ({
  msisdn,
  contract_class: contractClass,
  language,
  ha1_sha256: ha1.sha256,
  ha1_md5: ha1.md5,
})
