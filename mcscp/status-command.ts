import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { programsOf } from '../noc/alarms/programs.js'
import type { CommandSurroundings } from '../platform/command.js'
import type { Home } from '../platform/home.js'
import type { Given } from '../platform/settings.js'
import { askStatus, type ProcessStatus } from '../platform/status.js'
import { homeOf } from './network-settings.js'
import { programsOf as programsOfNetwork } from './programs.js'

/** A network that is not whole, for whoever waits on the exit code. */
const NOT_WHOLE = 1

/** `mcscp status`: how each program of the network of this home is doing. */
export const statusCommand = ({ given }: CommandSurroundings): Command =>
  new Command('status')
    .summary('tell how the programs of the network are doing')
    .description(
      'Tells of each program whether it runs and has what it needs, its process, and how many calls it ' +
        'holds (the signalling engines: legs). The exit code is 0 when all are ready.',
    )
    .action(() => tellStatus(given()))

async function tellStatus(given: Given): Promise<void> {
  const home = homeOf(process.env)
  const names = await namesIn(home, given)
  const statuses = await Promise.all(names.map(name => askStatus(home, name)))
  console.log(row('program', 'state', 'process', 'calls'))
  names.forEach((name, index) => {
    console.log(statusRow(name, statuses[index]))
  })
  if (!statuses.every(status => status?.ready)) process.exitCode = NOT_WHOLE
}

/** The programs of every network, and behind them the further nodes that run here, or fell. */
async function namesIn(home: Home, given: Given): Promise<readonly string[]> {
  const known = programsOfNetwork(given).map(({ name }) => name)
  const there = existsSync(home.sockets) ? await programsOf(home) : []
  return [...known, ...there.filter(name => !known.includes(name)).sort()]
}

function statusRow(name: string, status: ProcessStatus | undefined): string {
  if (!status) return row(name, 'not running', '–', '–')
  return row(name, status.ready ? 'ready' : 'waiting', `${status.pid}`, `${status.calls}`)
}

const row = (name: string, state: string, pid: string, calls: string): string =>
  `${name.padEnd(20)}${state.padEnd(14)}${pid.padStart(8)}${calls.padStart(8)}`
