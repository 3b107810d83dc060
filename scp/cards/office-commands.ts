import { setTimeout as pause } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { PIN_LENGTH_DEFAULT } from '../../domain/card.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { type ActOutcome, askAct, waitingText } from '../../platform/office-acts.js'
import { asOption, asPerson, type LoggedIn } from '../../platform/person-login.js'
import { type Static, type TSchema, Type } from '../../platform/schema.js'
import { isAgeRecipient } from '../rules/age-recipient.js'
import { addImportCommand } from './import-command.js'
import {
  batchesAnswer,
  batchView,
  cardsResult,
  cardView,
  liabilityAnswer,
} from './office-answers.js'
import {
  batchLine,
  batchText,
  cardText,
  doneText,
  liabilityText,
  progressText,
} from './office-texts.js'

interface Acting {
  readonly as: string
  readonly reason: string
}

interface PlanOptions extends Acting {
  readonly count: number
  readonly faceValue: number
  readonly pinLength: number
  readonly design: string
  readonly distributor: string
  readonly usableThrough?: string
  readonly firstSerial?: string
}

/** Acts on cards by serial number or batch: what they do, and how it is told that it was done. */
const RANGE_ACTS = {
  deliver: ['Records that cards were delivered to their distributor.', '納品 · delivered'],
  activate: [
    'Activates cards at their sale or delivery; from then on they can be used.',
    '有効化 · activated',
  ],
  freeze: [
    'Freezes cards that were lost or stolen, or a batch: none of them can be used.',
    '凍結 · frozen',
  ],
  unfreeze: ['Lets frozen cards, or a batch, back to where they were.', '凍結解除 · unfrozen'],
  void: ['Makes cards void, for good.', '無効 · made void'],
  refund: ['Records that cards were paid back: unused ones, never extended.', '払戻 · refunded'],
  spoil: [
    'Records cards that the card maker spoiled; they become void.',
    '損紙 · recorded as spoiled',
  ],
} as const

/** The commands of a card officer, each asked of scp through noc (docs/card-office.md). */
export function addOfficeCommands(cards: Command, surroundings: CommandSurroundings): void {
  addPlanning(cards, surroundings)
  for (const act of Object.keys(RANGE_ACTS) as (keyof typeof RANGE_ACTS)[]) {
    const [description, done] = RANGE_ACTS[act]
    cards
      .command(act)
      .description(description)
      .argument('<first>', 'serial number, or the number of a batch for all of it', subjectArgument)
      .argument('[last]', 'last serial number of a range', serialArgument)
      .requiredOption('--reason <text>', 'why, for the record')
      .addOption(asOption())
      .action((first: string, last: string | undefined, { as, reason }: Acting) =>
        asPerson(surroundings, as, async office => {
          const ofBatch = ['freeze', 'unfreeze'].includes(act) && /^\d+$/.test(first)
          const answer = ofBatch
            ? await askAct(office, `${act}_batch`, reason, { batch: Number(first) })
            : await askAct(office, `${act}_cards`, reason, await rangeOf(office, first, last))
          await tell(answer, async result =>
            ofBatch ? `${done}: batch ${first}.` : doneText(done, await read(cardsResult, result)),
          )
        }),
      )
  }
  cards
    .command('extend')
    .description('Puts the expiry of cards off, once.')
    .argument('<first>', 'serial number, or the number of a batch for all of it', subjectArgument)
    .argument('[last]', 'last serial number of a range', serialArgument)
    .requiredOption('--usable-through <day>', 'last day on which they can be used then, YYYY-MM-DD')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action(
      (first: string, last: string | undefined, options: Acting & { usableThrough: string }) =>
        asPerson(surroundings, options.as, async office => {
          const range = await rangeOf(office, first, last)
          const payload = { ...range, usableThrough: options.usableThrough }
          const answer = await askAct(office, 'extend_cards', options.reason, payload)
          await tell(answer, async result =>
            doneText('期限延長 · extended', await read(cardsResult, result)),
          )
        }),
    )
  addImportCommand(cards, surroundings, wholeNumber)
  addLooking(cards, surroundings)
}

