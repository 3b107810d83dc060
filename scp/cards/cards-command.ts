import { Command, InvalidArgumentError } from 'commander'
import { Compile } from 'typebox/compile'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import { scpSocket } from '../config.js'
import { DEMONSTRATION_CARDS_MAX, issuedBatch } from '../http/card-routes.js'

/** How long a batch may take to be made, in ms. */
const DEADLINE_MS = 120_000

const isIssuedBatch = Compile(issuedBatch)

interface IssueOptions {
  readonly count: number
  readonly faceValue: number
  readonly usableThrough?: string
  readonly notActivated?: true
}

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
    .action(async (options: IssueOptions) => console.log(await issue(home(), options)))
  return cards
}

async function issue(home: Home, { notActivated, ...order }: IssueOptions): Promise<string> {
  const client = new SocketClient(scpSocket(home))
  try {
    const { status, body } = await client
      .ask({
        method: 'POST',
        path: '/v1/card-batches',
        body: { ...order, activated: notActivated !== true },
        deadlineMs: DEADLINE_MS,
      })
      .catch(cause => {
        throw notRunning(home, cause)
      })
    if (status === 201 && isIssuedBatch.Check(body)) {
      const { count, faceValue, firstSerial, lastSerial, file } = body
      return `${count} cards of ${faceValue} yen, ${firstSerial} to ${lastSerial}: ${file}`
    }
    throw refusal(status, body)
  } finally {
    client.close()
  }
}

const notRunning = (home: Home, cause: unknown): Fault =>
  new Fault('PEER_UNREACHABLE', `scp does not run: nobody answers at ${scpSocket(home)}.`, {
    cause,
  })

function refusal(status: number, body: unknown): Fault {
  const { code, message } = Object(body) as { code?: unknown; message?: unknown }
  if (code === 'SIMULATION_ONLY') return new Fault(code, String(message))
  if (status === 400) return new Fault('COMMAND_REFUSED', String(message))
  return new Fault('PEER_ANSWER_INVALID', `scp refused (${status}): ${String(message)}`)
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
