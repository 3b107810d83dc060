import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { Type } from '../../platform/schema.js'
import { nocStore } from '../config.js'
import { type AlarmBook, NOTE_MAX } from '../store/alarm-book.js'
import { lookAtNocStore } from '../store/open.js'
import { alarmTable } from './alarm-text.js'
import { folded } from './folded.js'

/** `mcscp alarms`: what stands, what was, and who saw it. */
export function alarmsCommand(surroundings: CommandSurroundings): Command {
  const alarms = new Command('alarms')
    .summary('show, acknowledge and annotate alarms')
    .description(
      'Shows the alarms that noc has fetched from all programs; docs/operations.md says what each means ' +
        'and what to do. Who sees to one logs in at noc, which must be running.',
    )
  const number = () => new Argument('<number>', 'as «list» shows it').argParser(wholeNumber)
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
    .addOption(asOption())
    .addOption(new Option('--note <text>', 'what is done about it').argParser(noteText))
    .action((alarm: number, { as, note }: { as: string; note?: string }) =>
      acknowledge(surroundings, alarm, as, note),
    )
  alarms
    .command('note')
    .description('Writes a note beside an alarm.')
    .addArgument(number())
    .addArgument(new Argument('<text>', 'up to 500 characters').argParser(noteText))
    .addOption(asOption())
    .action((alarm: number, text: string, { as }: { as: string }) =>
      note(surroundings, alarm, text, as),
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

const show = async (
  surroundings: CommandSurroundings,
  read: (book: Pick<AlarmBook, 'standing' | 'history'>) => ReturnType<AlarmBook['standing']>,
) => {
  const store = lookAtNocStore(nocStore(surroundings.home()))
  if (!store) {
    console.log('No alarms: noc has not run here yet.')
    return
  }
  try {
    const alarms = await read(store.alarms)
    console.log(alarms.length === 0 ? 'No alarms.' : alarmTable(folded(alarms)))
  } finally {
    store.close()
  }
}

const acknowledgedAnswer = Type.Object({ outcome: Type.String() })

const acknowledge = (
  surroundings: CommandSurroundings,
  alarm: number,
  as: string,
  note: string | undefined,
) =>
  asPerson(surroundings, as, async noc => {
    const path = `/api/alarms/${alarm}/acknowledge`
    const asked = note === undefined ? {} : { note }
    const { outcome } = await noc.post(path, asked, acknowledgedAnswer)
    console.log(
      outcome === 'acknowledged'
        ? `Alarm ${alarm}: acknowledged by ${as}.`
        : `Alarm ${alarm} was acknowledged before.`,
    )
  })

const note = (surroundings: CommandSurroundings, alarm: number, text: string, as: string) =>
  asPerson(surroundings, as, async noc => {
    await noc.post(`/api/alarms/${alarm}/notes`, { text }, Type.Object({}))
    console.log(`Alarm ${alarm}: noted.`)
  })