function addPlanning(cards: Command, surroundings: CommandSurroundings): void {
  cards
    .command('plan')
    .description(
      'Plans a batch of cards for sale: it gets its serial numbers, and nothing else yet.',
    )
    .requiredOption('--count <cards>', 'how many', wholeNumber)
    .requiredOption('--face-value <yen>', 'what each is worth, an amount on sale', wholeNumber)
    .option('--pin-length <digits>', '14 to 20', wholeNumber, PIN_LENGTH_DEFAULT)
    .option('--design <text>', 'what is printed on them', '')
    .option('--distributor <text>', 'who sells them', '')
    .option('--usable-through <day>', 'last day on which they can be used, YYYY-MM-DD')
    .option(
      '--first-serial <serial>',
      'cards that another maker has made, to be imported: their first serial number',
      serialArgument,
    )
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action(({ as, reason, ...payload }: PlanOptions) =>
      asPerson(surroundings, as, async office => {
        await tell(await askAct(office, 'plan_batch', reason, payload), async result => {
          const { batch, firstSerial, lastSerial } = await read(planned, result)
          return `計画 · planned: batch ${batch}, ${firstSerial} to ${lastSerial}.`
        })
      }),
    )
  cards
    .command('generate')
    .description(
      'Has the numbers of a batch drawn, in the background, straight into print files that only the card ' +
        'maker can read. A second person approves it, the card maker’s key included.',
    )
    .argument('<batch>', 'its number', wholeNumber)
    .option(
      '--recipient <key>',
      'the card maker’s public key, age1…; MCSCP_CARD_MAKER_KEY otherwise',
    )
    .option('--wait', 'wait for the approval, and tell how far it is until all cards are made')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((batch: number, options: Acting & { recipient?: string; wait?: true }) =>
      asPerson(surroundings, options.as, office => generate(office, batch, options)),
    )
  cards
    .command('export')
    .description('Records that the print files of a batch were handed over to the card maker.')
    .argument('<batch>', 'its number', wholeNumber)
    .requiredOption('--handed-to <name>', 'who took them')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((batch: number, { as, reason, handedTo }: Acting & { handedTo: string }) =>
      asPerson(surroundings, as, async office => {
        const answer = await askAct(office, 'export_batch', reason, { batch, handedTo })
        await tell(answer, async result =>
          doneText('引渡 · exported', await read(cardsResult, result)),
        )
      }),
    )
}

function addLooking(cards: Command, surroundings: CommandSurroundings): void {
  cards
    .command('list')
    .description('Lists every batch, with where its cards stand.')
    .addOption(asOption())
    .action(({ as }: Pick<Acting, 'as'>) =>
      asPerson(surroundings, as, async office => {
        const { batches } = await office.get('/api/office/batches', batchesAnswer)
        for (const batch of batches) console.log(batchLine(batch))
        console.log(`バッチ · ${batches.length} in all.`)
      }),
    )
  cards
    .command('show')
    .description(
      'Tells all of a card by its serial number, or of a batch: how far its making is, too.',
    )
    .argument('<subject>', 'serial number, or the number of a batch', subjectArgument)
    .addOption(asOption())
    .action((subject: string, { as }: Pick<Acting, 'as'>) =>
      asPerson(surroundings, as, async office => {
        if (!/^\d+$/.test(subject)) {
          console.log(cardText(await office.get(`/api/office/cards/${subject}`, cardView)))
        } else console.log(batchText(await office.get(`/api/office/batches/${subject}`, batchView)))
      }),
    )
  cards
    .command('liability')
    .description(
      'Tells what is owed for cards at the end of a day: issued, activated, charged, refunded, expired and ' +
        'outstanding, to the yen.',
    )
    .requiredOption('--on <day>', 'YYYY-MM-DD')
    .addOption(asOption())
    .action(({ as, on }: { as: string; on: string }) =>
      asPerson(surroundings, as, async office => {
        const path = `/api/office/liability?on=${encodeURIComponent(on)}`
        console.log(liabilityText(await office.get(path, liabilityAnswer)))
      }),
    )
}

