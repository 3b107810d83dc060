import { Command, Option } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { TSV_RUNS } from '../exports/billing-tsv.js'
import { INVOICE_TABLES } from '../exports/invoices-as-csv.js'
import { billsPrinted, filesWritten } from '../http/bill-routes.js'
import { monthArgument } from './arguments.js'
import { withBilling } from './ask-billing.js'

const MONTH = ['--month <month>', 'month of use, YYYY-MM', monthArgument] as const

/** `mcscp billing print`: bills as PDF (requirements S-27, B-16). */
export const printCommand = ({ home }: CommandSurroundings): Command =>
  new Command('print')
    .requiredOption(...MONTH)
    .option('--of <contract or number>', 'whose bill; without it every bill of the month')
    .addOption(
      new Option('--language <language>', 'words of the bill').choices(['ja', 'en']).default('ja'),
    )
    .description(
      'Prints bills as PDF into the folder bills: 請求書, 事前案内書, or at 0 yen 請求内訳書 alone. billing must be running.',
    )
    .action(async ({ month, ...body }: { month: JstMonth; of?: string; language: 'ja' | 'en' }) => {
      const request = { method: 'POST', path: `/v1/months/${month}/bills`, body } as const
      const { bills, where } = await withBilling(home(), ask => ask(request, billsPrinted))
      console.log(`${bills} bills of ${month} are in ${where}`)
    })

/** `mcscp billing export`: billing data as TSV (P-06 … P-10), and tables as CSV (P-01). */
export function exportCommand({ home }: CommandSurroundings): Command {
  const exports = new Command('export').description(
    'Writes the invoices of a month into the folder billing-exports. billing must be running.',
  )
  const tell = async (path: string, body: object) => {
    const { files } = await withBilling(home(), ask =>
      ask({ method: 'POST', path, body }, filesWritten),
    )
    for (const file of files) console.log(file)
  }
  exports
    .command('tsv')
    .requiredOption(...MONTH)
    .addOption(
      new Option('--run <run>', 'which of the month’s two')
        .choices([...TSV_RUNS])
        .makeOptionMandatory(),
    )
    .description(
      'Billing data (請求データ): before settlement about the 10th, after it about the end.',
    )
    .action(({ month, run }: { month: JstMonth; run: string }) =>
      tell(`/v1/months/${month}/billing-data`, { run }),
    )
  exports
    .command('csv')
    .requiredOption(...MONTH)
    .addOption(
      new Option('--table <table>', 'one record an invoice, or one a line')
        .choices([...INVOICE_TABLES])
        .default('invoices'),
    )
    .description('A table of the month’s invoices.')
    .action(({ month, table }: { month: JstMonth; table: string }) =>
      tell(`/v1/months/${month}/tables/${table}`, {}),
    )
  return exports
}
