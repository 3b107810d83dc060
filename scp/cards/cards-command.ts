import { Command, InvalidArgumentError } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { DEMONSTRATION_CARDS_MAX } from './issue.js'
import type { OrderOptions } from './order-cards.js'

/**
 * `mcscp cards`: makes cards, by asking the scp that runs. Of this release, demonstration batches alone:
 * cards for sale need print files encrypted to the card maker's key.
 */
export function cardsCommand({ home }: CommandSurroundings): Command {
  const cards = new Command('cards')
    .summary('make cards')
    .description('Makes cards. scp must be running.')
  cards
    .command('issue')
    .summary('make a demonstration batch')
    .description(
      'Makes a demonstration batch: its card numbers lie in clear in a file that only you can read, ' +
        'so it is refused outside simulation. Batches for sale, whose numbers leave only encrypted to ' +
        'the card maker, are not made by this release.',
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
