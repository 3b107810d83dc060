import { Command, InvalidArgumentError } from 'commander'
import { parseChargeId } from '../../domain/charge-id.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { done } from '../http/answers.js'
import { HELD_MAX, heldAnswer } from '../http/held-routes.js'
import { momentText, yenText } from './arguments.js'
import { withBilling } from './ask-billing.js'

/** `mcscp billing errors`: charges that no contract has been credited with (エラー管理, B-07). */
export function errorsCommand(surroundings: CommandSurroundings): Command {
  const errors = new Command('errors').description(
    'Shows the charges that are held as errors. Each is tried again every day. billing must be running.',
  )
  errors
    .command('list')
    .description(
      'Lists them, the oldest first, with the reason, when each was first seen, and its tries.',
    )
    .action(() => list(surroundings))
  errors
    .command('release')
    .argument('<charge id>', 'as the list shows it', chargeIdArgument)
    .requiredOption('--reason <text>', 'why, for the record')
    .description('Lets a charge pass that CRS could not map to a company, and tries it at once.')
    .action((id: string, { reason }: { reason: string }) => release(surroundings, id, reason))
  return errors
}

async function list({ home }: CommandSurroundings): Promise<void> {
  await withBilling(home(), async ask => {
    let after = 0
    let count = 0
    for (;;) {
      const path = `/v1/held-charges?after=${after}`
      const { held } = await ask({ method: 'GET', path }, heldAnswer)
      for (const one of held) {
        console.log(
          `${one.chargeId}  ${one.msisdn}  ${one.serial}  ${yenText(one.faceValue).padStart(7)} yen  ` +
            `charged ${momentText(one.chargedAt)}  ${one.reason}  ` +
            `since ${momentText(one.firstSeenAt)}, tried again ${one.retries} times`,
        )
      }
      count += held.length
      after = held.at(-1)?.chargeNo ?? after
      if (held.length < HELD_MAX) break
    }
    console.log(`${count} charges are held.`)
  })
}

async function release({ home }: CommandSurroundings, id: string, reason: string): Promise<void> {
  const request = {
    method: 'POST',
    path: `/v1/held-charges/${id}/release`,
    body: { reason },
  } as const
  const { outcome } = await withBilling(home(), ask => ask(request, done))
  if (outcome === 'not_held') throw new Fault('COMMAND_REFUSED', `The charge ${id} is not held.`)
  console.log(
    outcome === 'credited'
      ? 'It is credited.'
      : 'It is released, and still held for another reason; it is tried again every day.',
  )
}

function chargeIdArgument(text: string): string {
  if (!parseChargeId(text)) throw new InvalidArgumentError('It must be a charge id.')
  return text
}
