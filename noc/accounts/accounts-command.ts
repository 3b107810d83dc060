import { Argument, Command, InvalidArgumentError } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { minuteText } from '../../platform/office-acts.js'
import { nocStore } from '../config.js'
import { lookAtNocStore, type NocStore, openNocStore } from '../store/open.js'
import type { Doing, People } from '../store/people.js'
import { digestPassword, randomPassword } from './password.js'
import { ACCOUNT_NAME } from './permission-group.js'

/** Who gives commands on this machine without noc: whoever may write its store. */
export const owner = (reason: string): Doing => ({ person: 'owner', role: 'owner', reason })

/** Why, where nobody says it. */
export const NO_REASON = 'by command'

interface Reasoned {
  readonly reason: string
}

/** `mcscp noc accounts`: who may log in to the operators' screens. */
export function accountsCommand(surroundings: CommandSurroundings): Command {
  const accounts = new Command('accounts').description(
    'Shows and changes the accounts of the operators’ screens. A running noc sees it at once, and each change ' +
      'stands in its log of people.',
  )
  accounts
    .command('list')
    .description('Lists the accounts with their permission groups.')
    .action(() => list(surroundings))
  accounts
    .command('log')
    .description('Shows what was done to accounts, groups and sessions, the newest last.')
    .option('--verify', 'first compute the chain of the log anew')
    .action(({ verify = false }: { verify?: boolean }) => log(surroundings, verify))
  changing(accounts, 'add', 'name')
    .description(
      'Adds an account, or gives one that is there a new password, and prints the password: it is ' +
        'shown this once and kept nowhere. Its sessions end.',
    )
    .option('--group <group>', 'its permission group, built-in or own; viewer for a new one')
    .action((account: string, { group, reason }: Reasoned & { group?: string }) =>
      add(surroundings, account, group, reason),
    )
  changing(accounts, 'rename', 'name')
    .description(
      'Gives an account another name; nobody else is ever called as it was. Its sessions end.',
    )
    .addArgument(nameArgument('to'))
    .action((account: string, to: string, { reason }: Reasoned) =>
      change(surroundings, people => people.rename(owner(reason), account, to), `${to} it is.`),
    )
  changing(accounts, 'assign', 'name')
    .description('Puts an account into another permission group. Its sessions end.')
    .argument('<group>', 'built-in or own')
    .action((account: string, group: string, { reason }: Reasoned) =>
      change(
        surroundings,
        people => people.assign(owner(reason), account, group),
        `${account} is in ${group}.`,
      ),
    )
  for (const [act, description, after] of [
    ['disable', 'Lets an account log in no more, and ends its sessions.', 'is disabled.'],
    ['enable', 'Lets a disabled account log in again.', 'may log in.'],
    ['remove', 'Removes an account and ends its sessions.', 'removed.'],
  ] as const) {
    changing(accounts, act, 'name')
      .description(description)
      .action((account: string, { reason }: Reasoned) =>
        change(surroundings, people => people[act](owner(reason), account), `${account} ${after}`),
      )
  }
  return accounts
}

/** A command that changes something about an account. */
const changing = (accounts: Command, name: string, argument: string): Command =>
  accounts
    .command(name)
    .addArgument(nameArgument(argument))
    .option('--reason <text>', 'why, for the log', NO_REASON)

const nameArgument = (name: string) =>
  new Argument(`<${name}>`, 'a-z, 0-9, dot and hyphen').argParser(accountName)

const NAME = new RegExp(ACCOUNT_NAME)

function accountName(text: string): string {
  if (NAME.test(text)) return text
  throw new InvalidArgumentError('1 to 32 of a-z, 0-9, dot and hyphen.')
}

/** Changes what noc's store says of people, beside a running noc, and tells that it is done. */
export function change(
  surroundings: CommandSurroundings,
  deed: (people: People) => Promise<unknown>,
  done: string,
): Promise<void> {
  return withStore(surroundings, async ({ people }) => {
    await deed(people)
    console.log(done)
  })
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
    for (const { name, group, disabledAt } of await store.accounts.all()) {
      console.log(`${name.padEnd(32)}  ${group}${disabledAt === null ? '' : '  停止 disabled'}`)
    }
  } finally {
    store.close()
  }
}

const add = (
  surroundings: CommandSurroundings,
  name: string,
  group: string | undefined,
  reason: string,
) =>
  withStore(surroundings, async ({ accounts, people }) => {
    const there = await accounts.find(name)
    const drawn = randomPassword()
    const password = await digestPassword(drawn)
    if (!there) await people.add(owner(reason), { name, group: group ?? 'viewer', password })
    else {
      if (group !== undefined && group !== there.group) {
        await people.assign(owner(reason), name, group)
      }
      await people.setPassword(owner(reason), name, password)
    }
    console.log(`${name} (${group ?? there?.group ?? 'viewer'}), password: ${drawn}`)
  })

/** Entries of the log that are shown. */
const SHOWN = 100

async function log(surroundings: CommandSurroundings, verify: boolean): Promise<void> {
  const store = lookAtNocStore(nocStore(surroundings.home()))
  if (!store) {
    console.log('No log: noc has not run here yet.')
    return
  }
  try {
    for (const one of (await store.peopleLog.page(undefined, SHOWN)).reverse()) {
      const { sequence, at, person, act, subject, outcome, reason, because } = one
      const why = because === null ? reason : `${reason} (${because})`
      console.log(
        `${`${sequence}`.padStart(5)}  ${minuteText(at)}  ${person}  ${act}  ${subject}  ${outcome}: ${why}`,
      )
    }
    if (!verify) return
    const check = await store.peopleLog.check()
    if (check.outcome === 'whole') {
      console.log(`記録は完全です · the log is whole: ${check.entries} entries, ${check.lastHash}`)
      return
    }
    console.log(
      `記録が壊れています · the log is broken: entry ${check.sequence} is ${check.outcome}.`,
    )
    process.exitCode = 1
  } finally {
    store.close()
  }
}
