import { Command, InvalidArgumentError } from 'commander'
import { parseSerialNumber, type SerialNumber } from '../../domain/card.js'
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
      until: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
  cards: Type.Array(
    Type.Object({ serial: Type.String(), lockedAt: Type.Integer(), handsets: Type.Integer() }),
  ),
  brake: Type.Union([
    Type.Null(),
    Type.Object({
      beganAt: Type.Integer(),
      until: Type.Integer(),
      wrong: Type.Integer(),
      limit: Type.Integer(),
    }),
  ]),
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

const cardHistoryAnswer = Type.Object({
  locked: Type.Boolean(),
  handsets: Type.Integer(),
  probes: Type.Array(
    Type.Object({ at: Type.Integer(), msisdn: Type.String(), outcome: Type.String() }),
  ),
  events: Type.Array(
    Type.Object({
      at: Type.Integer(),
      handsets: Type.Integer(),
      person: Type.Union([Type.String(), Type.Null()]),
      reason: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
})

/** What can be locked: a handset by its number, a card by its serial number. */
type Lockable =
  | { readonly msisdn: Msisdn; readonly serial?: never }
  | { readonly serial: SerialNumber; readonly msisdn?: never }

/** Who gives a command. */
interface As {
  readonly as: string
}

/** `mcscp locks`: what may not charge, layer by layer, and its release (requirements S-11, §5.4). */
export function locksCommand(surroundings: CommandSurroundings): Command {
  const locks = new Command('locks')
    .summary('show what is locked against guessing, and release it')
    .description(
      'Shows the handsets that wrong card numbers locked, the cards that many handsets probed, and whether ' +
        'the whole service brakes; releases each with a reason that is kept. noc and scp ' +
        'must be running.',
    )
  locks
    .command('list')
    .description(
      'Lists what is locked in each layer, the latest first; a thousand of each at most.',
    )
    .addOption(asOption())
    .action(({ as }: As) => list(surroundings, as))
  locks
    .command('show')
    .description(
      'Tells what is counted against a handset or a card, and each lock and release before; of a card ' +
        'who keyed it, too.',
    )
    .argument('<number or serial>', 'as 09012345678 or MCA000000123', lockable)
    .addOption(asOption())
    .action((of: Lockable, { as }: As) =>
      of.msisdn !== undefined
        ? showHandset(surroundings, as, of.msisdn)
        : showCard(surroundings, as, of.serial),
    )
  locks
    .command('unlock')
    .description(
      'Releases handsets, or cards. More at once than one person may (MCSCP_UNLOCK_ALONE) wait for ' +
        'another person with another role.',
    )
    .argument('<numbers or serials...>', 'as 09012345678, or as MCA000000123', severalLockables)
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action((all: Lockable[], { as, reason }: As & { reason: string }) =>
      unlock(surroundings, as, all, reason),
    )
  locks
    .command('end-brake')
    .description(
      'Ends the brake of the whole service before its time. It brakes again with the next wrong number over ' +
        'the limit.',
    )
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(asOption())
    .action(({ as, reason }: As & { reason: string }) => endBrake(surroundings, as, reason))
  return locks
}

function lockable(text: string): Lockable {
  const msisdn = parseMsisdn(text)
  if (msisdn) return { msisdn }
  const serial = parseSerialNumber(text)
  if (serial) return { serial }
  throw new InvalidArgumentError(
    'It must be a number, 11 digits beginning 070, 080 or 090, or a serial number such as MCA000000123.',
  )
}

function severalLockables(text: string, before: readonly Lockable[] = []): Lockable[] {
  const all = [...before, lockable(text)]
  if (new Set(all.map(({ msisdn }) => msisdn === undefined)).size === 1) return all
  throw new InvalidArgumentError('Handsets and cards are released apart.')
}

const list = (surroundings: CommandSurroundings, as: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const { handsets, cards, brake } = await office.get('/api/office/locks', lockedAnswer)
    for (const { msisdn, lockedAt, reason, consecutive, until } of handsets) {
      const counted = `${consecutive} wrong in a row`.padStart(16)
      const lapses = until === null ? '' : `  until ${minuteText(until)}`
      console.log(`${msisdn}  locked ${minuteText(lockedAt)}  ${counted}  ${reason}${lapses}`)
    }
    for (const { serial, lockedAt, handsets } of cards) {
      console.log(`${serial}  locked ${minuteText(lockedAt)}  keyed by ${handsets} handsets`)
    }
    if (brake) {
      const { beganAt, until, wrong, limit } = brake
      console.log(
        `全体ブレーキ中 · the service brakes since ${minuteText(beganAt)}, until ${minuteText(until)} if ` +
          `no more come: ${wrong} wrong numbers in a minute, at most ${limit - 1} are let pass`,
      )
    }
    console.log(
      `規制中 · ${handsets.length} handsets and ${cards.length} cards are locked, until they are released.`,
    )
  })

const showHandset = (
  surroundings: CommandSurroundings,
  as: string,
  msisdn: Msisdn,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const held = await office.get(`/api/office/locks/${msisdn}`, historyAnswer)
    for (const { at, lockReason, consecutive, inWindow, person, reason } of held.events) {
      const what = lockReason ? `locked (${lockReason})` : `released by ${person}: ${reason}`
      console.log(`${minuteText(at)}  ${consecutive} in a row, ${inWindow} in the window  ${what}`)
    }
    const counted = `${held.consecutive} in a row, ${held.inWindow} in the window`
    console.log(`${msisdn} ${held.locked ? '規制中 · is locked' : 'is not locked'}; ${counted}.`)
  })

const showCard = (
  surroundings: CommandSurroundings,
  as: string,
  serial: SerialNumber,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const held = await office.get(`/api/office/card-locks/${serial}`, cardHistoryAnswer)
    for (const { at, msisdn, outcome } of held.probes) {
      console.log(`${minuteText(at)}  keyed by ${msisdn}: ${outcome}`)
    }
    for (const { at, handsets, person, reason } of held.events) {
      const what = person === null ? 'locked' : `released by ${person}: ${reason}`
      console.log(`${minuteText(at)}  ${handsets} handsets  ${what}`)
    }
    const state = held.locked ? '規制中 · is locked' : 'is not locked'
    console.log(`${serial} ${state}; ${held.handsets} handsets count against it.`)
  })

