import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import type { BadLine } from '../../platform/csv.js'
import { Fault } from '../../platform/fault.js'
import { LINES_MAX, taken } from '../http/answers.js'
import { monthClosed } from '../http/month-routes.js'
import { readInvoicesCsv } from '../invoices-csv.js'
import type { InvoiceTaken } from '../store/invoices.js'
import { monthArgument, readTableFile, tellBadLines, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

const NOT_TAKEN: Readonly<Record<Exclude<InvoiceTaken, 'taken'>, string>> = {
  month_closed: 'the month is closed, or is being closed; its invoices are fixed',
  nobody: 'billing knows no contract that had this number by the end of the month, or of this name',
  named_twice: 'the contract stands on an earlier line already',
}

/** `mcscp billing invoices`: invoice totals, until the rating of usage makes them. */
export function invoicesCommand(surroundings: CommandSurroundings): Command {
  const invoices = new Command('invoices').description(
    'Takes invoice totals in. billing must be running.',
  )
  invoices
    .command('import')
    .requiredOption(
      '--month <month>',
      'month of use that the invoices bill, YYYY-MM',
      monthArgument,
    )
    .requiredOption('--file <file>', 'table with commas between, UTF-8, header line first')
    .description(
      'Takes the totals of a month of use in, tax included. Columns: of (a number or a contract id), ' +
        'total_yen. A total that is there already is replaced until the month is closed. Lines that ' +
        'cannot be used are named, the rest are kept; then the exit code is 1.',
    )
    .action(({ month, file }: { month: JstMonth; file: string }) =>
      importInvoices(surroundings, month, file),
    )
  return invoices
}

async function importInvoices(
  { home }: CommandSurroundings,
  month: JstMonth,
  file: string,
): Promise<void> {
  const { rows, bad } = readInvoicesCsv(readTableFile(file))
  const left: BadLine[] = [...bad]
  const importId = randomUUID()
  await withBilling(home(), async ask => {
    for (let at = 0; at < rows.length; at += LINES_MAX) {
      const some = rows.slice(at, at + LINES_MAX)
      const body = { importId, invoices: some.map(({ value }) => value) }
      const path = `/v1/months/${month}/invoices`
      const { outcomes } = await ask({ method: 'POST', path, body }, taken)
      for (const [index, outcome] of outcomes.entries()) {
        const problem = NOT_TAKEN[outcome as keyof typeof NOT_TAKEN]
        if (problem) left.push({ line: some[index]?.line ?? 0, problem })
      }
    }
  })
  console.log(
    `${rows.length + bad.length - left.length} invoice totals of ${month} are in billing.`,
  )
  tellBadLines(file, left)
}

/** `mcscp billing close-month`: 定期調定 of a month of use. */
export const closeMonthCommand = ({ home }: CommandSurroundings): Command =>
  new Command('close-month')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .description(
      'Calculates and fixes a month of use for every contract: what its invoice takes of the balance, ' +
        'what carries, what has expired. Given again, it shows what the month came to.',
    )
    .action(async ({ month }: { month: JstMonth }) => {
      const request = { method: 'POST', path: `/v1/months/${month}/close` } as const
      const answer = await withBilling(home(), ask => ask(request, monthClosed))
      if (answer.outcome === 'not_over') throw refused(`${month} is not over yet.`)
      if (answer.outcome === 'out_of_order')
        throw refused(`${answer.expected} must be closed first.`)
      if (answer.outcome === 'days_unconfirmed') {
        const through = answer.confirmedThrough ?? 'no day yet'
        throw refused(
          `The charges of ${month} are not complete: confirmed are days up to ${through}.`,
        )
      }
      const { contracts, invoicedYen, appliedYen, expiredYen, forfeitedYen, carriedOutYen } =
        answer.summary
      console.log(`${month} is closed: ${contracts} contracts with an invoice or a balance.`)
      console.log(`  invoiced      ${yenText(invoicedYen).padStart(15)} yen`)
      console.log(`  applied       ${yenText(appliedYen).padStart(15)} yen`)
      console.log(`  expired       ${yenText(expiredYen).padStart(15)} yen`)
      console.log(`  not refunded  ${yenText(forfeitedYen).padStart(15)} yen`)
      console.log(`  carried out   ${yenText(carriedOutYen).padStart(15)} yen`)
    })

const refused = (message: string): Fault => new Fault('COMMAND_REFUSED', message)
