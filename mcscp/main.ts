#!/usr/bin/env node
import { Fault } from '../platform/fault.js'
import { makeHome } from '../platform/home.js'
import { invalidSettings, readSettings } from '../platform/settings.js'
import { givenTexts } from '../platform/settings-file.js'
import { beginNetworkClock } from './network-clock.js'
import { homeOf, networkSettings } from './network-settings.js'
import { PROGRAMS } from './programs.js'

/** Ends a command that could not be carried out. */
const FAILED = 1

const [word, ...others] = process.argv.slice(2)
const program = others.length === 0 ? PROGRAMS.find(({ name }) => name === word) : undefined
// A program starts without the packages of the commands, which would take half of its time to start.
if (program) await (await import('./run-program.js')).runProgram(program, process.env)
else await runCommand()

async function runCommand(): Promise<void> {
  const { commandLine } = await import('./command-line.js')
  try {
    const surroundings = { home: homeInForce, given: givenInForce }
    await (await commandLine(surroundings, word)).parseAsync()
  } catch (error) {
    console.error(error instanceof Fault ? error.advice : error)
    process.exitCode = FAILED
  }
}

function homeInForce() {
  const home = homeOf(process.env)
  makeHome(home)
  beginNetworkClock(home, readSettings(networkSettings, givenInForce()))
  return home
}

function givenInForce() {
  const { given, mistakes } = givenTexts(homeOf(process.env).settingsFile, process.env)
  if (mistakes.length > 0) throw invalidSettings(mistakes)
  return given
}
