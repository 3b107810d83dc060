import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../domain/canonical-json.js'
import type { Database } from '../../platform/store.js'

/** One entry, before it has its place: who did or tried what to whom, and why. */
export interface NewPeopleEntry {
  /** Ms of the machine's clock. */
  readonly at: number
  readonly person: string
  /** Role of the person's group; `owner` for who gives commands beside noc. */
  readonly role: string
  readonly act: string
  readonly outcome: 'performed' | 'rejected'
  /** Account, group or session. */
  readonly subject: string
  readonly reason: string
  /** Why it was rejected. */
  readonly because: string | null
  readonly before: Json
  readonly after: Json
}

/** An entry in its place: 1, 2, 3 … without a gap. */
export interface PeopleEntry extends NewPeopleEntry {
  readonly sequence: number
  /** SHA-256 over all of it with the hash of the entry before, hexadecimal. */
  readonly hash: string
}

/** What became of the check of the chain; in the order it is checked. */
export type PeopleCheck =
  | { readonly outcome: 'missing' | 'altered'; readonly sequence: number }
  | { readonly outcome: 'whole'; readonly entries: number; readonly lastHash: string }

interface Row extends Omit<NewPeopleEntry, 'before' | 'after'> {
  readonly sequence: number
  readonly before: string
  readonly after: string
  readonly hash: Buffer
}

/** Stands before the first entry. */
const NO_HASH = Buffer.alloc(32)

/** What was done to accounts, groups and sessions: only ever appended to, each entry chained to the one before (I11). */
export class PeopleLog {
  readonly #last
  readonly #append
  readonly #page
  readonly #all

  constructor(store: Database) {
    this.#last = store.prepare<[], { sequence: number; hash: Buffer }>(
      'SELECT sequence, hash FROM people_entry ORDER BY sequence DESC LIMIT 1',
    )
    this.#append = store.prepare(
      `INSERT INTO people_entry
         (sequence, at, person, role, act, outcome, subject, reason, because, before, after, hash)
       VALUES (@sequence, @at, @person, @role, @act, @outcome, @subject, @reason, @because, @before,
         @after, @hash)`,
    )
    this.#page = store.prepare<[number, number], Row>(
      'SELECT * FROM people_entry WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
    )
    this.#all = store.prepare<[], Row>('SELECT * FROM people_entry ORDER BY sequence')
  }

  /** Appends an entry, in the work of the writer that did what it tells of. */
  append(entry: NewPeopleEntry): PeopleEntry {
    const last = this.#last.get()
    const sequence = (last?.sequence ?? 0) + 1
    const hash = hashOf({ ...entry, sequence }, last?.hash ?? NO_HASH)
    const [before, after] = [canonicalJson(entry.before), canonicalJson(entry.after)]
    this.#append.run({ ...entry, sequence, before, after, hash })
    return { ...entry, sequence, hash: hash.toString('hex') }
  }

  /** Entries before one, newest first. */
  async page(before: number | undefined, max: number): Promise<PeopleEntry[]> {
    return this.#page.all(before ?? Number.MAX_SAFE_INTEGER, max).map(row => ({
      ...contentOf(row),
      hash: row.hash.toString('hex'),
    }))
  }

  /** Reads the log from its first entry and finds the first one that is not as it was written. */
  async check(): Promise<PeopleCheck> {
    let previous = NO_HASH
    let expected = 1
    for (const row of this.#all.iterate()) {
      if (row.sequence !== expected) return { outcome: 'missing', sequence: expected }
      const hash = hashOf(contentOf(row), previous)
      if (!hash.equals(row.hash)) return { outcome: 'altered', sequence: expected }
      previous = hash
      expected++
    }
    return { outcome: 'whole', entries: expected - 1, lastHash: previous.toString('hex') }
  }
}

const contentOf = ({ hash, before, after, ...rest }: Row) => ({
  ...rest,
  before: JSON.parse(before) as Json,
  after: JSON.parse(after) as Json,
})

function hashOf(
  entry: NewPeopleEntry & { readonly sequence: number },
  previous: Buffer,
): Buffer<ArrayBuffer> {
  // Named one by one, so that a column added later leaves the hash of older entries as it is.
  const { sequence, at, person, role, act, outcome, subject, reason, because, before, after } =
    entry
  const content = {
    sequence,
    at,
    person,
    role,
    act,
    outcome,
    subject,
    reason,
    because,
    before,
    after,
  }
  const text = canonicalJson({ ...content, previous: previous.toString('hex') })
  return createHash('sha256').update(text).digest()
}
