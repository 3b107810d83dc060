import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { Fault } from '../platform/fault.js'
import { makeHome } from '../platform/home.js'
import { moduleUrl } from '../platform/product-files.js'
import { StartFailure } from './child.js'
import { homeOf } from './network-settings.js'
import { programsOf } from './programs.js'
import { checkAllSettings } from './settings-in-force.js'
import { Supervisor } from './supervisor.js'
import { checkWelcome, welcome } from './welcome.js'

/** A start that failed, for whoever waits on the exit code. */
const START_FAILED = 2

/** `mcscp all`: the whole network on this machine. */
export const allCommand = (): Command =>
  new Command('all')
    .summary('start the whole network on this machine')
    .description(
      'Starts the whole network on this machine, each program in a process of its own, and keeps it ' +
        'running until Ctrl-C, which ends calls in order and closes the stores.',
    )
    .action(runAll)

async function runAll(): Promise<void> {
  const home = homeOf(process.env)
  let supervisor: Supervisor | undefined
  try {
    const { given } = checkAllSettings(home.settingsFile, process.env)
    const programs = programsOf(given)
    makeHome(home)
    checkWelcome(home)
    supervisor = new Supervisor({
      entry: fileURLToPath(moduleUrl('mcscp/main')),
      programs: programs.map(({ name }) => name),
      carriers: new Set(programs.filter(one => one.carriesCalls).map(({ name }) => name)),
      ownSession: new Set(programs.filter(one => one.ownSession).map(({ name }) => name)),
      environment: process.env,
      print: line => console.log(line),
    })
    endInOrder(supervisor)
    console.log('Starting the network …')
    const listening = await supervisor.start()
    console.log(welcome(home, listening))
  } catch (error) {
    await supervisor?.close()
    const expected = error instanceof StartFailure ? error.message : error
    console.error(error instanceof Fault ? error.advice : expected)
    process.exit(START_FAILED)
  }
}

/** Ctrl-C once ends in order; twice ends at once. */
function endInOrder(supervisor: Supervisor): void {
  let asked = false
  const end = async () => {
    if (asked) process.exit(1)
    asked = true
    console.log('\nEnding calls and closing the stores … (Ctrl-C again ends at once)')
    await supervisor.close()
    console.log('The network has ended.')
    process.exit(0)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}
