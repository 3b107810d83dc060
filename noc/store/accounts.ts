import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'

/** A person who may log in. */
export interface Account {
  readonly name: string
  /** The permission group that it is in: a built-in one or an own one. */
  readonly group: string
  /** Digest of the password, as accounts/password.ts writes it. */
  readonly password: string
}

/** An account as it is kept; moments are ms of the machine's clock. */
export interface KeptAccount extends Account {
  readonly madeAt: number
  /** `null`: it may log in. */
  readonly disabledAt: number | null
}

const COLUMNS = `name, permission_group AS "group", password, made_at AS madeAt, disabled_at AS disabledAt`

/** The accounts of the operators. */
export class Accounts {
  readonly #writer: GroupCommit
  readonly #find
  readonly #all
  readonly #put
  readonly #remove
  readonly #rename
  readonly #disable
  readonly #keepName
  readonly #isFormer
  readonly #endSessions
  readonly #endSessionsOfGroup

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    this.#find = store.prepare<[string], KeptAccount>(
      `SELECT ${COLUMNS} FROM account WHERE name = ?`,
    )
    this.#all = store.prepare<[], KeptAccount>(`SELECT ${COLUMNS} FROM account ORDER BY name`)
    this.#put = store.prepare<[string, string, string, number]>(
      `INSERT INTO account (name, permission_group, password, made_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET permission_group = excluded.permission_group,
         password = excluded.password`,
    )
    this.#remove = store.prepare<[string]>('DELETE FROM account WHERE name = ?')
    this.#rename = store.prepare<[string, string]>('UPDATE account SET name = ? WHERE name = ?')
    this.#disable = store.prepare<[number | null, string]>(
      'UPDATE account SET disabled_at = ? WHERE name = ?',
    )
    this.#keepName = store.prepare<[string, number]>(
      'INSERT OR IGNORE INTO former_name (name, until) VALUES (?, ?)',
    )
    this.#isFormer = store.prepare<[string]>('SELECT 1 FROM former_name WHERE name = ?')
    this.#endSessions = store.prepare<[string]>('DELETE FROM session WHERE account = ?')
    this.#endSessionsOfGroup = store.prepare<[string]>(
      'DELETE FROM session WHERE account IN (SELECT name FROM account WHERE permission_group = ?)',
    )
  }

  async find(name: string): Promise<KeptAccount | undefined> {
    return this.#find.get(name)
  }

  /** All, by name. */
  async all(): Promise<KeptAccount[]> {
    return this.#all.all()
  }

  /** Adds an account, or gives one that is there another group and password; its sessions end. */
  put(account: Account, at: number): Promise<void> {
    return this.putAll([account], at)
  }

  /** The same for several: all of them, or none. */
  putAll(accounts: readonly Account[], at: number): Promise<void> {
    return this.#writer.run(() => {
      for (const account of accounts) this.keep(account, at)
    })
  }

  // What follows is done in works of the writer that others give it.

  /** The account of a name, now. */
  get(name: string): KeptAccount | undefined {
    return this.#find.get(name)
  }

  /** Every account, now. */
  list(): readonly KeptAccount[] {
    return this.#all.all()
  }

  /** Whether an account was called so once. */
  isFormer(name: string): boolean {
    return this.#isFormer.get(name) !== undefined
  }

  /** As `put`. */
  keep({ name, group, password }: Account, at: number): void {
    this.#put.run(name, group, password, at)
    this.#endSessions.run(name)
  }

  /** Gives an account another name, and keeps the old one from everybody else; its sessions end. */
  rename(name: string, to: string, at: number): void {
    this.#endSessions.run(name)
    this.#rename.run(to, name)
    this.#keepName.run(name, at)
  }

  /** Lets an account log in no more, or again (`null`); its sessions end. */
  disable(name: string, at: number | null): void {
    this.#endSessions.run(name)
    this.#disable.run(at, name)
  }

  /** Takes an account away; its sessions end. */
  drop(name: string): void {
    this.#remove.run(name)
  }

  /** Ends the sessions of everybody in a group: what they may do is another thing now (fault test XW3). */
  endSessionsOf(group: string): void {
    this.#endSessionsOfGroup.run(group)
  }
}
