import { Command } from 'commander'
import type { CommandSurroundings } from '../platform/command.js'
import { programsOf } from './programs.js'

/** `mcscp programs`: what there is to run, for scripts that run it. */
export const programsCommand = ({ given }: CommandSurroundings): Command =>
  new Command('programs')
    .summary('list the programs of the network')
    .description(
      'Lists the programs of the network, a name a line, in the order they start; with ' +
        'MCSCP_SIMULATION=off without those that there are in a simulation only.',
    )
    .action(() =>
      console.log(
        programsOf(given())
          .map(({ name }) => name)
          .join('\n'),
      ),
    )
