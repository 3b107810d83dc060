import { Command, InvalidArgumentError, Option } from 'commander'
import {
  CALL_OUTCOMES,
  CALLER_KINDS,
  type CallerKind,
  GENERATOR_LIMITS,
  type GeneratorOrder,
  HANG_UP_POINTS,
  type HangUpPoint,
  LEFT_OUT_REASONS,
} from '../../domain/generated-traffic.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { type Static, Type } from '../../platform/schema.js'

const counts = Type.Record(Type.String(), Type.Integer({ minimum: 0 }))

const answer = Type.Object({
  phase: Type.String(),
  by: Type.Optional(Type.String()),
  elapsedMs: Type.Integer(),
  offered: Type.Integer(),
  answered: Type.Integer(),
  inProgress: Type.Integer(),
  outcomes: counts,
  leftOut: counts,
  cardsReady: Type.Integer(),
  trouble: Type.Optional(Type.String()),
})

/** What a run is asked to be where nothing else is said: a quiet morning. */
const ORDINARY: Readonly<Record<CallerKind, number>> = {
  good_card: 60,
  wrong_number: 8,
  used_card: 4,
  locked_handset: 2,
  hang_up: 10,
  inquiry: 12,
  slow_keying: 4,
}

interface StartOptions extends Omit<GeneratorOrder, 'seconds' | 'faults'> {
  readonly as: string
  readonly minutes: number
  readonly rtpLossPercent: number
  readonly earlyHangUpPercent: number
  readonly guessingPercent: number
}

/** `mcscp generator start`, `stop` and `show`: generated traffic, in a simulation only (docs/switch.md). */
export const generatorCommands = (surroundings: CommandSurroundings): readonly Command[] => [
  startCommand(surroundings),
  new Command('stop')
    .description('Lets no more calls begin; given again, hangs up those that go on.')
    .addOption(asOption())
    .action(({ as }: { as: string }) =>
      asPerson(surroundings, as, async noc =>
        tell(await noc.post('/api/generator/stop', {}, answer)),
      ),
    ),
  new Command('show')
    .description('Tells how the run that goes on is doing, or how the last one ended.')
    .addOption(asOption())
    .action(({ as }: { as: string }) =>
      asPerson(surroundings, as, async noc => tell(await noc.get('/api/generator', answer))),
    ),
]

function startCommand(surroundings: CommandSurroundings): Command {
  const { callsPerHour, seconds, inProgressMax, percent, rtpLossPercent, handsets, cardYen } =
    GENERATOR_LIMITS
  const points: readonly HangUpPoint[] = HANG_UP_POINTS
  return new Command('start')
    .description(
      'Lets callers call 1400 and 157, by number and kind, and tells at once; the cards that they charge ' +
        'are made for them. The programs of the network, noc among them, must be running.',
    )
    .addOption(asOption())
    .addOption(number('--calls-per-hour <calls>', 'how many begin', callsPerHour, 1_200))
    .addOption(
      number('--minutes <minutes>', 'how long', { min: 1, max: Math.floor(seconds.max / 60) }, 5),
    )
    .addOption(number('--in-progress-max <calls>', 'most at once', inProgressMax, 50))
    .addOption(number('--handsets <number>', 'how many call in turn', handsets, 200))
    .addOption(number('--card-yen <yen>', 'face value of the cards', cardYen, 1_000))
    .addOption(
      new Option('--mix <kinds>', `${CALLER_KINDS.join(', ')}, as in good_card=60,hang_up=5`)
        .argParser(mixOf)
        .default(ORDINARY, 'an ordinary mix'),
    )
    .addOption(
      new Option('--hang-up-at <point>', 'where «hang_up» does').choices(points).default('any'),
    )
    .addOption(number('--rtp-loss-percent <percent>', 'audio lost', rtpLossPercent, 0))
    .addOption(number('--early-hang-up-percent <percent>', 'calls that break off', percent, 0))
    .addOption(
      number('--guessing-percent <percent>', 'wrong numbers, each of another handset', percent, 0),
    )
    .action((options: StartOptions) =>
      asPerson(surroundings, options.as, async noc =>
        tell(await noc.post('/api/generator/start', orderOf(options), answer)),
      ),
    )
}

const orderOf = ({
  as: _person,
  minutes,
  rtpLossPercent,
  earlyHangUpPercent,
  guessingPercent,
  ...order
}: StartOptions): GeneratorOrder => ({
  ...order,
  seconds: minutes * 60,
  faults: { rtpLossPercent, earlyHangUpPercent, guessingPercent },
})

function number(
  flags: string,
  about: string,
  { min, max }: { readonly min: number; readonly max: number },
  usual: number,
): Option {
  const read = (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    throw new InvalidArgumentError(`A whole number from ${min} to ${max}.`)
  }
  return new Option(flags, about).argParser(read).default(usual)
}

/** Reads `good_card=60,hang_up=5`; who is not named does not call. */
function mixOf(text: string): Readonly<Record<CallerKind, number>> {
  const mix = { ...ORDINARY }
  for (const kind of CALLER_KINDS) mix[kind] = 0
  for (const part of text.split(',')) {
    const [name, weight = ''] = part.split('=')
    const kind = CALLER_KINDS.find(one => one === name)
    if (!kind || !/^\d{1,3}$/.test(weight) || Number(weight) > GENERATOR_LIMITS.weight.max) {
      throw new InvalidArgumentError(`${part}: a kind of caller, =, and 0 to 100.`)
    }
    mix[kind] = Number(weight)
  }
  return mix
}

/** One line for the run, and one for each thing that calls came to. */
function tell(state: Static<typeof answer>): void {
  const { phase, offered, answered, inProgress, outcomes, leftOut, trouble } = state
  const seconds = Math.round(state.elapsedMs / 1_000)
  const calls = `${offered} offered, ${answered} answered, ${inProgress} in progress`
  console.log(`${phase}, ${seconds} s: ${calls}`)
  const rows = [
    ...CALL_OUTCOMES.map(name => [name, outcomes[name]] as const),
    ...LEFT_OUT_REASONS.map(name => [`left out: ${name}`, leftOut[name]] as const),
  ]
  for (const [name, count] of rows)
    if (count) console.log(`  ${name.padEnd(24)}${`${count}`.padStart(8)}`)
  if (trouble !== undefined) console.log(trouble)
}
