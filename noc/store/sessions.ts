import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../domain/clock.js'
import type { Role } from '../../domain/role.js'
import { Fault } from '../../platform/fault.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'
import type { FunctionName } from '../accounts/functions.js'
import type { Groups } from './groups.js'

/** A session that nobody used for so long is over, in ms. */
export const SESSION_IDLE_MS = 15 * 60_000

/** No session lasts longer, in ms: a watch and its handing over. */
export const SESSION_LONGEST_MS = 12 * 3_600_000

/** A use is written down when the last that was is older than this, in ms. */
const USE_WRITTEN_AFTER_MS = 30_000

/** Who asks, and what that person's permission group may do now. */
export interface Session {
  readonly account: string
  readonly group: string
  readonly role: Role
  readonly functions: readonly FunctionName[]
}

/** A session that lasts, as it is told to others: never by its token. Moments are ms of the machine's clock. */
export interface ListedSession extends Pick<Session, 'account' | 'group'> {
  /** Names it: the beginning of its token's digest, in hexadecimal. */
  readonly session: string
  readonly beganAt: number
  readonly usedAt: number
}

/** What who is in a group may do that is gone. */
const NOTHING = { role: 'viewer', functions: [] } as const

/** Hexadecimal digits that name a session. */
const NAME_DIGITS = 16

interface Row extends Pick<Session, 'account' | 'group'> {
  readonly began_at: number
  readonly used_at: number
}

/** Log-ins that last. The token is known to the browser alone; the store has its digest. */
export class Sessions {
  readonly #writer: GroupCommit
  readonly #groups: Pick<Groups, 'find'>
  /** The machine's: sessions keep real time (architecture, point 9). */
  readonly #clock: Clock
  readonly #find
  readonly #open
  readonly #use
  readonly #end
  readonly #endOld
  readonly #all
  readonly #endNamed

  constructor(store: Database, writer: GroupCommit, groups: Pick<Groups, 'find'>, clock: Clock) {
    this.#writer = writer
    this.#groups = groups
    this.#clock = clock
    this.#find = store.prepare<[Buffer], Row>(
      `SELECT account, permission_group AS "group", began_at, used_at FROM session
       JOIN account ON name = account WHERE token_digest = ? AND disabled_at IS NULL`,
    )
    this.#open = store.prepare<[Buffer, string, number, number]>(
      'INSERT INTO session (token_digest, account, began_at, used_at) VALUES (?, ?, ?, ?)',
    )
    this.#use = store.prepare<[number, Buffer]>(
      'UPDATE session SET used_at = ? WHERE token_digest = ?',
    )
    this.#end = store.prepare<[Buffer]>('DELETE FROM session WHERE token_digest = ?')
    this.#all = store.prepare<[number, number], Row & { readonly name: string }>(
      `SELECT substr(hex(token_digest), 1, ${NAME_DIGITS}) AS name, account, permission_group AS "group", began_at, used_at
       FROM session JOIN account ON account.name = account
       WHERE used_at > ? AND began_at > ? ORDER BY began_at DESC`,
    )
    this.#endNamed = store.prepare<[string]>(
      `DELETE FROM session WHERE substr(hex(token_digest), 1, ${NAME_DIGITS}) = upper(?)`,
    )
    this.#endOld = store.prepare<[number, number]>(
      'DELETE FROM session WHERE used_at <= ? OR began_at <= ?',
    )
  }

  /** Every session that lasts, the one that began last first. */
  async all(): Promise<ListedSession[]> {
    const now = this.#clock.now()
    return this.#all
      .all(now - SESSION_IDLE_MS, now - SESSION_LONGEST_MS)
      .map(({ name, began_at: beganAt, used_at: usedAt, ...who }) => ({
        ...who,
        session: name.toLowerCase(),
        beganAt,
        usedAt,
      }))
  }

  /** Ends the session of a name, in a work of the writer; `false`: there is none. */
  drop(session: string): boolean {
    return this.#endNamed.run(session).changes > 0
  }

  /** The name under which a token's session is listed. */
  nameOf(token: string): string {
    return digestOf(token).toString('hex').slice(0, NAME_DIGITS)
  }

  /** Begins a session of an account; its token, 256 random bits. */
  async begin(account: string): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    const now = this.#clock.now()
    await this.#writer.run(() => {
      this.#endOld.run(now - SESSION_IDLE_MS, now - SESSION_LONGEST_MS)
      this.#open.run(digestOf(token), account, now, now)
    })
    return token
  }

  /**
   * Whose session a token is of, and that it is used; `undefined` when it is over, or none. A use that cannot be
   * written down now keeps nobody out, who may be here because a disk is full.
   */
  async use(token: string): Promise<Session | undefined> {
    const digest = digestOf(token)
    const row = this.#find.get(digest)
    const now = this.#clock.now()
    if (!row || now - row.used_at >= SESSION_IDLE_MS || now - row.began_at >= SESSION_LONGEST_MS) {
      return undefined
    }
    if (now - row.used_at >= USE_WRITTEN_AFTER_MS) {
      await this.#writer
        .run(() => this.#use.run(now, digest))
        .catch(error => {
          if (!(error instanceof Fault)) throw error
        })
    }
    const { account, group } = row
    const { role, functions } = this.#groups.find(group) ?? NOTHING
    return { account, group, role, functions }
  }

  async end(token: string): Promise<void> {
    await this.#writer.run(() => this.#end.run(digestOf(token)))
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()