const unlock = (
  surroundings: CommandSurroundings,
  as: string,
  all: readonly Lockable[],
  reason: string,
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const { act, payload } = releaseOf(all)
    const answer = await askAct(office, act, reason, payload)
    const names = all.map(({ msisdn, serial }) => msisdn ?? serial).join(', ')
    console.log(
      answer.outcome === 'waiting' ? waitingText(answer) : `規制解除 · released: ${names}`,
    )
  })

const endBrake = (surroundings: CommandSurroundings, as: string, reason: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    await askAct(office, 'end_brake', reason, {})
    console.log('全体ブレーキ解除 · the service no longer brakes.')
  })

/** The act that releases these, which are all handsets or all cards. */
function releaseOf(all: readonly Lockable[]): { readonly act: string; readonly payload: unknown } {
  const msisdns = all.flatMap(({ msisdn }) => msisdn ?? [])
  const serials = all.flatMap(({ serial }) => serial ?? [])
  const [msisdn, ...otherHandsets] = msisdns
  const [serial, ...otherCards] = serials
  if (otherHandsets.length > 0) return { act: 'unlock_handsets', payload: { msisdns } }
  if (otherCards.length > 0) return { act: 'unlock_cards', payload: { serials } }
  return msisdn === undefined
    ? { act: 'unlock_card', payload: { serial } }
    : { act: 'unlock_handset', payload: { msisdn } }
}
