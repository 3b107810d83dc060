import type { Json } from '../../domain/canonical-json.js'
import type { Clock } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'
import { administers, groupMistake, type PermissionGroup } from '../accounts/permission-group.js'
import type { Account, Accounts, KeptAccount } from './accounts.js'
import type { Groups } from './groups.js'
import type { NewPeopleEntry, PeopleEntry, PeopleLog } from './people-log.js'
import type { Sessions } from './sessions.js'

/** Who does it, and why. */
export type Doing = Pick<NewPeopleEntry, 'person' | 'role' | 'reason'>

/** What was one way before and is another after. */
interface Changed {
  readonly before: Json
  readonly after: Json
}

export interface PeopleOptions {
  readonly store: Database
  readonly writer: GroupCommit
  /** The machine's. */
  readonly clock: Clock
  readonly accounts: Accounts
  readonly groups: Groups
  readonly sessions: Sessions
  readonly log: PeopleLog
}

/**
 * All that is done to accounts, permission groups and sessions (requirement P-12): each in one work of the store's
 * writer with its entry in the log, which is the answer. What cannot be done throws `ACT_REFUSED`, and the try stands
 * in the log. Where somebody administers, somebody does afterwards too: the last one can lock nobody out for good.
 */
export class People {
  readonly #options: PeopleOptions

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** Makes an account; `password`: its digest. */
  add(doing: Doing, account: Account): Promise<PeopleEntry> {
    const { accounts } = this.#options
    const { name, group } = account
    return this.#do(doing, 'add_account', name, at => {
      if (accounts.get(name)) throw refused(`There is an account ${name} already.`)
      if (accounts.isFormer(name)) throw refused(`Somebody was called ${name} before.`)
      this.#group(group)
      accounts.keep(account, at)
      return { before: null, after: { group } }
    })
  }

  rename(doing: Doing, name: string, to: string): Promise<PeopleEntry> {
    const { accounts } = this.#options
    return this.#do(doing, 'rename_account', name, at => {
      this.#account(name)
      if (accounts.get(to)) throw refused(`There is an account ${to} already.`)
      if (accounts.isFormer(to)) throw refused(`Somebody was called ${to} before.`)
      accounts.rename(name, to, at)
      return { before: { name }, after: { name: to } }
    })
  }

  disable(doing: Doing, name: string): Promise<PeopleEntry> {
    return this.#do(doing, 'disable_account', name, at => {
      if (this.#account(name).disabledAt !== null) throw refused(`${name} is disabled already.`)
      this.#options.accounts.disable(name, at)
      return { before: { disabled: false }, after: { disabled: true } }
    })
  }

  enable(doing: Doing, name: string): Promise<PeopleEntry> {
    return this.#do(doing, 'enable_account', name, () => {
      if (this.#account(name).disabledAt === null) throw refused(`${name} is not disabled.`)
      this.#options.accounts.disable(name, null)
      return { before: { disabled: true }, after: { disabled: false } }
    })
  }

  /** `password`: the digest of the new one. */
  setPassword(doing: Doing, name: string, password: string): Promise<PeopleEntry> {
    return this.#do(doing, 'reset_password', name, at => {
      const { group } = this.#account(name)
      this.#options.accounts.keep({ name, group, password }, at)
      return { before: null, after: null }
    })
  }

  /** Puts an account into another group. */
  assign(doing: Doing, name: string, group: string): Promise<PeopleEntry> {
    return this.#do(doing, 'change_group', name, at => {
      const { group: before, password } = this.#account(name)
      this.#group(group)
      this.#options.accounts.keep({ name, group, password }, at)
      return { before: { group: before }, after: { group } }
    })
  }

  remove(doing: Doing, name: string): Promise<PeopleEntry> {
    return this.#do(doing, 'remove_account', name, () => {
      const { group } = this.#account(name)
      this.#options.accounts.drop(name)
      return { before: { group }, after: null }
    })
  }

  /** Makes an own group, or another of it; the sessions of those in it end (fault test XW3). */
  putGroup(doing: Doing, group: PermissionGroup): Promise<PeopleEntry> {
    const { groups, accounts } = this.#options
    const { name, role, functions } = group
    return this.#do(doing, 'put_group', name, () => {
      const mistake = groupMistake(group)
      if (mistake !== undefined) throw refused(mistake)
      const before = groups.find(name)
      groups.put(group)
      accounts.endSessionsOf(name)
      const was = before ? { role: before.role, functions: before.functions } : null
      return { before: was, after: { role, functions } }
    })
  }

  removeGroup(doing: Doing, name: string): Promise<PeopleEntry> {
    const { groups, accounts } = this.#options
    return this.#do(doing, 'remove_group', name, () => {
      const group = this.#group(name)
      const mistake = groupMistake(group)
      if (mistake !== undefined) throw refused(mistake)
      const people = accounts.list().filter(one => one.group === name).length
      if (people > 0) throw refused(`${people} accounts are in the group ${name}.`)
      groups.remove(name)
      return { before: { role: group.role, functions: group.functions }, after: null }
    })
  }

  /** Ends a session by its name. */
  endSession(doing: Doing, session: string): Promise<PeopleEntry> {
    return this.#do(doing, 'end_session', session, () => {
      if (!this.#options.sessions.drop(session)) throw refused('That session is over already.')
      return { before: null, after: null }
    })
  }

  /** Notes that somebody tried what the group does not allow. */
  noteRejected(doing: Doing, act: string, subject: string, because: string): Promise<PeopleEntry> {
    const { writer, log, clock } = this.#options
    const entry = { ...doing, act, subject, because, outcome: 'rejected', before: null } as const
    return writer.run(() => log.append({ ...entry, after: null, at: clock.now() }))
  }

  async #do(
    doing: Doing,
    act: string,
    subject: string,
    work: (at: number) => Changed,
  ): Promise<PeopleEntry> {
    const { writer, clock, log } = this.#options
    const done = await writer.run(() => {
      const noted = { ...doing, act, subject, at: clock.now() }
      const changed = this.#alone(() => work(noted.at))
      if (!(changed instanceof Fault)) {
        return log.append({ ...noted, ...changed, outcome: 'performed', because: null })
      }
      const because = changed.message
      log.append({ ...noted, outcome: 'rejected', because, before: null, after: null })
      return changed
    })
    if (done instanceof Fault) throw done
    return done
  }

  /** What was begun and then refused is undone, while the entry that tells of it stands. */
  #alone(work: () => Changed): Changed | Fault {
    try {
      return this.#options.store.transaction(() => {
        const administered = this.#isAdministered()
        const changed = work()
        if (administered && !this.#isAdministered()) {
          throw refused('Nobody would be left who can change accounts and groups.')
        }
        return changed
      })()
    } catch (error) {
      if (error instanceof Fault && error.code === 'ACT_REFUSED') return error
      throw error
    }
  }

  #isAdministered(): boolean {
    const { accounts, groups } = this.#options
    return accounts.list().some(({ group: name, disabledAt }) => {
      const group = groups.find(name)
      return disabledAt === null && group !== undefined && administers(group)
    })
  }

  #account(name: string): KeptAccount {
    const account = this.#options.accounts.get(name)
    if (account) return account
    throw refused(`There is no account ${name}.`)
  }

  #group(name: string): PermissionGroup {
    const group = this.#options.groups.find(name)
    if (group) return group
    throw refused(`There is no permission group ${name}.`)
  }
}

const refused = (why: string): Fault => new Fault('ACT_REFUSED', why)
