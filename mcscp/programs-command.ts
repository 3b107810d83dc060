import { Command } from 'commander'
import { PROGRAMS } from './programs.js'

/** `mcscp programs`: what there is to run, for scripts that run it. */
export const programsCommand = (): Command =>
  new Command('programs')
    .summary('list the programs of the network')
    .description('Lists the programs of the network, a name a line, in the order they start.')
    .action(() => console.log(PROGRAMS.map(({ name }) => name).join('\n')))
