import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { ROLES, type Role } from '../../domain/role.js'
import { systemClock } from '../../platform/clock.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { nocStore } from '../config.js'
import { lookAtNocStore, type NocStore, openNocStore } from '../store/open.js'
import { digestPassword, randomPassword } from './password.js'

/** `mcscp noc accounts`: who may log in to the operators' screens. */
export function accountsCommand(surroundings: CommandSurroundings): Command {
  const accounts = new Command('accounts').description(
    'Shows, adds and removes the accounts of the operators’ screens. A running noc sees it at once.',
  )
  const name = () => new Argument('<name>', 'a-z, 0-9, dot and hyphen').argParser(accountName)
  accounts
    .command('list')
    .description('Lists the accounts with their roles.')
    .action(() => list(surroundings))
  accounts
    .command('add')
    .description(
      'Adds an account, or gives one that is there a new password, and prints the password: it is ' +
        'shown this once and kept nowhere. Its sessions end.',
    )
    .addArgument(name())
    .addOption(
      new Option('--role <role>', 'what it may do').choices(ROLES).default('viewer' satisfies Role),
    )
    .action((account: string, { role }: { role: Role }) => add(surroundings, account, role))
  accounts
    .command('remove')
    .description('Removes an account and ends its sessions.')
    .addArgument(name())
    .action((account: string) => remove(surroundings, account))
  return accounts
}

function accountName(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,31}$/.test(text)) return text
  throw new InvalidArgumentError('1 to 32 of a-z, 0-9, dot and hyphen.')
}

async function withStore<T>(
  surroundings: CommandSurroundings,
  work: (store: NocStore) => Promise<T>,
): Promise<T> {
  const store = openNocStore(nocStore(surroundings.home()))
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

async function list(surroundings: CommandSurroundings): Promise<void> {
  const store = lookAtNocStore(nocStore(surroundings.home()))
  if (!store) {
    console.log('No accounts: noc has not run here yet.')
    return
  }
  try {
    for (const { name, role } of await store.accounts.all()) {
      console.log(`${name.padEnd(32)}  ${role}`)
    }
  } finally {
    store.close()
  }
}

const add = (surroundings: CommandSurroundings, name: string, role: Role) =>
  withStore(surroundings, async ({ accounts }) => {
    const password = randomPassword()
    const account = { name, role, password: await digestPassword(password) }
    await accounts.put(account, systemClock.now())
    console.log(`${name} (${role}), password: ${password}`)
  })

const remove = (surroundings: CommandSurroundings, name: string) =>
  withStore(surroundings, async ({ accounts }) => {
    if (!(await accounts.remove(name))) {
      throw new Fault('COMMAND_REFUSED', `There is no account ${name}.`)
    }
    console.log(`${name} removed.`)
  })
