import { Command, InvalidArgumentError, Option } from 'commander'
import { parseScenarioKind } from '../../domain/charge-kind.js'
import { type JstDay, jstDay, parseJstDay } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { nocStore } from '../config.js'
import { lookAtNocStore } from '../store/open.js'
import type { ScreenLanguage } from './columns.js'
import { trafficCsv } from './csv.js'
import type { ViewChoice } from './messages.js'
import { SPANS } from './slots.js'
import { trafficText } from './text.js'
import { viewOf } from './view.js'

const NOTHING_YET = 'noc has not fetched any charge traffic yet.'

interface Wanted extends Omit<ViewChoice, 'day'> {
  readonly day?: JstDay
  readonly csv?: true
  readonly lang: ScreenLanguage
}

/** `mcscp traffic`: the charge-traffic table (requirement M-13, Figure 6) at a terminal, or as a file. */
export const trafficCommand = ({ home }: CommandSurroundings): Command =>
  new Command('traffic')
    .summary('show the charge traffic')
    .description(
      'Shows what noc has fetched of the charge traffic: a day by quarter-hour or hour, or its month by ' +
        'day. At the terminal the main columns; with --csv all of them, as the screens save them.',
    )
    .addOption(
      new Option('--day <day>', 'of this day of Japan; by default the newest').argParser(day),
    )
    .addOption(
      new Option('--by <span>', 'how long a row is').choices(SPANS).default('quarter-hour'),
    )
    .option('--node <node>', 'of this node alone', 'all')
    .addOption(
      new Option('--kind <kind>', 'of this charge kind alone, as mobilers or pricall')
        .argParser(kind)
        .default('all'),
    )
    .option('--csv', 'all columns, as CSV')
    .addOption(
      new Option('--lang <language>', 'of the headings').choices(['ja', 'en']).default('en'),
    )
    .action(async ({ day: given, csv, lang, ...choice }: Wanted) => {
      const store = lookAtNocStore(nocStore(home()))
      if (!store) throw new Fault('COMMAND_REFUSED', NOTHING_YET)
      try {
        const newest = await store.history.newest()
        const day = given ?? (newest === undefined ? undefined : jstDay(newest))
        if (!day) throw new Fault('COMMAND_REFUSED', NOTHING_YET)
        const view = await viewOf({ ...choice, day }, store.history)
        process.stdout.write(csv ? trafficCsv(view, lang) : trafficText(view, lang))
      } finally {
        store.close()
      }
    })

function kind(text: string): ViewChoice['kind'] {
  const parsed = text === 'all' ? text : parseScenarioKind(text)
  if (parsed) return parsed
  throw new InvalidArgumentError('That is no charge kind.')
}

function day(text: string): JstDay {
  const parsed = parseJstDay(text)
  if (parsed) return parsed
  throw new InvalidArgumentError('A day of the calendar, as 2001-01-15.')
}
