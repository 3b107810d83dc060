import { Command } from 'commander'
import type { JstDay } from '../../domain/jst.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { dayOf } from '../day-argument.js'
import { accountText } from './account-text.js'
import { cardAccount } from './liability.js'

/** Ends a command that found a difference. */
const DIFFERENT = 1

/** `mcscp liability`: what became of every yen of cards, from the card maker to the invoice. */
export const liabilityCommand = ({ home }: CommandSurroundings): Command =>
  new Command('liability')
    .summary('tell what became of every yen of cards, from the card maker to the invoice')
    .description(
      'The card-liability account of the whole network at the end of a day of Japan: what was issued, ' +
        'activated, charged, applied to invoices, expired and refunded, and where the rest stands, to the ' +
        'yen. It reads the stores of scp and billing and changes nothing; the programs may run. Where it ' +
        'does not balance, the first difference is told, and it ends with 1.',
    )
    .requiredOption('--on <day>', 'day of Japan, YYYY-MM-DD', dayOf)
    .action(({ on }: { on: JstDay }) => {
      const account = cardAccount(home(), on)
      console.log(accountText(account))
      if (account.difference) process.exitCode = DIFFERENT
    })
