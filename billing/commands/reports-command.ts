import { Command, InvalidArgumentError } from 'commander'
import { parseJstDay } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { parseTerminalId } from '../error-report.js'
import { reportOpened, reportsAnswer } from '../http/report-routes.js'
import { momentText, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

const TERMINAL = ['--terminal <name>', 'this terminal', terminalArgument] as const

/** `mcscp billing reports`: the daily error reports, at a terminal (requirement B-09). */
export function reportsCommand(surroundings: CommandSurroundings): Command {
  const reports = new Command('reports').description(
    'Daily error reports (日次エラーリスト): each is unread at a terminal until it is opened there. Their PDF and ' +
      'CSV are in the folder error-reports. billing must be running.',
  )
  reports
    .command('list')
    .requiredOption(...TERMINAL)
    .description('Lists the last 100 reports, the newest first.')
    .action(({ terminal }: { terminal: string }) => list(surroundings, terminal))
  reports
    .command('open')
    .argument('<day>', 'YYYY-MM-DD', dayArgument)
    .requiredOption(...TERMINAL)
    .description('Shows a report, which is read at the terminal from then on.')
    .action((day: string, { terminal }: { terminal: string }) => open(surroundings, day, terminal))
  return reports
}

async function list({ home }: CommandSurroundings, terminal: string): Promise<void> {
  const path = `/v1/error-reports?terminal=${terminal}`
  const { reports } = await withBilling(home(), ask => ask({ method: 'GET', path }, reportsAnswer))
  for (const { day, count, sum, openedAt } of reports) {
    const state = openedAt === undefined ? 'UNREAD' : `opened ${momentText(openedAt)}`
    console.log(
      `${day}  ${`${count}`.padStart(6)} charges  ${yenText(sum).padStart(12)} yen  ${state}`,
    )
  }
  const unread = reports.filter(({ openedAt }) => openedAt === undefined).length
  console.log(`${reports.length} reports, ${unread} unread at ${terminal}.`)
}

async function open({ home }: CommandSurroundings, day: string, terminal: string): Promise<void> {
  const path = `/v1/error-reports/${day}/open`
  const { report } = await withBilling(home(), ask =>
    ask({ method: 'POST', path, body: { terminal } }, reportOpened),
  )
  if (!report) throw new Fault('COMMAND_REFUSED', `There is no error report of ${day}.`)
  for (const one of report.errors) {
    console.log(
      `${momentText(one.chargedAt)}  ${one.msisdn}  ${one.serial}  ${yenText(one.faceValue).padStart(7)} yen  ` +
        `${one.node}  ${one.reason}  since ${momentText(one.firstSeenAt).slice(0, 10)}, tried again ${one.retries} times`,
    )
  }
  console.log(`${report.errors.length} charges were held at the end of ${day}.`)
}

function terminalArgument(text: string): string {
  if (!parseTerminalId(text)) {
    throw new InvalidArgumentError('It must be a name: 1 to 32 letters, digits, . _ -')
  }
  return text
}

function dayArgument(text: string): string {
  if (!parseJstDay(text)) throw new InvalidArgumentError('It must be a day, YYYY-MM-DD.')
  return text
}
