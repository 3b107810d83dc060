import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { LINES_MAX } from '../http/answers.js'
import { recordsAnswer, recordsTaken } from '../http/record-routes.js'
import { RECORD_COLUMNS, RECORD_KINDS, type RecordKind } from '../records.js'
import { monthArgument, readTableFile, tellBadLines } from './arguments.js'
import { withBilling } from './ask-billing.js'
import { usageGenerator } from './usage-generator.js'

const ABOUT: Readonly<Record<RecordKind, string>> = {
  customers: 'Persons and companies, whom contracts belong to (顧客)',
  'plan-changes':
    'Plans of contracts from a day on; the plan of the last day of the invoice’s month counts',
  'number-changes': 'Other numbers of contracts, from a moment on; the balance stays (番号変更)',
  cancellations: 'Ends of contracts, and whether they are settled at once (解約)',
  transfers: 'Numbers that go to other customers, under new contracts (名義変更)',
  pairs: 'Contracts whose two numbers are in one fee system, from a month on (ドッチーモ)',
  usage: 'What was used of each item in a month (利用明細)',
  payments: 'What collection brought of invoices: paid or refused (回収結果)',
}

/** `mcscp billing customers`, `plan-changes`, `usage` and the rest: tables taken in and out as CSV. */
export const recordCommands = (surroundings: CommandSurroundings): Command[] =>
  RECORD_KINDS.map(kind => recordCommand(kind, surroundings))

function recordCommand(kind: RecordKind, surroundings: CommandSurroundings): Command {
  const command = new Command(kind).description(`${ABOUT[kind]}. billing must be running.`)
  const taking = command
    .command('import')
    .argument('<file>', 'table with commas between, UTF-8, header line first')
    .description(
      `Takes lines in. Columns: ${RECORD_COLUMNS[kind].join(', ')}. Lines that cannot be used are named, ` +
        'the rest are kept; then the exit code is 1.',
    )
    .action((file: string, { month }: { month?: JstMonth }) =>
      importRecords(surroundings, kind, file, month),
    )
  const giving = command
    .command('export')
    .description('Prints all lines as the table that import takes.')
    .action(({ month }: { month?: JstMonth }) => exportRecords(surroundings, kind, month))
  if (kind === 'usage') {
    for (const one of [taking, giving]) {
      one.requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    }
    command.addCommand(usageGenerator(surroundings))
  }
  return command
}

/** `mcscp billing orders`: everything that was ordered for contracts, as one table (P-01). */
export function ordersCommand(surroundings: CommandSurroundings): Command {
  const orders = new Command('orders').description(
    'What was ordered for contracts (オーダー): number and plan changes, ends, transfers. billing must be running.',
  )
  orders
    .command('export')
    .description('Prints all orders as a table, in the order of the moments from which they count.')
    .action(() => exportRecords(surroundings, 'orders', undefined))
  return orders
}

async function importRecords(
  { home }: CommandSurroundings,
  kind: RecordKind,
  file: string,
  month: JstMonth | undefined,
): Promise<void> {
  const lines = readTableFile(file)
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
  const [header = ''] = lines
  const bad: { line: number; problem: string }[] = []
  let count = 0
  const importId = randomUUID()
  await withBilling(home(), async ask => {
    for (let at = 1; at === 1 || at < lines.length; at += LINES_MAX) {
      const some = [header, ...lines.slice(at, at + LINES_MAX)].join('\n')
      const body = { text: some, ...(month && { month, importId }) }
      const answer = await ask({ method: 'POST', path: `/v1/records/${kind}`, body }, recordsTaken)
      count += answer.taken
      bad.push(...answer.bad.map(one => ({ ...one, line: one.line + at - 1 })))
    }
  })
  console.log(`${count} lines of ${kind} are in billing.`)
  tellBadLines(file, bad)
}

/** Prints all lines of a table, with its header line. */
export async function exportRecords(
  { home }: CommandSurroundings,
  kind: RecordKind | 'contracts' | 'orders',
  month: JstMonth | undefined,
): Promise<void> {
  console.log(RECORD_COLUMNS[kind].join(','))
  await withBilling(home(), async ask => {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const query = new URLSearchParams({ after, ...(month && { month }) })
      const request = { method: 'GET', path: `/v1/records/${kind}?${query}` } as const
      const answer: { lines: string[]; next?: string } = await ask(request, recordsAnswer)
      for (const line of answer.lines) console.log(line)
      after = answer.next
    }
  })
}
