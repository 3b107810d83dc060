import { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { loadCodeTables } from '../code-tables-folder.js'
import { askCrs } from './ask-crs.js'

/** `mcscp crs tables`: replaces the code tables while CRS runs (requirements C-02, C-10). */
export function tablesCommand({ home }: CommandSurroundings): Command {
  const tables = new Command('tables').description(
    'Checks and replaces the code tables, which lie in the folder code-tables of the home.',
  )
  tables
    .command('check')
    .description('Reads the code tables and names every bad line. crs need not run.')
    .action(() => {
      const { numberRanges } = loadCodeTables(home())
      console.log(`The code tables are right: ${numberRanges.length} ranges of numbers.`)
    })
  tables
    .command('replace')
    .requiredOption('--reason <text>', 'why, for the record')
    .description(
      'Puts the code tables of the folder in force for every hour that is closed from now on. With one ' +
        'bad line nothing is taken over. crs must be running.',
    )
    .action(({ reason }: { reason: string }) => change('replacement', reason))
  tables
    .command('roll-back')
    .requiredOption('--reason <text>', 'why, for the record')
    .description('Puts the version before in force again. crs must be running.')
    .action(({ reason }: { reason: string }) => change('roll-back', reason))
  return tables

  async function change(what: string, reason: string): Promise<void> {
    const { version } = await askCrs(home(), `/v1/code-tables/${what}`, reason)
    console.log(
      version === undefined
        ? 'Nothing was changed: these tables are in force, or there is no version before.'
        : `Version ${version} of the code tables is in force.`,
    )
  }
}
