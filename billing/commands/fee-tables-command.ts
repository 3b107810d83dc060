import { Argument, Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { feeTableReplaced, feeTablesAnswer } from '../http/rating-routes.js'
import { FEE_TABLES, type FeeTableName } from '../rules/fee-tables.js'
import { readTableFile } from './arguments.js'
import { withBilling } from './ask-billing.js'

const tableArgument = () => new Argument('<table>', 'which table').choices([...FEE_TABLES])

/** `mcscp billing fee-tables`: items, plans, fees, discounts and tax rates, replaced in service. */
export function feeTablesCommand(surroundings: CommandSurroundings): Command {
  const tables = new Command('fee-tables').description(
    'Shows and replaces the tables that invoices are rated by. billing must be running.',
  )
  tables
    .command('list')
    .description('Lists the tables with their versions; 0 is the product’s.')
    .action(async () => {
      for (const { table, version } of await inForce(surroundings)) {
        console.log(`${table.padEnd(10)}  version ${version}`)
      }
    })
  tables
    .command('show')
    .addArgument(tableArgument())
    .description('Prints a table as it is in force.')
    .action(async (name: string) => {
      const found = (await inForce(surroundings)).find(({ table }) => table === name)
      console.log(found?.text.trimEnd())
    })
  tables
    .command('check')
    .addArgument(tableArgument())
    .requiredOption('--file <file>', 'the new table: CSV, header line first')
    .description('Checks a table beside the others in force, and changes nothing.')
    .action((table: FeeTableName, { file }: { file: string }) => give(surroundings, table, file))
  tables
    .command('replace')
    .addArgument(tableArgument())
    .requiredOption('--file <file>', 'the new table: CSV, header line first')
    .requiredOption('--reason <text>', 'why; it is kept')
    .description(
      'Replaces a table whole, for what is calculated from now on. With one bad line nothing is changed, and ' +
        'every bad line is named.',
    )
    .action((table: FeeTableName, { file, reason }: { file: string; reason: string }) =>
      give(surroundings, table, file, reason),
    )
  return tables
}

const inForce = async ({ home }: CommandSurroundings) =>
  (
    await withBilling(home(), ask =>
      ask({ method: 'GET', path: '/v1/fee-tables' }, feeTablesAnswer),
    )
  ).tables

async function give(
  { home }: CommandSurroundings,
  table: FeeTableName,
  file: string,
  reason?: string,
): Promise<void> {
  const body = { text: readTableFile(file), ...(reason !== undefined && { reason }) }
  const request = { method: 'POST', path: `/v1/fee-tables/${table}`, body } as const
  const { outcome, version, mistakes } = await withBilling(home(), ask =>
    ask(request, feeTableReplaced),
  )
  if (outcome === 'month_closing') {
    throw new Fault('COMMAND_REFUSED', 'A month is being closed; give the command again after it.')
  }
  if (outcome === 'wrong') {
    const list = mistakes?.map(mistake => `\n  ${mistake}`).join('') ?? ''
    throw new Fault('COMMAND_REFUSED', `The table cannot be used:${list}`)
  }
  console.log(version === undefined ? 'The table can be used.' : `${table} is version ${version}.`)
}
