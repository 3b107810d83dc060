import type { Accounts } from '../store/accounts.js'
import type { People } from '../store/people.js'
import { digestPassword, randomPassword } from './password.js'

/** Who is there from the first start on, in a network that charges real money. */
export const FIRST_ADMINISTRATOR = 'admin'

/**
 * Makes the first account, an administrator, where there is none at all; its password, to be told once, or
 * `undefined`: there are accounts.
 */
export async function makeFirstAdministrator(
  accounts: Pick<Accounts, 'all'>,
  people: Pick<People, 'add'>,
): Promise<string | undefined> {
  if ((await accounts.all()).length > 0) return undefined
  const password = randomPassword()
  const doing = { person: 'noc', role: 'owner', reason: 'the first start' }
  const digest = await digestPassword(password)
  await people.add(doing, { name: FIRST_ADMINISTRATOR, group: 'administrator', password: digest })
  return password
}
