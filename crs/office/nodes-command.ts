import { Command, InvalidArgumentError } from 'commander'
import { isNodeName } from '../../domain/line-file.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import type { NodeState } from '../store/node-declarations.js'
import type { Declared } from '../store/node-office.js'
import { askCrs } from './ask-crs.js'

const REFUSED: Readonly<Record<Exclude<Declared, 'declared'>, string>> = {
  unknown: 'CRS does not serve a node of this name.',
  known: 'It stands so already.',
  last_in: 'No other node is in, and an hour is closed on the word of one at least.',
  still_in: 'Hours wait for it. Declare it out first, and let it deliver what it has.',
  behind:
    'It has not delivered all that was closed. Let it deliver first, or declare it out: what is out is still taken.',
}

/** The ways to declare a node, each with what an operator is told of it. */
const WAYS: readonly (readonly [command: string, state: NodeState, about: string, done: string])[] =
  [
    [
      'in',
      'in',
      'Adds a node, or takes it back in: from now on no hour is closed before it has delivered it.',
      'is in: hours wait for it',
    ],
    [
      'out',
      'out',
      'Declares a node out: hours are closed without it, and their files say how much is missing. What it ' +
        'sends later is taken, and goes into the next hour with its true charge time.',
      'is out: hours are closed without it',
    ],
    [
      'remove',
      'removed',
      'Removes a node that is out and has delivered all that was closed: CRS takes nothing more from it.',
      'is removed: CRS takes nothing more from it',
    ],
  ]

/** `mcscp crs nodes`: takes nodes in and out while CRS runs. `mcscp crs show` lists them. */
export function nodesCommand({ home }: CommandSurroundings): Command {
  const nodes = new Command('nodes').description(
    'Takes MCSCP nodes in and out of service at CRS; «mcscp crs show» lists them. crs must be running.',
  )
  for (const [command, state, about, done] of WAYS) {
    nodes
      .command(command)
      .argument('<node>', 'name of the node', nodeArgument)
      .requiredOption('--reason <text>', 'why, for the record')
      .description(about)
      .action(async (node: string, { reason }: { reason: string }) => {
        const { outcome } = await askCrs(home(), `/v1/nodes/${node}/${state}`, reason)
        const why = REFUSED[outcome as keyof typeof REFUSED]
        if (why) throw new Fault('COMMAND_REFUSED', `${node}: ${why}`)
        console.log(`${node} ${done}.`)
      })
  }
  return nodes
}

function nodeArgument(text: string): string {
  if (!isNodeName(text)) throw new InvalidArgumentError('It must be 1 to 16 of a-z, 0-9, hyphen.')
  return text
}
