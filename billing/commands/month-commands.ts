import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import type { BadLine } from '../../platform/csv.js'
import { Fault } from '../../platform/fault.js'
import type { Static } from '../../platform/schema.js'
import { done, LINES_MAX, taken } from '../http/answers.js'
import { monthClosed } from '../http/month-routes.js'
import { monthCalculated, monthProgress, monthRehearsed } from '../http/rating-routes.js'
import { readInvoicesCsv } from '../invoices-csv.js'
import type { InvoiceTaken } from '../store/invoices.js'
import { momentText, monthArgument, readTableFile, tellBadLines, yenText } from './arguments.js'
import { type AskBilling, withBilling } from './ask-billing.js'
import { addInvoiceCommands } from './invoice-commands.js'

const NOT_TAKEN: Readonly<Record<Exclude<InvoiceTaken, 'taken'>, string>> = {
  month_closed: 'the month is closed, or is being closed; its invoices are fixed',
  nobody: 'billing knows no contract that had this number by the end of the month, or of this name',
  corrected: 'the invoice was corrected by hand; what an operator decided stays',
  named_twice: 'the contract stands on an earlier line already',
}

/** `mcscp billing invoices`: totals that are rated elsewhere, an invoice shown, and corrected. */
export function invoicesCommand(surroundings: CommandSurroundings): Command {
  const invoices = new Command('invoices').description(
    'Takes invoice totals in, shows an invoice, corrects it. billing must be running.',
  )
  addInvoiceCommands(invoices, surroundings)
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

/** `mcscp billing calculate-month`: first phase of 定期調定, or its rehearsal. */
export const calculateMonthCommand = ({ home }: CommandSurroundings): Command =>
  new Command('calculate-month')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .option('--dry-run', 'keeps nothing, and tells what would be otherwise')
    .description(
      'Calculates the invoices of a month of use, which may then be corrected until the 7th of the month ' +
        'in which they are issued. Given again, it calculates them again, but for those corrected by hand. ' +
        '--dry-run compares with the last calculation of the month, or with the month before.',
    )
    .action(({ month, dryRun }: { month: JstMonth; dryRun?: boolean }) =>
      withBilling(home(), ask => (dryRun ? rehearse(ask, month) : calculate(ask, month))),
    )

async function calculate(ask: AskBilling, month: JstMonth): Promise<void> {
  const request = { method: 'POST', path: `/v1/months/${month}/calculation` } as const
  const answer = await withProgress(ask, month, ask(request, monthCalculated))
  if (answer.outcome === 'not_over') throw refused(`${month} is not over yet.`)
  if (answer.outcome === 'month_closed') {
    throw refused(`${month} is closed, or is being closed; its invoices are final.`)
  }
  const { run, invoices, grossYen, corrected } = answer.summary
  console.log(
    `${month} is calculated, run ${run}: ${invoices} invoices of ${yenText(grossYen)} yen.`,
  )
  if (corrected > 0) console.log(`  ${corrected} of them as they were corrected by hand`)
}

async function rehearse(ask: AskBilling, month: JstMonth): Promise<void> {
  const request = { method: 'GET', path: `/v1/months/${month}/rehearsal` } as const
  const { comparedWith, before, named, ...now } = await ask(request, monthRehearsed)
  const with_ = comparedWith === 'last_run' ? 'the last calculation' : 'the month before'
  const text = (sums: { invoices: number; grossYen: number }) =>
    `${sums.invoices} invoices, ${yenText(sums.grossYen)} yen`
  console.log(`${month}, nothing kept: ${text(now)}; ${with_}: ${text(before)}.`)
  console.log(`${now.differing} contracts differ.`)
  const amount = (yen: number | undefined) => (yen === undefined ? 'no invoice' : yenText(yen))
  for (const { contract, before, after } of named) {
    console.log(`  ${contract}  ${amount(before)} → ${amount(after)}`)
  }
  if (named.length < now.differing) console.log(`  and ${now.differing - named.length} more`)
}

/** `mcscp billing close-month`: 定期調定 of a month of use. */
export const closeMonthCommand = ({ home }: CommandSurroundings): Command =>
  new Command('close-month')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .option('--before-window-ends', 'does not wait until corrections are over (the 7th)')
    .description(
      'Fixes a month of use for every contract: what its invoice takes of the balance, what carries, what ' +
        'has expired. Invoices that were not calculated are calculated. Given again, it shows what the ' +
        'month came to.',
    )
    .action(
      async ({ month, beforeWindowEnds }: { month: JstMonth; beforeWindowEnds?: boolean }) => {
        const body = { beforeWindowEnds: beforeWindowEnds === true }
        const request = { method: 'POST', path: `/v1/months/${month}/close`, body } as const
        const answer = await withBilling(home(), ask =>
          withProgress(ask, month, ask(request, monthClosed)),
        )
        if (answer.outcome === 'closed') tellClosed(answer.summary)
        else throw refused(whyNotClosed(month, answer))
      },
    )

/** `mcscp billing hold-month`, `release-month`: an operator keeps a month from being closed (§7.15). */
export const holdMonthCommands = (surroundings: CommandSurroundings): Command[] => [
  new Command('hold-month')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .requiredOption('--reason <text>', 'why; it is kept')
    .description('Keeps a month of use from being closed, by itself or by command.')
    .action((given: HoldGiven) => hold(surroundings, 'hold', given)),
  new Command('release-month')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .requiredOption('--reason <text>', 'why; it is kept')
    .description('Lets a month be closed again that was held.')
    .action((given: HoldGiven) => hold(surroundings, 'release', given)),
]

interface HoldGiven {
  readonly month: JstMonth
  readonly reason: string
}

const HELD: Readonly<Record<string, string>> = {
  held: 'is held open until it is released.',
  released: 'is released; it closes on its day.',
}

const NOT_HELD: Readonly<Record<string, string>> = {
  month_closed: 'is closed, or is being closed.',
  held_already: 'is held already.',
  not_held: 'is not held.',
}

async function hold(
  { home }: CommandSurroundings,
  what: 'hold' | 'release',
  { month, reason }: HoldGiven,
): Promise<void> {
  const request = { method: 'POST', path: `/v1/months/${month}/${what}`, body: { reason } } as const
  const { outcome } = await withBilling(home(), ask => ask(request, done))
  const said = HELD[outcome]
  if (!said) throw refused(`${month} ${NOT_HELD[outcome] ?? outcome}`)
  console.log(`${month} ${said}`)
}

type NotClosed = Exclude<Static<typeof monthClosed>, { outcome: 'closed' }>

function whyNotClosed(month: JstMonth, answer: NotClosed): string {
  switch (answer.outcome) {
    case 'not_over':
      return `${month} is not over yet.`
    case 'out_of_order':
      return `${answer.expected} must be closed first.`
    case 'held':
      return `${month} is held since ${momentText(answer.hold.heldAt)}: ${answer.hold.reason}.`
    case 'days_unconfirmed': {
      const through = answer.confirmedThrough ?? 'no day yet'
      return `The charges of ${month} are not complete: confirmed are days up to ${through}.`
    }
    case 'window_open':
      return (
        `Invoices of ${month} may be corrected until ${momentText(answer.until)}; ` +
        'give --before-window-ends to fix them now.'
      )
  }
}

function tellClosed(
  summary: Extract<Static<typeof monthClosed>, { outcome: 'closed' }>['summary'],
) {
  const { month, contracts, invoicedYen, appliedYen } = summary
  console.log(`${month} is closed: ${contracts} contracts with an invoice or a balance.`)
  console.log(`  invoiced      ${yenText(invoicedYen).padStart(15)} yen`)
  console.log(`  applied       ${yenText(appliedYen).padStart(15)} yen`)
  console.log(`  expired       ${yenText(summary.expiredYen).padStart(15)} yen`)
  console.log(`  not refunded  ${yenText(summary.forfeitedYen).padStart(15)} yen`)
  console.log(`  carried out   ${yenText(summary.carriedOutYen).padStart(15)} yen`)
}

/** Pause between two looks at how far billing is, in ms. */
const PROGRESS_MS = 2_000

/** Tells how far a long work is, while it takes. */
async function withProgress<T>(ask: AskBilling, month: JstMonth, work: Promise<T>): Promise<T> {
  const timer = setInterval(async () => {
    const request = { method: 'GET', path: `/v1/months/${month}/progress` } as const
    const { done, last } = await ask(request, monthProgress).catch(() => ({}) as never)
    if (done !== undefined) console.error(`${done} of ${last} contracts`)
  }, PROGRESS_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

const refused = (message: string): Fault => new Fault('COMMAND_REFUSED', message)
