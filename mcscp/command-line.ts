import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { billingCommands } from '../billing/commands/billing-commands.js'
import { crsShowCommand } from '../crs/show-command.js'
import { accountsCommand } from '../noc/accounts/accounts-command.js'
import type { CommandSurroundings } from '../platform/command.js'
import { PRODUCT_FOLDER } from '../platform/home.js'
import { cardsCommand } from '../scp/cards/cards-command.js'
import { callCommand } from '../switch-sim/handset/call-command.js'
import { loadCommand } from '../switch-sim/handset/load-command.js'
import { subscribersCommand } from '../switch-sim/mls/subscribers/subscribers-command.js'
import { allCommand } from './all-command.js'
import { clockCommand } from './clock-command.js'
import { configCommand } from './config-command.js'
import { PROGRAMS } from './programs.js'
import { programsCommand } from './programs-command.js'
import { reconcileCommand } from './reconcile/reconcile-command.js'
import { runProgram } from './run-program.js'
import { statusCommand } from './status-command.js'

/** The whole command line, `mcscp` with everything below it. */
export function commandLine(surroundings: CommandSurroundings): Command {
  const mcscp = new Command('mcscp')
    .description(
      'An open service control point for card charging by phone. Everything is set by mcscp.conf or ' +
        'environment variables; «mcscp config show» lists the settings.',
    )
    .version(version(), '--version', 'tell the version')
    .addCommand(allCommand())
    .addCommand(programsCommand())
    .addCommand(statusCommand())
    .addCommand(configCommand())
    .addCommand(clockCommand(surroundings))
    .addCommand(callCommand(surroundings))
    .addCommand(loadCommand(surroundings))
    .addCommand(cardsCommand(surroundings))
    .addCommand(reconcileCommand(surroundings))
    .addCommand(subscribersCommand(surroundings))
  const questions: Readonly<Record<string, readonly Command[]>> = {
    crs: [crsShowCommand(surroundings)],
    billing: billingCommands(surroundings),
    noc: [accountsCommand(surroundings)],
  }
  for (const program of PROGRAMS) {
    const { name, about } = program
    const command = mcscp
      .command(name)
      .summary(about)
      .description(
        `The ${about}. Runs alone in this terminal, as «mcscp all» runs it among others.`,
      )
      .action(() => runProgram(program, process.env))
    for (const one of questions[name] ?? []) command.addCommand(one)
  }
  withHelp(mcscp, [])
  return mcscp
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
