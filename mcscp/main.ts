#!/usr/bin/env node
import { Command } from 'commander'
import type { CommandSurroundings } from '../platform/command.js'
import { Fault } from '../platform/fault.js'
import { makeHome } from '../platform/home.js'
import { givenSettings } from '../platform/settings.js'
import { cardsCommand } from '../scp/cards/cards-command.js'
import { callCommand } from '../switch-sim/handset/call-command.js'
import { loadCommand } from '../switch-sim/handset/load-command.js'
import { subscribersCommand } from '../switch-sim/mls/subscribers/subscribers-command.js'
import { allCommand } from './all-command.js'
import { configCommand } from './config-command.js'
import { homeOf } from './network-settings.js'
import { PROGRAMS } from './programs.js'
import { runProgram } from './run-program.js'

/** Ends a command that could not be carried out. */
const FAILED = 1

/** What commands are handed, read when one runs. */
const surroundings: CommandSurroundings = {
  home() {
    const home = homeOf(process.env)
    makeHome(home)
    return home
  },
  given: () => givenSettings(homeOf(process.env).settingsFile, process.env),
}

const mcscp = new Command('mcscp')
  .description(
    'An open service control point for card charging by phone.\n' +
      'Everything is set by environment variables or mcscp.conf; see «mcscp config show».',
  )
  .showHelpAfterError('(mcscp --help lists the commands)')
  .addCommand(allCommand())
  .addCommand(configCommand())
  .addCommand(callCommand(surroundings))
  .addCommand(loadCommand(surroundings))
  .addCommand(cardsCommand(surroundings))
  .addCommand(subscribersCommand(surroundings))

for (const { name, load } of PROGRAMS) {
  mcscp
    .command(name)
    .summary(`run ${name} alone`)
    .description(`Runs ${name} alone in this terminal, as «mcscp all» runs it among the others.`)
    .action(async () => runProgram(await load(), process.env))
}

try {
  await mcscp.parseAsync()
} catch (error) {
  console.error(error instanceof Fault ? error.advice : error)
  process.exitCode = FAILED
}
