import { Command, Option } from 'commander'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { readSettings } from '../../platform/settings.js'
import { scpSettings } from '../../scp/config.js'
import { dayOf } from '../day-argument.js'
import { reconcile } from './reconcile.js'
import { type Language, reportText } from './report-text.js'

/** Ends a command that found a difference. */
const DIFFERENT = 1

/** `mcscp reconcile`: proves that every card used has arrived, to the yen and count. */
export const reconcileCommand = ({ home, given }: CommandSurroundings): Command =>
  new Command('reconcile')
    .summary('prove that every card used has reached the ledger, or became units')
    .description(
      'Holds the books against each other: cards used = charge records = quarter-hour files = hourly ' +
        'files = ledger + error bin, and of Pricall charge records = units added × their price; of a day ' +
        'or of all days that the node has closed. It reads stores ' +
        'and files and changes nothing; the programs may run. Tells the first difference by its card, ' +
        'record and file, and then ends with 1.',
    )
    .option('--day <day>', 'one day of Japan, YYYY-MM-DD; all that are closed without it', dayOf)
    .addOption(new Option('--lang <language>', 'of the report').choices(['ja', 'en']).default('ja'))
    .action(({ day, lang }: { day?: JstDay; lang: Language }) => {
      const { node, unitYen } = scpSettings
      const values = readSettings({ node, unitYen }, given())
      const found = reconcile(home(), { node: values.node, unit: yen(values.unitYen), day })
      console.log(reportText(found, lang))
      if (found.difference) process.exitCode = DIFFERENT
    })
