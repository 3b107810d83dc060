#!/usr/bin/env node
import { Command } from 'commander'
import { Fault } from '../platform/fault.js'
import { allCommand } from './all-command.js'
import { configCommand } from './config-command.js'
import { PROGRAMS } from './programs.js'
import { runProgram } from './run-program.js'

/** Ends a command that could not be carried out. */
const FAILED = 1

const mcscp = new Command('mcscp')
  .description(
    'An open service control point for card charging by phone.\n' +
      'Everything is set by environment variables or mcscp.conf; see «mcscp config show».',
  )
  .showHelpAfterError('(mcscp --help lists the commands)')
  .addCommand(allCommand())
  .addCommand(configCommand())

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
