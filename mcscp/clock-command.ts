import { Command, InvalidArgumentError, Option } from 'commander'
import { type EpochMs, epochMs } from '../domain/clock.js'
import { jstText } from '../domain/jst.js'
import { type ClockShown, changeClock, readClock, repairClock } from '../platform/clock-file.js'
import type { CommandSurroundings } from '../platform/command.js'
import { Fault } from '../platform/fault.js'
import type { Home } from '../platform/home.js'
import { readSettings } from '../platform/settings.js'
import { networkSettings } from './network-settings.js'

/** Slowest and fastest rate: a thousandth, and a day in a second. A month in a minute is 43,200. */
const RATE_MIN = 0.001
const RATE_MAX = 86_400

/** The clock shows no moment from here on: files write years in four digits, and a slip would close millions of them. */
const END_OF_TIME = epochMs(Date.parse('2100-01-01T00:00:00+09:00'))

/** `mcscp clock`: shows and moves the network's clock. */
export function clockCommand(surroundings: CommandSurroundings): Command {
  const home = () => simulatedHome(surroundings)
  const clock = new Command('clock')
    .summary('show and move the clock of a simulated network')
    .description(
      'Shows and moves the clock of a simulated network, by which all programs stamp charges, close ' +
        'files, days and months, and time exchanges. It goes forward only; calls keep the machine’s ' +
        'time. A new network begins at MCSCP_CLOCK_START.',
    )
  clock
    .command('show')
    .description('Tells the network’s time, by Japan’s clock, and how it goes.')
    .action(() => print(readClock(home())))
  clock
    .command('freeze')
    .description('Stops the clock where it is.')
    .action(async () => print(await changeClock(home(), ({ now }) => ({ moment: now, rate: 0 }))))
  clock
    .command('run')
    .description('Lets the clock go on, at the machine’s pace or another.')
    .option('--rate <times>', `how many times as fast, ${RATE_MIN} to ${RATE_MAX}`, rateOf, 1)
    .action(async ({ rate }: { rate: number }) =>
      print(await changeClock(home(), ({ now }) => ({ moment: now, rate }))),
    )
  clock
    .command('advance')
    .description('Sets the clock forward. It goes on, or stands, as before.')
    .addOption(
      new Option('--to <moment>', 'Japan’s time, as 2000-12-01T10:15, or with an offset')
        .argParser(momentOf)
        .conflicts('by'),
    )
    .addOption(new Option('--by <time>', 'as 90s, 15m, 1d12h').argParser(lengthOf))
    .action(async ({ to, by }: { to?: EpochMs; by?: number }) =>
      print(await advance(home(), to, by)),
    )
  clock
    .command('repair')
    .description('Writes a damaged clock anew, standing at a moment that you name.')
    .addOption(
      new Option('--at <moment>', 'later than all that the network has seen')
        .argParser(momentOf)
        .makeOptionMandatory(),
    )
    .action(({ at }: { at: EpochMs }) => print(repairClock(home(), at)))
  return clock
}

async function advance(
  home: Home,
  to: EpochMs | undefined,
  by: number | undefined,
): Promise<ClockShown> {
  if (to === undefined && by === undefined) {
    throw new Fault('COMMAND_REFUSED', 'How far? Give --to <moment> or --by <time>.')
  }
  return changeClock(home, ({ now, rate }) => {
    const moment = to ?? epochMs(now + (by ?? 0))
    if (moment < now) {
      throw new Fault(
        'COMMAND_REFUSED',
        `The clock goes forward only: it shows ${jstText(now)}, later than ${jstText(moment)}.`,
      )
    }
    if (moment >= END_OF_TIME) {
      throw new Fault('COMMAND_REFUSED', `The clock ends before ${jstText(END_OF_TIME)}.`)
    }
    return { moment, rate }
  })
}

/** The home folder of a simulation. Throws `SIMULATION_ONLY` elsewhere. */
function simulatedHome({ home, given }: CommandSurroundings): Home {
  if (!readSettings(networkSettings, given()).simulation) {
    throw new Fault('SIMULATION_ONLY', 'The clock of a network that charges real money is real.')
  }
  return home()
}

function print({ now, rate, setting }: ClockShown): void {
  const [day, time = ''] = jstText(now).split('T')
  const going = setting ? goingText(rate) : '実時間のまま · as the machine’s clock'
  console.log(`網の時刻 · network time   ${day} ${time.slice(0, 12)} (日本時間 · Japan time)`)
  console.log(`進み方 · it goes          ${going}`)
}

function goingText(rate: number): string {
  if (rate === 0) return '停止中 · it stands'
  if (rate === 1) return '実時間と同じ速さ · at the machine’s pace'
  return `実時間の ${rate} 倍 · ${rate} times as fast as the machine’s`
}

function rateOf(text: string): number {
  const rate = /^\d{1,5}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (rate >= RATE_MIN && rate <= RATE_MAX) return rate
  throw new InvalidArgumentError(
    `It must be a number from ${RATE_MIN} to ${RATE_MAX}; «freeze» stops the clock.`,
  )
}

/** A day, with a time if any, by Japan's clock unless an offset says otherwise. */
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/

function momentOf(text: string): EpochMs {
  const [, day, time = '00:00', offset = '+09:00'] = MOMENT.exec(text) ?? []
  const at = Date.parse(`${day}T${time}${offset}`)
  // The calendar has no 31 February, but Date.parse may.
  if (!Number.isNaN(at) && new Date(`${day}T00:00Z`).toISOString().startsWith(`${day}`)) {
    return epochMs(at)
  }
  throw new InvalidArgumentError('It must be a moment such as 2000-12-01 or 2000-12-01T10:15.')
}

const UNIT_MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 }

function lengthOf(text: string): number {
  const parts =
    /^(\d{1,6}w)?(\d{1,6}d)?(\d{1,6}h)?(\d{1,7}m)?(\d{1,9}s)?$/.exec(text)?.slice(1) ?? []
  const lengths = Object.values(UNIT_MS).map(
    (ms, place) => Number.parseInt(parts[place] ?? '0', 10) * ms,
  )
  const length = lengths.reduce((sum, one) => sum + one, 0)
  if (length > 0) return length
  throw new InvalidArgumentError('It must be a time such as 90s, 15m, 2h, 1d12h or 1w.')
}
