import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import type { Static } from '../../platform/schema.js'
import { DELIVERY_KINDS } from '../deliveries/delivery.js'
import { deliveriesAnswer, deliverySent } from '../http/delivery-routes.js'
import { momentText, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

/** `mcscp billing deliveries`: files for accounting, MIP-R, eBilling and CLAMP (requirements B-17, B-18, B-20). */
export function deliveriesCommand(surroundings: CommandSurroundings): Command {
  const deliveries = new Command('deliveries').description(
    'Files for other systems: journal (仕訳, accounting), mip-r, ebilling, clamp. billing makes them by itself, ' +
      'in the folder billing-deliveries, and must be running.',
  )
  deliveries
    .command('list')
    .addOption(new Option('--kind <kind>', 'of one kind').choices([...DELIVERY_KINDS]))
    .description('Lists the last 100, the newest first.')
    .action(({ kind }: { kind?: string }) => list(surroundings, kind))
  deliveries
    .command('resend')
    .addArgument(new Argument('<kind>', 'for whom').choices([...DELIVERY_KINDS]))
    .argument('<number>', 'its number', wholeNumber)
    .description('Makes a past file again, to the same bytes.')
    .action((kind: string, number: number) => resend(surroundings, kind, number))
  return deliveries
}

async function list({ home }: CommandSurroundings, kind: string | undefined): Promise<void> {
  const path = `/v1/deliveries${kind === undefined ? '' : `?kind=${kind}`}`
  const { deliveries } = await withBilling(home(), ask =>
    ask({ method: 'GET', path }, deliveriesAnswer),
  )
  for (const one of deliveries) console.log(lineOf(one))
  console.log(`${deliveries.length} deliveries.`)
}

async function resend({ home }: CommandSurroundings, kind: string, number: number): Promise<void> {
  const path = `/v1/deliveries/${kind}/${number}/file`
  const { delivery } = await withBilling(home(), ask => ask({ method: 'POST', path }, deliverySent))
  if (!delivery) throw new Fault('COMMAND_REFUSED', `There is no delivery ${number} of ${kind}.`)
  console.log(lineOf(delivery))
}

type Shown = Static<typeof deliveriesAnswer>['deliveries'][number]

const lineOf = ({ kind, number, period, madeAt, file, records, sum }: Shown): string =>
  `${kind.padEnd(8)}  ${`${number}`.padStart(6)}  ${period.padEnd(10)}  made ${momentText(madeAt)}  ` +
  `${records === undefined ? 'being written' : `${records} records, ${yenText(sum ?? 0)} yen`}  ${file}`

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new InvalidArgumentError('It must be a number, 1 or more.')
  return Number(text)
}
