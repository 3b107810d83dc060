import { type Command, InvalidArgumentError } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import type { Static } from '../../platform/schema.js'
import { done } from '../http/answers.js'
import { invoiceAnswer } from '../http/invoice-answer.js'
import { momentText, monthArgument, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

const MONTH = ['--month <month>', 'month of use, YYYY-MM', monthArgument] as const
const REASON = ['--reason <text>', 'why; it is kept'] as const
const WHOSE = ['<contract or number>', 'whose invoice'] as const

/** What billing says of a correction, or of a decision on payment, that it refuses. */
const REFUSED: Readonly<Record<string, string>> = {
  nobody: 'Billing knows no such contract or number.',
  no_such_invoice: 'No such invoice was calculated.',
  month_closed: 'The invoice is final.',
  window_closed:
    'Invoices are corrected from the first business day 13:00 to the 7th of the month in which they are issued.',
  no_such_line: 'The invoice has no such line.',
  no_such_item: 'The table of items has no such item.',
  not_final: 'The invoice is not final, and nothing was asked for yet.',
  not_collected: 'The customer is of the payment kind 98: its invoices stay 未請求.',
  marked_already: 'That stands already.',
  not_marked: 'Nobody decided anything of its payment.',
}

/** `mcscp billing invoices show`, `change-line`, `delete-line`, `add-line` (P-05), `write-off` and the like (P-04). */
export function addInvoiceCommands(invoices: Command, surroundings: CommandSurroundings): void {
  invoices
    .command('show')
    .argument(...WHOSE)
    .requiredOption(...MONTH)
    .option('--corrected', 'as it was corrected last, also before the refresh at minute 10')
    .description('Shows an invoice, calculated or final, with what Mobilers pays of it.')
    .action((of: string, { month, corrected }: { month: JstMonth; corrected?: boolean }) =>
      show(surroundings, of, month, corrected),
    )
  for (const [name, mark, description] of MARKS) {
    invoices
      .command(name)
      .argument(...WHOSE)
      .requiredOption(...MONTH)
      .requiredOption(...REASON)
      .description(description)
      .action((of: string, given: Given) => decide(surroundings, of, mark, given))
  }
  invoices
    .command('change-line')
    .argument(...WHOSE)
    .requiredOption(...MONTH)
    .requiredOption('--line <number>', 'which line, counted from 1', wholeNumber)
    .requiredOption('--amount <yen>', 'its amount before tax', amountArgument)
    .requiredOption(...REASON)
    .description('Gives a line of an invoice another amount, in the correction window.')
    .action((of: string, { line, amount, ...rest }: Given & { line: number; amount: number }) =>
      correct(surroundings, of, { does: 'change_amount', line, amount }, rest),
    )
  invoices
    .command('delete-line')
    .argument(...WHOSE)
    .requiredOption(...MONTH)
    .requiredOption('--line <number>', 'which line, counted from 1', wholeNumber)
    .requiredOption(...REASON)
    .description('Takes a line off an invoice, in the correction window.')
    .action((of: string, { line, ...rest }: Given & { line: number }) =>
      correct(surroundings, of, { does: 'delete_line', line }, rest),
    )
  invoices
    .command('add-line')
    .argument(...WHOSE)
    .requiredOption(...MONTH)
    .requiredOption('--item <item>', 'code in the table of items')
    .requiredOption('--amount <yen>', 'its amount before tax', amountArgument)
    .option('--name <text>', 'printed instead of the item’s name')
    .requiredOption(...REASON)
    .description('Adds a line to an invoice, in the correction window.')
    .action((of: string, given: Given & { item: string; amount: number; name?: string }) => {
      const { item, amount, name, ...rest } = given
      const named = name === undefined ? {} : { name }
      return correct(surroundings, of, { does: 'add_line', item, amount, ...named }, rest)
    })
}

/** What a person alone decides of a final invoice's payment (P-04). */
const MARKS = [
  ['write-off', 'written_off', 'Writes an invoice off: its money will not come (貸し倒れ).'],
  ['not-billable', 'not_billable', 'Decides that an invoice is not to be billed (請求対象外).'],
  ['take-back', 'taken_back', 'Takes back that an invoice is written off, or not to be billed.'],
] as const

async function decide(
  surroundings: CommandSurroundings,
  of: string,
  mark: (typeof MARKS)[number][1],
  { month, reason }: Given,
): Promise<void> {
  const request = {
    method: 'POST',
    path: `/v1/months/${month}/payment-marks`,
    body: { of, mark, reason },
  } as const
  const { outcome } = await withBilling(surroundings.home(), ask => ask(request, done))
  if (outcome !== 'marked' && outcome !== 'taken_back') {
    throw new Fault('COMMAND_REFUSED', REFUSED[outcome] ?? outcome)
  }
  await show(surroundings, of, month)
}

interface Given {
  readonly month: JstMonth
  readonly reason: string
}

async function correct(
  surroundings: CommandSurroundings,
  of: string,
  correction: object,
  { month, reason }: Given,
): Promise<void> {
  const path = `/v1/months/${month}/corrections`
  const body = { of, correction, reason }
  const { outcome } = await withBilling(surroundings.home(), ask =>
    ask({ method: 'POST', path, body }, done),
  )
  if (outcome !== 'corrected') throw new Fault('COMMAND_REFUSED', REFUSED[outcome] ?? outcome)
  await show(surroundings, of, month, true)
}

async function show(
  { home }: CommandSurroundings,
  of: string,
  month: JstMonth,
  corrected = false,
): Promise<void> {
  const path = `/v1/months/${month}/invoices/${encodeURIComponent(of)}?corrected=${corrected}`
  const invoice = await withBilling(home(), ask => ask({ method: 'GET', path }, invoiceAnswer))
  for (const line of invoiceLines(invoice)) console.log(line)
  if (invoice.showsFrom !== undefined) console.log(`shows from ${momentText(invoice.showsFrom)} on`)
}

/** 入金状況 in the words of P-04. */
const STATES: Readonly<Record<string, string>> = {
  unbilled: '未請求',
  carried_unbilled: '繰越請求',
  billed: '請求済み',
  carried_billed: '請求済み(繰越分)',
  paid: '入金済み',
  payment_irregular: '入金異常',
  written_off: '貸し倒れ',
  not_billable: '請求対象外',
}

/** An invoice for a person at a terminal. */
function invoiceLines(invoice: Static<typeof invoiceAnswer>): string[] {
  const { application: one, taxes, lines } = invoice
  const amount = (yen: number) => yenText(yen).padStart(10)
  return [
    `${invoice.number}  ${invoice.contract}  ${invoice.msisdn}  ${invoice.customer.name}`,
    `use of ${invoice.month}, issued in ${invoice.billingMonth}, ${invoice.final ? 'final' : 'calculated'}, ${STATES[invoice.state] ?? invoice.state}`,
    ...lines.map(
      ({ name, amount: yen, quantity, note }, at) =>
        `${`${at + 1}`.padStart(3)} ${amount(yen)}  ${name}${quantity > 1 ? ` × ${quantity}` : ''}` +
        (note === undefined ? '' : `  (${note})`),
    ),
    ...taxes.map(
      ({ percent, base, tax }) =>
        `    ${amount(tax)}  消費税等相当額 (${percent} % of ${yenText(base)}, ${invoice.taxPolicy})`,
    ),
    `    ${amount(invoice.gross)}  total, tax included; ${yenText(invoice.deductible)} may be paid by cards`,
    `    ${amount(-one.applied)}  モバイラーズチェック適用額`,
    ...(one.appliedFromPartner > 0
      ? [`    ${amount(-one.appliedFromPartner)}  paid by the other number`]
      : []),
    ...(one.appliedLate > 0
      ? [`    ${amount(-one.appliedLate)}  paid by what came after the settlement`]
      : []),
    `    ${amount(invoice.due)}  to pay`,
    `carried in ${yenText(one.carriedIn)}, registered ${yenText(one.registered)}, carried out ${yenText(one.carriedOut)}` +
      (one.validThrough === undefined ? '' : `, valid through ${one.validThrough}`),
  ]
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function amountArgument(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be whole yen.')
  return Number(text)
}
