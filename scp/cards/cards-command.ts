import { Command, InvalidArgumentError } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { DEMONSTRATION_CARDS_MAX } from './issue.js'
import { addOfficeCommands } from './office-commands.js'
import type { OrderOptions } from './order-cards.js'

/** `mcscp cards`: the card office, and the cards of a simulation. */
export function cardsCommand(surroundings: CommandSurroundings): Command {
  const { home } = surroundings
  const cards = new Command('cards')
    .summary('make, activate, freeze, refund and look up cards, and tell what is owed for them')
    .description(
      'The work of the card office: batches from their plan to their sale, single cards, and what is owed ' +
        'for them (docs/card-office.md). scp must be running, and noc for all but «issue».',
    )
  cards
    .command('issue')
    .summary('make a demonstration batch')
    .description(
      'Makes a demonstration batch: its card numbers lie in clear in a file that only you can read, ' +
        'so it is refused outside simulation. Batches for sale are made by «plan» and «generate»: their ' +
        'numbers leave only encrypted to the card maker.',
    )
    .requiredOption('--count <cards>', `how many, up to ${DEMONSTRATION_CARDS_MAX}`, cardCount)
    .requiredOption('--face-value <yen>', 'what each is worth, an amount on sale', wholeNumber)
    .option('--usable-through <day>', 'last day on which they can be used, YYYY-MM-DD')
    .option('--not-activated', 'cards that no shop has activated, to hear how those are refused')
    .action(async (options: OrderOptions) => {
      // Loaded when it is needed: the check of scp's answer takes most of a start of the command line.
      const { orderCards } = await import('./order-cards.js')
      console.log(await orderCards(home(), options))
    })
  addOfficeCommands(cards, surroundings)
  return cards
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function cardCount(text: string): number {
  const count = wholeNumber(text)
  if (count > DEMONSTRATION_CARDS_MAX) {
    throw new InvalidArgumentError(`At most ${DEMONSTRATION_CARDS_MAX} cards are made at once.`)
  }
  return count
}
