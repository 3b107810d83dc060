import { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { askAct, waitingText } from '../../platform/office-acts.js'
import { asOption, asPerson } from '../../platform/person-login.js'

interface Rotating {
  readonly as: string
  readonly reason: string
  readonly wrap?: boolean
}

/** `mcscp keys`: the keys that card numbers are digested with (requirements §5.2). */
export function keysCommand(surroundings: CommandSurroundings): Command {
  const keys = new Command('keys')
    .summary('rotate the key that card numbers are digested with')
    .description(
      'Rotates the key that card numbers are digested with. The keys lie in a file of scp, never in its ' +
        'store. noc and scp must be running.',
    )
  keys
    .command('rotate')
    .description(
      'Takes a new key into service for the batches that are generated from now on. A key custodian asks, ' +
        'a supervisor approves. The network goes on meanwhile.',
    )
    .option('--wrap', 'wrap the digests of all cards with it too, after a compromise')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((options: Rotating) => rotate(surroundings, options))
  return keys
}

const rotate = (
  surroundings: CommandSurroundings,
  { as, reason, wrap = false }: Rotating,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const answer = await askAct(office, 'rotate_pin_key', reason, { wrap })
    console.log(answer.outcome === 'waiting' ? waitingText(answer) : '鍵を更新しました · rotated')
  })
