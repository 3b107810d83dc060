import { Command } from 'commander'
import { parseMsisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import type { Static } from '../../platform/schema.js'
import { aladinAnswer } from '../http/aladin-routes.js'
import { momentText, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

/** `mcscp billing aladin`: what a shop's terminal is shown (requirements S-28, B-04). */
export function aladinCommand({ home }: CommandSurroundings): Command {
  const aladin = new Command('aladin').description(
    'Shows what a shop’s terminal is shown: what billing had summed up to the day before yesterday. ' +
      'billing must be running.',
  )
  aladin
    .command('show')
    .argument('<of>', 'subscriber number, serial number of a card, or contract id')
    .description(
      'Charges, balance, what is to be applied to the next invoice, and what was applied.',
    )
    .action(async (of: string) => {
      const request = { method: 'GET', path: `/v1/aladin/${kindOf(of)}/${of}` } as const
      const shown = await withBilling(home(), ask => ask(request, aladinAnswer))
      for (const line of linesOf(shown)) console.log(line)
    })
  return aladin
}

/** What a text looks a customer up by: its form tells. */
function kindOf(text: string): 'numbers' | 'cards' | 'contracts' {
  if (parseMsisdn(text)) return 'numbers'
  return /^[A-Z]{3}\d{9}$/.test(text) ? 'cards' : 'contracts'
}

const linesOf = (shown: Static<typeof aladinAnswer>): string[] => [
  `contract ${shown.contract}, as of the end of ${shown.asOf}`,
  `registered in ${shown.asOf.slice(0, 7)}: ${yenText(shown.registeredYen)} yen`,
  `balance: ${yenText(shown.balanceYen)} yen${shown.validUntil ? `, valid until ${shown.validUntil}` : ''}`,
  `to be applied to the invoice for ${shown.scheduledMonth}: ${yenText(shown.scheduledYen)} yen`,
  'charges, the newest first:',
  ...shown.charges.map(
    ({ chargedAt, msisdn, serial, faceValue }) =>
      `  ${momentText(chargedAt)}  ${msisdn}  ${serial}  ${yenText(faceValue).padStart(7)} yen`,
  ),
  'applied, by month of use:',
  ...shown.applications.map(
    ({ month, applied, carriedOut }) =>
      `  ${month}  applied ${yenText(applied)} yen, carried over ${yenText(carriedOut)} yen`,
  ),
]
