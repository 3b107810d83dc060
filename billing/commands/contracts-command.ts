import { Command } from 'commander'
import type { EpochMs } from '../../domain/clock.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import type { BadLine } from '../../platform/csv.js'
import { Fault } from '../../platform/fault.js'
import type { Static } from '../../platform/schema.js'
import type { ContractId } from '../contract.js'
import { readContractsCsv } from '../contracts-csv.js'
import { done, LINES_MAX, taken } from '../http/answers.js'
import { contractAnswer, numberAnswer } from '../http/view-routes.js'
import type { Cancelled, ContractTaken, NumberChanged, Transferred } from '../store/contracts.js'
import {
  contractArgument,
  momentArgument,
  momentText,
  numberArgument,
  readTableFile,
  tellBadLines,
  yenText,
} from './arguments.js'
import { withBilling } from './ask-billing.js'
import { exportRecords } from './record-commands.js'
import { settle } from './settlements-command.js'

const NOT_TAKEN: Readonly<Record<Exclude<ContractTaken, 'taken' | 'known'>, string>> = {
  contract_exists: 'the contract is there already, otherwise; nothing of it was changed',
  no_such_customer: 'billing knows no such customer',
  number_in_use: 'the number is another contract’s then, or will be',
}

const NOT_CHANGED: Readonly<
  Record<
    Exclude<NumberChanged | Cancelled | Transferred, 'changed' | 'ended' | 'transferred'>,
    string
  >
> = {
  no_such_contract: 'Billing knows no such contract.',
  cancelled: 'The contract has ended already.',
  too_early: 'The contract got the number that it has at that moment or later.',
  charged_since: 'The contract was credited with a charge to that number since then.',
  contract_exists: 'The new contract is there already.',
  no_such_customer: 'Billing knows no such customer.',
  number_in_use: 'The number is another contract’s then, or will be.',
}

const DONE: ReadonlySet<string> = new Set(['changed', 'ended', 'transferred'])

/** `mcscp billing contracts`: whose numbers billing knows (異動情報管理, requirement B-02). */
export function contractsCommand(surroundings: CommandSurroundings): Command {
  const contracts = new Command('contracts').description(
    'Takes contracts in, shows them, changes their numbers, ends them. billing must be running.',
  )
  contracts
    .command('import')
    .argument('<file>', 'table with commas between, UTF-8, header line first')
    .description(
      'Takes contracts in. Columns: contract, msisdn, contract_class, plan, valid_from (a day of Japan ' +
        'or a moment), and customer where customers are kept. Lines that cannot be used are named, the ' +
        'rest are kept; then the exit code is 1.',
    )
    .action((file: string) => importContracts(surroundings, file))
  contracts
    .command('show')
    .argument('<contract or number>', 'contract id, or a number that it has')
    .description('Shows a contract: its numbers, its balance, and every entry of its ledger.')
    .action((name: string) => show(surroundings, name))
  contracts
    .command('change-number')
    .argument('<contract>', 'contract id', contractArgument)
    .requiredOption('--to <number>', 'its new number', numberArgument)
    .requiredOption('--at <moment>', 'from when on; a day of Japan, or a moment', momentArgument)
    .description('Gives a contract another number from a moment on. Its balance stays with it.')
    .action((contract: ContractId, { to, at }: { to: Msisdn; at: EpochMs }) =>
      change(surroundings, `/v1/contracts/${contract}/number`, { msisdn: to, at }),
    )
  contracts
    .command('cancel')
    .argument('<contract>', 'contract id', contractArgument)
    .requiredOption('--at <moment>', 'when it ends; a day of Japan, or a moment', momentArgument)
    .option('--settle', 'settles it at once (即時精算), as soon as its charge records are there')
    .description(
      'Ends a contract. Its last invoice may still use its balance; what is left then is not refunded.',
    )
    .action(
      async (contract: ContractId, { at, settle: now }: { at: EpochMs; settle?: boolean }) => {
        await change(surroundings, `/v1/contracts/${contract}/cancellation`, { at })
        if (now) await settle(surroundings, contract)
      },
    )
  contracts
    .command('transfer')
    .argument('<contract>', 'contract id', contractArgument)
    .requiredOption('--to <contract>', 'the new contract’s id', contractArgument)
    .requiredOption('--customer <customer>', 'whose it is', contractArgument)
    .requiredOption('--at <moment>', 'from when on; a day of Japan, or a moment', momentArgument)
    .description(
      'Gives the number of a contract to another customer, under a new contract. The balance does not go ' +
        'with it: it is settled as at a cancellation.',
    )
    .action((contract: ContractId, body: { to: string; customer: string; at: EpochMs }) =>
      change(surroundings, `/v1/contracts/${contract}/transfer`, body),
    )
  contracts
    .command('export')
    .description('Prints all contracts as the table that import takes.')
    .action(() => exportRecords(surroundings, 'contracts', undefined))
  return contracts
}

