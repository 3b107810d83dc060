import { userInfo } from 'node:os'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { readClock } from '../../platform/clock-file.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { nocStore } from '../config.js'
import { type AlarmBook, NOTE_MAX } from '../store/alarm-book.js'
import { openNocStore } from '../store/open.js'
import { alarmTable } from './alarm-text.js'
import { folded } from './folded.js'

/** `mcscp alarms`: what stands, what was, and who saw it. */
export function alarmsCommand(surroundings: CommandSurroundings): Command {
  const alarms = new Command('alarms')
    .summary('show, acknowledge and annotate alarms')
    .description(
      'Shows the alarms that noc has fetched from all programs; docs/operations.md says what each means ' +
        'and what to do.',
    )
  const number = () => new Argument('<number>', 'as «list» shows it').argParser(wholeNumber)
  const as = () =>
    new Option('--as <name>', 'who does it; by default the name of the machine’s account')
      .argParser(personName)
      .default(userInfo().username)
  alarms
    .command('list')
    .description('Lists the alarms that stand, newest first; a storm of one code is one line.')
    .action(() => show(surroundings, book => book.standing()))
  alarms
    .command('history')
    .description('Lists alarms that are over, newest first, 200 of them.')
    .addOption(new Option('--before <number>', 'those older than that one').argParser(wholeNumber))
    .action(({ before }: { before?: number }) => show(surroundings, book => book.history(before)))
  alarms
    .command('acknowledge')
    .description(
      'Tells that somebody sees to an alarm. One that does not end by itself is over then.',
    )
    .addArgument(number())
    .addOption(as())
    .addOption(new Option('--note <text>', 'what is done about it').argParser(noteText))
    .action((alarm: number, { as, note }: { as: string; note?: string }) =>
      acknowledge(surroundings, alarm, as, note),
    )
  alarms
    .command('note')
    .description('Writes a note beside an alarm.')
    .addArgument(number())
    .addArgument(new Argument('<text>', 'up to 500 characters').argParser(noteText))
    .addOption(as())
    .action((alarm: number, text: string, { as }: { as: string }) =>
      note(surroundings, alarm, as, text),
    )
  return alarms
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number from 1 on.')
}

function noteText(text: string): string {
  if (text.trim() !== '' && text.length <= NOTE_MAX) return text
  throw new InvalidArgumentError(`1 to ${NOTE_MAX} characters.`)
}

function personName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(text)) return text
  throw new InvalidArgumentError('1 to 32 of letters, 0-9, dot, hyphen and underscore.')
}

async function withBook<T>(
  surroundings: CommandSurroundings,
  work: (book: AlarmBook, now: () => ReturnType<typeof readClock>['now']) => Promise<T>,
): Promise<T> {
  const home = surroundings.home()
  const store = openNocStore(nocStore(home))
  try {
    return await work(store.alarms, () => readClock(home).now)
  } finally {
    store.close()
  }
}

const show = (
  surroundings: CommandSurroundings,
  read: (book: AlarmBook) => ReturnType<AlarmBook['standing']>,
) =>
  withBook(surroundings, async book => {
    const alarms = await read(book)
    console.log(alarms.length === 0 ? 'No alarms.' : alarmTable(folded(alarms)))
  })

const acknowledge = (
  surroundings: CommandSurroundings,
  alarm: number,
  account: string,
  text: string | undefined,
) =>
  withBook(surroundings, async (book, now) => {
    const at = now()
    const outcome = await book.acknowledge(alarm, account, at)
    if (outcome === 'no_such_alarm') throw noSuchAlarm(alarm)
    if (text !== undefined) await book.note(alarm, { at, account, text })
    console.log(
      outcome === 'acknowledged'
        ? `Alarm ${alarm}: acknowledged by ${account}.`
        : `Alarm ${alarm} was acknowledged before.`,
    )
  })

const note = (surroundings: CommandSurroundings, alarm: number, account: string, text: string) =>
  withBook(surroundings, async (book, now) => {
    if (!(await book.note(alarm, { at: now(), account, text }))) throw noSuchAlarm(alarm)
    console.log(`Alarm ${alarm}: noted.`)
  })

const noSuchAlarm = (alarm: number) => new Fault('COMMAND_REFUSED', `There is no alarm ${alarm}.`)
