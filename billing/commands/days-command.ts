import { Command, InvalidArgumentError } from 'commander'
import { parseJstDay } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { done } from '../http/answers.js'
import { daysAnswer } from '../http/day-routes.js'
import { yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

const REFUSED: Readonly<Record<string, string>> = {
  no_such_day: 'There is no such day.',
  not_over: 'The day is not over yet.',
}

/** `mcscp billing days`: which days' charges are complete (requirement C-06). */
export function daysCommand(surroundings: CommandSurroundings): Command {
  const days = new Command('days').description(
    'Shows which days’ charges are complete, and confirms days by hand. billing must be running.',
  )
  days
    .command('list')
    .description('Lists the last 31 days that billing knows of, the newest first.')
    .action(() => list(surroundings))
  days
    .command('confirm')
    .requiredOption('--through <day>', 'last day, YYYY-MM-DD', dayArgument)
    .requiredOption('--reason <text>', 'why, for the record')
    .description(
      'Counts every day up to one as complete, although its close differs or never came.',
    )
    .action((options: { through: string; reason: string }) => confirm(surroundings, options))
  return days
}

async function list({ home }: CommandSurroundings): Promise<void> {
  const request = { method: 'GET', path: '/v1/days' } as const
  const { confirmedThrough, days } = await withBilling(home(), ask => ask(request, daysAnswer))
  for (const { day, difference, confirmedAt, reason, ...sums } of days) {
    const state = confirmedAt === undefined ? 'NOT CONFIRMED' : 'confirmed'
    const why = [difference, reason && `by hand: ${reason}`].filter(Boolean).join('; ')
    console.log(
      `${day}  ${state.padEnd(13)}  credited ${sums.credited} (${yenText(sums.creditedYen)} yen)  ` +
        `held ${sums.held} (${yenText(sums.heldYen)} yen)  ${why}`.trimEnd(),
    )
  }
  console.log(`Complete up to ${confirmedThrough ?? 'no day yet'}.`)
}

async function confirm(
  { home }: CommandSurroundings,
  body: { through: string; reason: string },
): Promise<void> {
  const request = { method: 'POST', path: '/v1/days/confirmation', body } as const
  const { outcome } = await withBilling(home(), ask => ask(request, done))
  const problem = REFUSED[outcome]
  if (problem) throw new Fault('COMMAND_REFUSED', problem)
  console.log(`Every day up to ${body.through} counts as complete.`)
}

function dayArgument(text: string): string {
  if (!parseJstDay(text)) throw new InvalidArgumentError('It must be a day, YYYY-MM-DD.')
  return text
}