async function importContracts({ home }: CommandSurroundings, file: string): Promise<void> {
  const { rows, bad } = readContractsCsv(readTableFile(file))
  const left: BadLine[] = [...bad]
  let count = 0
  await withBilling(home(), async ask => {
    for (let at = 0; at < rows.length; at += LINES_MAX) {
      const some = rows.slice(at, at + LINES_MAX)
      const body = { contracts: some.map(({ value }) => value) }
      const { outcomes } = await ask({ method: 'POST', path: '/v1/contracts', body }, taken)
      for (const [index, outcome] of outcomes.entries()) {
        const problem = NOT_TAKEN[outcome as keyof typeof NOT_TAKEN]
        if (problem) left.push({ line: some[index]?.line ?? 0, problem })
        else count++
      }
    }
  })
  console.log(`${count} contracts are in billing.`)
  tellBadLines(file, left)
}

async function change({ home }: CommandSurroundings, path: string, body: object): Promise<void> {
  const request = { method: 'POST', path, body } as const
  const { outcome } = await withBilling(home(), ask => ask(request, done))
  if (DONE.has(outcome)) return console.log('Done.')
  if (outcome === 'month_closing') {
    throw new Fault('COMMAND_REFUSED', 'A month is being closed; give the command again after it.')
  }
  throw new Fault('COMMAND_REFUSED', NOT_CHANGED[outcome as keyof typeof NOT_CHANGED] ?? outcome)
}

async function show({ home }: CommandSurroundings, name: string): Promise<void> {
  const contract = await withBilling(home(), async ask => {
    if (!parseMsisdn(name)) {
      return await ask(
        { method: 'GET', path: `/v1/contracts/${contractArgument(name)}` },
        contractAnswer,
      )
    }
    const found = await ask({ method: 'GET', path: `/v1/numbers/${name}` }, numberAnswer)
    if (!found.contract) throw new Fault('NO_SUCH_SUBSCRIBER', `No contract has ${name}.`)
    return found.contract
  })
  for (const line of contractLines(contract)) console.log(line)
}

/** A contract for a person at a terminal. */
export function contractLines(contract: Static<typeof contractAnswer>): string[] {
  const { numbers, entries, applications, cancelledAt, balance, validity, lastChargedAt } = contract
  return [
    `${contract.contract}  ${contract.contractClass}  ${contract.plan}`.trimEnd(),
    ...(cancelledAt === undefined ? [] : [`ended ${momentText(cancelledAt)}`]),
    ...numbers.map(
      ({ msisdn, from, until }) =>
        `number ${msisdn} from ${momentText(from)}${until ? ` to ${momentText(until)}` : ''}`,
    ),
    `balance ${yenText(balance)} yen${validity ? `, valid ${validity.start} to ${validity.end}` : ''}`,
    ...(lastChargedAt === undefined ? [] : [`last charge ${momentText(lastChargedAt)}`]),
    'ledger:',
    ...entries.map(
      ({ kind, amount, month, occurredAt }) =>
        `  ${momentText(occurredAt)}  ${month}  ${kind.padEnd(13)} ${yenText(amount).padStart(9)}`,
    ),
    'applications, by month of use:',
    ...applications.map(
      one =>
        `  ${one.month}  invoice ${yenText(one.invoice)}, carried in ${yenText(one.carriedIn)}, ` +
        `registered ${yenText(one.registered)}, applied ${yenText(one.applied)}, ` +
        `to pay ${yenText(one.invoice - one.applied - one.appliedFromPartner - one.appliedLate)}, carried out ${yenText(one.carriedOut)}` +
        asideText(one),
    ),
  ]
}

interface Aside {
  readonly expired: number
  readonly forfeited: number
  readonly appliedFromPartner: number
  readonly appliedLate: number
  readonly appliedToPartner: number
}

const asideText = (one: Aside): string => {
  const { expired, forfeited, appliedFromPartner, appliedLate, appliedToPartner } = one
  return [
    appliedLate > 0 ? `, paid after the settlement ${yenText(appliedLate)}` : '',
    appliedFromPartner > 0 ? `, paid by the other number ${yenText(appliedFromPartner)}` : '',
    appliedToPartner > 0 ? `, paid for the other number ${yenText(appliedToPartner)}` : '',
    expired > 0 ? `, expired ${yenText(expired)}` : '',
    forfeited > 0 ? `, not refunded ${yenText(forfeited)}` : '',
  ].join('')
}
