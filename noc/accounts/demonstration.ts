import { ROLES, type Role } from '../../domain/role.js'
import type { Home } from '../../platform/home.js'
import { makeSecretFile, readSecretFile } from '../../platform/secret-file.js'
import { demonstrationAccountFile } from '../config.js'
import type { Account, Accounts } from '../store/accounts.js'
import { digestPassword, randomPassword } from './password.js'

/** The account of a newcomer's first look, in simulation only. */
const WATCH = 'watch'

/** A person of each built-in group, so that one newcomer can try what takes two. */
const DEMONSTRATION: readonly { readonly name: string; readonly group: Role }[] = ROLES.map(
  role => ({
    name: role === 'viewer' ? WATCH : role,
    group: role,
  }),
)

/** Those of the card office, whose passwords lie in files. */
export const DEMONSTRATION_OFFICE: readonly string[] = DEMONSTRATION.map(({ name }) => name).filter(
  name => name !== WATCH,
)

/** Name and password of the first look's account; `undefined` when no network has been started here. */
export function demonstrationAccount(home: Home): { name: string; password: string } | undefined {
  const password = readSecretFile(demonstrationAccountFile(home))
  return password === undefined ? undefined : { name: WATCH, password }
}

/**
 * Makes the demonstration accounts where there is none yet but the first look's. The files are on disk
 * before the store, and those that are there are used again, so that a start cut short in between changes
 * no password.
 */
export async function makeDemonstrationAccounts(accounts: Accounts, home: Home): Promise<boolean> {
  const known = await accounts.all()
  if (known.some(({ name }) => name !== WATCH)) return false
  const missing = DEMONSTRATION.filter(({ name }) => !known.some(one => one.name === name))
  await accounts.putAll(await Promise.all(missing.map(one => accountOf(home, one))), 0)
  return true
}

async function accountOf(
  home: Home,
  { name, group }: { name: string; group: Role },
): Promise<Account> {
  const file = demonstrationAccountFile(home, name === WATCH ? undefined : name)
  const password = readSecretFile(file) ?? makeSecretFile(file, randomPassword())
  return { name, group, password: await digestPassword(password) }
}
