import type { Role } from '../../domain/role.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'

/** A person who may log in. */
export interface Account {
  readonly name: string
  readonly role: Role
  /** Digest of the password, as accounts/password.ts writes it. */
  readonly password: string
}

/** The accounts of the operators. */
export class Accounts {
  readonly #writer: GroupCommit
  readonly #find
  readonly #all
  readonly #put
  readonly #remove
  readonly #endSessions

  constructor(store: Database, writer: GroupCommit) {
    this.#writer = writer
    // Written by this file alone, so a role is one of ours.
    this.#find = store.prepare<[string], Account>(
      'SELECT name, role, password FROM account WHERE name = ?',
    )
    this.#all = store.prepare<[], Account>('SELECT name, role, password FROM account ORDER BY name')
    this.#put = store.prepare<[string, Role, string, number]>(
      `INSERT INTO account (name, role, password, made_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password`,
    )
    this.#remove = store.prepare<[string]>('DELETE FROM account WHERE name = ?')
    this.#endSessions = store.prepare<[string]>('DELETE FROM session WHERE account = ?')
  }

  async find(name: string): Promise<Account | undefined> {
    return this.#find.get(name)
  }

  /** All, by name. */
  async all(): Promise<Account[]> {
    return this.#all.all()
  }

  /** Adds an account, or gives one that is there another role and password; its sessions end. */
  put(account: Account, at: number): Promise<void> {
    return this.putAll([account], at)
  }

  /** The same for several: all of them, or none. */
  putAll(accounts: readonly Account[], at: number): Promise<void> {
    return this.#writer.run(() => {
      for (const { name, role, password } of accounts) {
        this.#put.run(name, role, password, at)
        this.#endSessions.run(name)
      }
    })
  }

  /** Removes an account, its sessions with it; `false` when there was none. */
  remove(name: string): Promise<boolean> {
    return this.#writer.run(() => this.#remove.run(name).changes === 1)
  }
}