/** Pause between two looks at the making of a batch, in ms. */
const LOOK_MS = 500

async function generate(
  office: LoggedIn,
  batch: number,
  { recipient, wait, reason }: Acting & { recipient?: string; wait?: true },
): Promise<void> {
  const key = recipient ?? (await office.get('/api/office/batches', batchesAnswer)).cardMakerKey
  if (key === null) {
    const what = 'There is no key of a card maker: give it by --recipient or MCSCP_CARD_MAKER_KEY.'
    throw new Fault('COMMAND_REFUSED', what)
  }
  if (!isAgeRecipient(key)) {
    throw new Fault('COMMAND_REFUSED', `${key} is not the public key of a card maker, age1….`)
  }
  const answer = await askAct(office, 'generate_batch', reason, { batch, recipient: key })
  await tell(answer, async () => `生成開始 · generation of batch ${batch} has begun.`)
  if (wait) await untilMade(office, batch, answer)
}

/** Tells how far a batch is until all of its cards are made. */
async function untilMade(office: LoggedIn, batch: number, asked: ActOutcome): Promise<void> {
  let told = ''
  for (;;) {
    const view = await office.get(`/api/office/batches/${batch}`, batchView)
    const text =
      view.state === 'planned' ? progressText(view) : `生成済 · batch ${batch} is ${view.state}.`
    if (text !== told && (view.recipient !== null || view.state !== 'planned')) console.log(text)
    if (view.state !== 'planned') return
    told = text
    if (view.recipient === null && asked.outcome === 'waiting') {
      const { state } = await office.get(`/api/office/approvals/${asked.approval}`, approval)
      if (!['waiting', 'performed'].includes(state)) {
        throw new Fault('COMMAND_REFUSED', `The approval ${asked.approval} was ${state}.`)
      }
    }
    await pause(LOOK_MS)
  }
}

const approval = Type.Object({ state: Type.String() })

const planned = Type.Object({
  batch: Type.Integer(),
  firstSerial: Type.String(),
  lastSerial: Type.String(),
})

/** The serial numbers that an act names: two, one, or those of a batch. */
async function rangeOf(office: LoggedIn, first: string, last: string | undefined) {
  if (!/^\d+$/.test(first)) return { firstSerial: first, lastSerial: last ?? first }
  if (last !== undefined) {
    throw new Fault('COMMAND_REFUSED', 'Name a batch, or the first and last serial number.')
  }
  const { firstSerial, lastSerial } = await office.get(`/api/office/batches/${first}`, batchView)
  return { firstSerial, lastSerial }
}

async function tell(answer: ActOutcome, done: (result: unknown) => Promise<string>): Promise<void> {
  console.log(answer.outcome === 'waiting' ? waitingText(answer) : await done(answer.result))
}

/** What an act answered, of the form that is expected. */
async function read<S extends TSchema>(schema: S, result: unknown): Promise<Static<S>> {
  // Loaded when it is needed: it takes most of a start of the command line.
  const { compileSchema } = await import('../../platform/schema-check.js')
  if (compileSchema(schema).Check(result)) return result as Static<S>
  const what = 'noc answered something that this command does not know.'
  throw new Fault('PEER_ANSWER_INVALID', what)
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

function serialArgument(text: string): string {
  if (/^[A-Z]{3}\d{9}$/.test(text)) return text
  throw new InvalidArgumentError('It must be a serial number, as MCA000000001.')
}

function subjectArgument(text: string): string {
  if (/^([A-Z]{3}\d{9}|[1-9]\d{0,8})$/.test(text)) return text
  throw new InvalidArgumentError('It must be a serial number, as MCA000000001, or a batch, as 12.')
}
