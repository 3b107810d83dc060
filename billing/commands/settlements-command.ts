import { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import type { ContractId } from '../contract.js'
import { done } from '../http/answers.js'
import { settlementsAnswer } from '../http/rating-routes.js'
import { contractArgument, momentText } from './arguments.js'
import { withBilling } from './ask-billing.js'

/** What billing says of a settlement that it refuses. */
const REFUSED: Readonly<Record<string, string>> = {
  no_such_contract: 'Billing knows no such contract.',
  not_cancelled: 'The contract has not ended: cancel it first.',
  in_pair: 'The contract has two numbers; the close of its last month settles both.',
}

/** `mcscp billing settlements`: 即時精算 (requirements B-13 … B-15). */
export function settlementsCommand(surroundings: CommandSurroundings): Command {
  const settlements = new Command('settlements').description(
    'Settles contracts that ended at once (即時精算), and lists settlements. billing must be running.',
  )
  settlements
    .command('ask')
    .argument('<contract>', 'contract id', contractArgument)
    .description(
      'Makes the last invoices of a contract that ended, applies what was charged to its end, and books ' +
        'what is left as not refunded; when the charge records up to its end are there.',
    )
    .action((contract: ContractId) => settle(surroundings, contract))
  settlements
    .command('list')
    .description('Lists settlements, the newest first.')
    .action(() => list(surroundings))
  return settlements
}

/** Asks for the settlement of a contract, and tells what became of it. */
export async function settle({ home }: CommandSurroundings, contract: ContractId): Promise<void> {
  const request = { method: 'POST', path: `/v1/contracts/${contract}/settlement` } as const
  const { outcome } = await withBilling(home(), ask => ask(request, done))
  if (outcome === 'settled') return console.log(`${contract} is settled.`)
  if (outcome === 'waiting') {
    return console.log(`${contract} is settled when the charge records up to its end are there.`)
  }
  throw new Fault('COMMAND_REFUSED', REFUSED[outcome] ?? outcome)
}

async function list({ home }: CommandSurroundings): Promise<void> {
  const request = { method: 'GET', path: '/v1/settlements' } as const
  const { settlements } = await withBilling(home(), ask => ask(request, settlementsAnswer))
  for (const { contract, endedAt, settledAt, month } of settlements) {
    const settled =
      settledAt === undefined ? 'waits' : `settled ${momentText(settledAt)}, last month ${month}`
    console.log(`${contract}  ended ${momentText(endedAt)}  ${settled}`)
  }
  console.log(`${settlements.length} settlements.`)
}
