import { Command, InvalidArgumentError } from 'commander'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { askAct, minuteText, waitingText } from '../../platform/office-acts.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { Type } from '../../platform/schema.js'

const lockedAnswer = Type.Object({
  handsets: Type.Array(
    Type.Object({
      msisdn: Type.String(),
      lockedAt: Type.Integer(),
      reason: Type.String(),
      consecutive: Type.Integer(),
    }),
  ),
})

const historyAnswer = Type.Object({
  locked: Type.Boolean(),
  consecutive: Type.Integer(),
  inWindow: Type.Integer(),
  events: Type.Array(
    Type.Object({
      at: Type.Integer(),
      lockReason: Type.Union([Type.String(), Type.Null()]),
      consecutive: Type.Integer(),
      inWindow: Type.Integer(),
      person: Type.Union([Type.String(), Type.Null()]),
      reason: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
})

/** Who gives a command. */
interface As {
  readonly as: string
}

/** `mcscp locks`: the handsets that may not charge, and their release (requirement S-11). */
export function locksCommand(surroundings: CommandSurroundings): Command {
  const locks = new Command('locks')
    .summary('show the locked handsets and release them')
    .description(
      'Shows the handsets that wrong card numbers locked, and releases them with a reason that is kept. ' +
        'noc and scp must be running.',
    )
  locks
    .command('list')
    .description('Lists the handsets that are locked, the latest first; a thousand at most.')
    .addOption(asOption())
    .action(({ as }: As) => list(surroundings, as))
  locks
    .command('show')
    .description('Tells what is counted against a handset, and each lock and release before.')
    .argument('<number>', 'as 09012345678', numberArgument)
    .addOption(asOption())
    .action((msisdn: Msisdn, { as }: As) => show(surroundings, as, msisdn))
  locks
    .command('unlock')
    .description(
      'Releases handsets. More at once than one person may (MCSCP_UNLOCK_ALONE) wait for another ' +
        'person with another role.',
    )
    .argument('<number...>', 'as 09012345678', severalNumbers)
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((msisdns: Msisdn[], { as, reason }: As & { reason: string }) =>
      unlock(surroundings, as, msisdns, reason),
    )
  return locks
}

function numberArgument(text: string): Msisdn {
  const msisdn = parseMsisdn(text)
  if (msisdn) return msisdn
  throw new InvalidArgumentError('It must be a number: 11 digits, beginning 070, 080 or 090.')
}

const severalNumbers = (text: string, before: readonly Msisdn[] = []): Msisdn[] => [
  ...before,
  numberArgument(text),
]

const list = (surroundings: CommandSurroundings, as: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const { handsets } = await office.get('/api/office/locks', lockedAnswer)
    for (const { msisdn, lockedAt, reason, consecutive } of handsets) {
      const counted = `${consecutive} wrong in a row`
      console.log(`${msisdn}  locked ${minuteText(lockedAt)}  ${counted.padStart(16)}  ${reason}`)
    }
    console.log(`規制中 · ${handsets.length} handsets are locked.`)
  })

const show = (surroundings: CommandSurroundings, as: string, msisdn: Msisdn): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const held = await office.get(`/api/office/locks/${msisdn}`, historyAnswer)
    for (const { at, lockReason, consecutive, inWindow, person, reason } of held.events) {
      const what = lockReason ? `locked (${lockReason})` : `released by ${person}: ${reason}`
      console.log(`${minuteText(at)}  ${consecutive} in a row, ${inWindow} in the window  ${what}`)
    }
    const counted = `${held.consecutive} in a row, ${held.inWindow} in the window`
    console.log(`${msisdn} ${held.locked ? '規制中 · is locked' : 'is not locked'}; ${counted}.`)
  })

const unlock = (
  surroundings: CommandSurroundings,
  as: string,
  msisdns: readonly Msisdn[],
  reason: string,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const [msisdn, ...others] = msisdns
    const answer =
      others.length === 0
        ? await askAct(office, 'unlock_handset', reason, { msisdn })
        : await askAct(office, 'unlock_handsets', reason, { msisdns })
    console.log(
      answer.outcome === 'waiting'
        ? waitingText(answer)
        : `規制解除 · released: ${msisdns.join(', ')}`,
    )
  })
