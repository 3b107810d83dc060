import type { Home } from '../../platform/home.js'
import { makeSecretFile, readSecretFile } from '../../platform/secret-file.js'
import { demonstrationAccountFile } from '../config.js'
import type { Accounts } from '../store/accounts.js'
import { digestPassword, randomPassword } from './password.js'

/** The account of a newcomer's first look, in simulation only. */
const NAME = 'watch'

/** Name and password of the demonstration account; `undefined` when no network has been started here. */
export function demonstrationAccount(home: Home): { name: string; password: string } | undefined {
  const password = readSecretFile(demonstrationAccountFile(home))
  return password === undefined ? undefined : { name: NAME, password }
}

/**
 * Makes the demonstration account where there is no account yet. The file is on disk before the store,
 * and one that is there is used again, so that a start cut short in between changes no password.
 */
export async function makeDemonstrationAccount(accounts: Accounts, home: Home): Promise<boolean> {
  if ((await accounts.all()).length > 0) return false
  const file = demonstrationAccountFile(home)
  const password = readSecretFile(file) ?? makeSecretFile(file, randomPassword())
  await accounts.put({ name: NAME, role: 'viewer', password: await digestPassword(password) }, 0)
  return true
}
