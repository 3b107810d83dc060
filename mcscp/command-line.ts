import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { CommandSurroundings } from '../platform/command.js'
import { PRODUCT_FOLDER } from '../platform/product-files.js'
import { PROGRAMS, type ProgramEntry } from './programs.js'

/** Makes a command when somebody asks for it: its packages take most of the time that a short one runs. */
type Load = (surroundings: CommandSurroundings) => Promise<Command>

/** The commands that are no programs, in the order in which `--help` tells of them. */
const COMMANDS: Readonly<Record<string, Load>> = {
  all: async () => (await import('./all-command.js')).allCommand(),
  programs: async of => (await import('./programs-command.js')).programsCommand(of),
  status: async of => (await import('./status-command.js')).statusCommand(of),
  config: async () => (await import('./config-command.js')).configCommand(),
  alarms: async of => (await import('../noc/alarms/alarms-command.js')).alarmsCommand(of),
  traffic: async of => (await import('../noc/traffic/traffic-command.js')).trafficCommand(of),
  log: async of => (await import('../scp/log/log-command.js')).logCommand(of),
  clock: async of => (await import('./clock-command.js')).clockCommand(of),
  call: async of => (await import('../switch-sim/handset/call-command.js')).callCommand(of),
  load: async of => (await import('../switch-sim/handset/load-command.js')).loadCommand(of),
  cards: async of => (await import('../scp/cards/cards-command.js')).cardsCommand(of),
  approvals: async of => (await import('../noc/office/approvals-command.js')).approvalsCommand(of),
  audit: async of => (await import('../noc/office/audit-command.js')).auditCommand(of),
  services: async of => (await import('../noc/office/services-command.js')).servicesCommand(of),
  tables: async of => (await import('../noc/office/tables-command.js')).tablesCommand(of),
  keys: async of => (await import('../noc/office/keys-command.js')).keysCommand(of),
  locks: async of => (await import('../noc/office/locks-command.js')).locksCommand(of),
  reconcile: async of => (await import('./reconcile/reconcile-command.js')).reconcileCommand(of),
  backup: async () => (await import('./backup/backup-commands.js')).backupCommand(),
  restore: async () => (await import('./backup/backup-commands.js')).restoreCommand(),
  liability: async of => (await import('./liability/liability-command.js')).liabilityCommand(of),
  subscribers: async of =>
    (await import('../switch-sim/mls/subscribers/subscribers-command.js')).subscribersCommand(of),
}

/** What may be asked of a program, below the command of its name. */
const QUESTIONS: Readonly<
  Record<string, (surroundings: CommandSurroundings) => Promise<readonly Command[]>>
> = {
  crs: async of => (await import('../crs/commands.js')).crsCommands(of),
  billing: async of =>
    (await import('../billing/commands/billing-commands.js')).billingCommands(of),
  noc: async of => [
    (await import('../noc/accounts/accounts-command.js')).accountsCommand(of),
    (await import('../noc/accounts/groups-command.js')).groupsCommand(of),
  ],
  generator: async of =>
    (await import('../noc/generator/generator-commands.js')).generatorCommands(of),
}

/**
 * The command line, `mcscp`: with the command alone that `asked` names, or, when it names none or is
 * absent, with everything below it.
 */
export async function commandLine(
  surroundings: CommandSurroundings,
  asked?: string,
): Promise<Command> {
  const mcscp = new Command('mcscp')
    .description(
      'An open service control point for card charging by phone. Everything is set by mcscp.conf or ' +
        'environment variables; «mcscp config show» lists the settings.',
    )
    .version(version(), '--version', 'tell the version')
  const all: ReadonlyMap<string, Load> = new Map([
    ...Object.entries(COMMANDS),
    ...PROGRAMS.map(entry => [entry.name, programCommand(entry)] as const),
  ])
  const one = asked === undefined ? undefined : all.get(asked)
  for (const load of one ? [one] : all.values()) mcscp.addCommand(await load(surroundings))
  withHelp(mcscp, [])
  return mcscp
}

/** A program, run in this terminal, and what may be asked of it. */
const programCommand =
  (program: ProgramEntry): Load =>
  async surroundings => {
    const { name, about } = program
    const command = new Command(name)
      .summary(about)
      .description(
        `The ${about}. Runs alone in this terminal, as «mcscp all» runs it among others.`,
      )
      .action(async () => (await import('./run-program.js')).runProgram(program, process.env))
    for (const one of (await QUESTIONS[name]?.(surroundings)) ?? []) command.addCommand(one)
    return command
  }

/** Each command tells of its help, and each mistake where help is. */
function withHelp(command: Command, above: readonly string[]): void {
  const words = [...above, command.name()]
  command.helpOption('-h, --help', 'tell what this does and how it is used')
  command.showHelpAfterError(`«${words.join(' ')} --help» tells how it is used.`)
  if (command.commands.length > 0) command.helpCommand('help [command]', 'the same as --help')
  for (const one of command.commands) withHelp(one, words)
}

function version(): string {
  const described: unknown = JSON.parse(readFileSync(join(PRODUCT_FOLDER, 'package.json'), 'utf8'))
  return String(Object(described).version)
}
