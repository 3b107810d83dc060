import { Command, InvalidArgumentError, Option } from 'commander'
import { ROLES, type Role } from '../../domain/role.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { nocStore } from '../config.js'
import { lookAtNocStore } from '../store/open.js'
import { change, NO_REASON, owner } from './accounts-command.js'
import { FUNCTION_NAMES, FUNCTIONS, type FunctionName } from './functions.js'
import {
  BUILT_IN_GROUPS,
  GROUP_NAME,
  knownFunctions,
  type PermissionGroup,
} from './permission-group.js'

interface Putting {
  readonly role: Role
  readonly functions: readonly FunctionName[]
  readonly reason: string
}

/** `mcscp noc groups`: what people may do, function by function (requirement P-12). */
export function groupsCommand(surroundings: CommandSurroundings): Command {
  const groups = new Command('groups').description(
    'Shows and changes permission groups: sets of functions, one a group, and every account in exactly one.',
  )
  groups
    .command('list')
    .description('Lists the groups with how many functions each has.')
    .action(() => list(surroundings))
  groups
    .command('show')
    .description('Tells the functions of a group; without a name, all that there are.')
    .argument('[name]', 'built-in or own')
    .action((name?: string) => show(surroundings, name))
  groups
    .command('put')
    .description('Makes an own group, or another of it; the sessions of those in it end.')
    .argument('<name>', 'up to 32 characters', groupName)
    .addOption(
      new Option('--role <role>', 'as whom the card office knows its people')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--functions <names>',
      'with commas between, as «groups show» tells them',
      named,
    )
    .option('--reason <text>', 'why, for the log', NO_REASON)
    .action((name: string, { role, functions, reason }: Putting) =>
      change(
        surroundings,
        people => people.putGroup(owner(reason), { name, role, functions }),
        `${name}: ${functions.length} functions.`,
      ),
    )
  groups
    .command('remove')
    .description('Removes an own group that no account is in.')
    .argument('<name>', 'an own group', groupName)
    .option('--reason <text>', 'why, for the log', NO_REASON)
    .action((name: string, { reason }: Pick<Putting, 'reason'>) =>
      change(surroundings, people => people.removeGroup(owner(reason), name), `${name} removed.`),
    )
  return groups
}

const NAME = new RegExp(GROUP_NAME, 'u')

function groupName(text: string): string {
  if (NAME.test(text)) return text
  throw new InvalidArgumentError('1 to 32 characters, none of them white at an end.')
}

function named(text: string): readonly FunctionName[] {
  const names = text.split(',').map(name => name.trim())
  const unknown = names.filter(name => !FUNCTION_NAMES.some(one => one === name))
  if (unknown.length === 0) return knownFunctions(names)
  throw new InvalidArgumentError(`There is no function ${unknown.join(', ')}.`)
}

/** The groups as they stand; the built-in ones alone where noc has never run. */
function groupsOf(surroundings: CommandSurroundings): readonly PermissionGroup[] {
  const store = lookAtNocStore(nocStore(surroundings.home()))
  if (!store) return BUILT_IN_GROUPS
  try {
    return store.groups.all()
  } finally {
    store.close()
  }
}

function list(surroundings: CommandSurroundings): void {
  for (const { name, role, functions } of groupsOf(surroundings)) {
    console.log(`${name.padEnd(32)}  ${role.padEnd(13)}  ${functions.length} functions`)
  }
}

function show(surroundings: CommandSurroundings, name: string | undefined): void {
  const group = groupsOf(surroundings).find(one => one.name === name)
  if (name !== undefined && !group) {
    throw new Fault('COMMAND_REFUSED', `There is no permission group ${name}.`)
  }
  for (const one of group?.functions ?? FUNCTION_NAMES) {
    const { ja, en } = FUNCTIONS[one].words
    console.log(`${one.padEnd(22)}  ${ja} · ${en}`)
  }
}
