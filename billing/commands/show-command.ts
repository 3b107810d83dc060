import { Command } from 'commander'
import type { Msisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { numberAnswer } from '../http/view-routes.js'
import { momentText, numberArgument, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'
import { contractLines } from './contracts-command.js'

/** `mcscp billing show`: what billing holds for a number (requirements B-03, B-04). */
export const showCommand = ({ home }: CommandSurroundings): Command =>
  new Command('show')
    .argument('<number>', 'subscriber number', numberArgument)
    .description(
      'Shows a number: each charge of a card, the balance, its validity, and applications.',
    )
    .action(async (number: Msisdn) => {
      const request = { method: 'GET', path: `/v1/numbers/${number}` } as const
      const { contract, charges } = await withBilling(home(), ask => ask(request, numberAnswer))
      console.log(`${number}: charges, the newest first`)
      for (const { chargedAt, serial, faceValue, node, held } of charges) {
        const where = held ? `held as an error: ${held}` : 'credited'
        console.log(
          `  ${momentText(chargedAt)}  ${serial}  ${yenText(faceValue).padStart(7)} yen  ${node}  ${where}`,
        )
      }
      const lines = contract ? contractLines(contract) : ['No contract has this number.']
      for (const line of lines) console.log(line)
    })
