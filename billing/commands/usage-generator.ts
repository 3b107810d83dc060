import { randomUUID } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import type { JstMonth } from '../../domain/jst.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { csvFields } from '../../platform/csv.js'
import { csvLine } from '../../platform/csv-text.js'
import { Fault } from '../../platform/fault.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { readSettings } from '../../platform/settings.js'
import { simulationSetting } from '../../platform/simulation-setting.js'
import { LINES_MAX } from '../http/answers.js'
import { recordsAnswer, recordsTaken } from '../http/record-routes.js'
import { RECORD_COLUMNS } from '../records.js'
import { drawUsage } from '../rules/usage-drawing.js'
import { monthArgument, tellBadLines } from './arguments.js'
import { withBilling } from './ask-billing.js'

/** Numbers whose usage is sent in one request. */
const NUMBERS_AT_ONCE = LINES_MAX / 4

/** `mcscp billing usage generate`: what simulated subscribers used, drawn from a seed. */
export const usageGenerator = ({ home, given }: CommandSurroundings): Command =>
  new Command('generate')
    .requiredOption('--month <month>', 'month of use, YYYY-MM', monthArgument)
    .requiredOption('--seed <number>', 'the same seed draws the same', seedArgument)
    .description(
      'Draws what each contract used in a month, and takes it in, in simulation only. Lines of the same ' +
        'item that are there already are replaced.',
    )
    .action(async ({ month, seed }: { month: JstMonth; seed: number }) => {
      if (!readSettings({ simulation: simulationSetting }, given()).simulation) {
        throw new Fault('COMMAND_REFUSED', 'Usage is drawn in simulation only.')
      }
      await generate(home(), month, seed)
    })

async function generate(
  home: ReturnType<CommandSurroundings['home']>,
  month: JstMonth,
  seed: number,
): Promise<void> {
  const chance = seededChance(seed)
  const bad: { line: number; problem: string }[] = []
  let count = 0
  const importId = randomUUID()
  await withBilling(home, async ask => {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const path = `/v1/records/contracts?${new URLSearchParams({ after })}`
      const page: { lines: string[]; next?: string } = await ask(
        { method: 'GET', path },
        recordsAnswer,
      )
      const numbers = page.lines.flatMap(line => parseMsisdn(csvFields(line)?.[1] ?? '') ?? [])
      for (let at = 0; at < numbers.length; at += NUMBERS_AT_ONCE) {
        const drawn = drawUsage(numbers.slice(at, at + NUMBERS_AT_ONCE), chance)
        const lines = drawn.map(({ of, item, unitPrice, quantity }) =>
          csvLine(['msisdn' in of ? of.msisdn : of.contract, item, unitPrice, quantity, '']),
        )
        const text = [RECORD_COLUMNS.usage.join(','), ...lines].join('\n')
        const body = { text, month, importId }
        const answer = await ask({ method: 'POST', path: '/v1/records/usage', body }, recordsTaken)
        count += answer.taken
        bad.push(...answer.bad)
      }
      after = page.next
    }
  })
  console.log(`${count} lines of usage of ${month} are in billing.`)
  tellBadLines('what was drawn', bad)
}

function seedArgument(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}
