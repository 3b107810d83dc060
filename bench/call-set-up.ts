import { Command } from 'commander'
import { alone } from './alone.js'
import { CALLING_CORE, startProduct, startSippAnswerer } from './call-set-up/answerer.js'
import { FEW, type Flatness, flatness, idleBytes } from './call-set-up/dialogs.js'
import { type AtRate, atRate } from './call-set-up/equal-rates.js'
import { findKnee, type Knee } from './call-set-up/knee.js'
import type { Loaded } from './call-set-up/sipp-load.js'
import { loadAverage, machine } from './machine.js'
import { median } from './median.js'
import { pin } from './process-cost.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly dialogs: number
}

/** Calls a second at which both sides are compared: processor time a call falls as the rate rises. */
const RATES = [400, 800]

/** The first step of the search for the knee. */
const KNEE_FROM = 800

/** SIPp's processor time a call over that of the engine alone, and with its application. */
const GOAL_ENGINE = 0.25
const GOAL_ALL = 0.09
/** Calls a second at the knee; growth of the cost of a call with the dialogs; KB of an idle dialog. */
const GOAL_KNEE = 1_700
const GOAL_FLAT = 1.15
const GOAL_DIALOG_KB = 20

/** An A/A control outside of these says that the machine was too busy to compare anything on. */
const CONTROL_MIN = 0.95
const CONTROL_MAX = 1.05

/** `call-set-up`: benches Q4 and Q5 in one run. */
export const callSetUp = (): Command =>
  new Command('call-set-up')
    .summary('calls set up and released by SIPp, beside SIPp’s own answerer')
    .description(
      'SIPp makes calls at 400 and 800 a second to our signalling engine with a drachtio-srf application, and in\n' +
        'turns to SIPp’s own answerer; a second engine with its application is the control. Then what a call costs\n' +
        'beside few and many idle dialogs, what an idle dialog takes, and the rate up to which nothing fails and\n' +
        'nothing is sent again. SIPp must be installed. The exit code is 0 when every call to our engine\n' +
        'at both rates was answered and ended.',
    )
    .option('--rounds <number>', 'rounds of each side at each rate', wholeNumber(1, 20), 3)
    .option('--seconds <number>', 'how long calls are made in a round', wholeNumber(1, 60), 3)
    .option('--dialogs <number>', 'how many dialogs are many', wholeNumber(500, 10_000), 2_000)
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ rounds, seconds, dialogs }: Options): Promise<boolean> {
  const loadBefore = loadAverage()
  pin(process.pid, CALLING_CORE)
  const { rates, knee, failed } = await alone(async owner => {
    const product = await startProduct(owner)
    const sides = {
      product,
      sipp: await startSippAnswerer(owner),
      control: await startProduct(owner),
    }
    const rates: AtRate[] = []
    for (const rate of RATES) rates.push(await atRate(sides, rate, { rounds, seconds }))
    const failed = await product.failed()
    return { rates, failed, knee: await findKnee(product, KNEE_FROM, seconds) }
  })
  pin(process.pid, CALLING_CORE)
  const flat = await flatness(dialogs, seconds)
  const dialogKb = (await idleBytes(dialogs)) / 1_024
  tell(rates, knee, flat, dialogs, dialogKb)
  const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
  const line = { bench: 'call-set-up', at: new Date().toISOString(), rounds, seconds, dialogs }
  console.log(JSON.stringify({ ...line, rates, knee, flat, dialogKb, failed, ...around }))
  return failed === 0 && rates.flatMap(ofProduct).every(loaded => loaded.failed === 0)
}

const ofProduct = ({ rounds: { product, control } }: AtRate): Loaded[] => [...product, ...control]

const loadsOf = ({ rounds }: AtRate): Loaded[] => Object.values(rounds).flat()

function tell(
  rates: readonly AtRate[],
  knee: Knee,
  flat: Flatness,
  dialogs: number,
  dialogKb: number,
): void {
  row('CPU of a call, µs', ...rates.map(({ callsASecond }) => `${callsASecond}/s`), 'goal')
  const cells = (cell: (rate: AtRate) => string) => rates.map(cell)
  const cost = (name: string, of: (rounds: AtRate['rounds']) => readonly number[]) =>
    row(name, ...cells(({ rounds }) => median(of(rounds)).toFixed()), '')
  cost('engine', ({ product }) => product.map(({ engineUs }) => engineUs))
  cost('engine with its application', ({ product }) => product.map(({ allUs }) => allUs))
  cost('SIPp', ({ sipp }) => sipp.map(({ allUs }) => allUs))
  const ratio = (name: string, of: keyof AtRate['ratio'], goal: string) =>
    row(name, ...cells(({ ratio }) => ratio[of].toFixed(3)), goal)
  ratio('SIPp : engine', 'engine', `${GOAL_ENGINE}`)
  ratio('SIPp : engine with its application', 'withApplication', `${GOAL_ALL}`)
  ratio('A/A control', 'control', '')
  row('calls that failed', ...cells(rate => `${sumOf(rate, 'failed')}`), '0')
  row('messages sent again', ...cells(rate => `${sumOf(rate, 'retransmissions')}`), '')
  row(
    `CPU of a call beside ${FEW} and ${dialogs} dialogs, µs`,
    flat.few.toFixed(),
    flat.many.toFixed(),
    '',
  )
  row('growth with the dialogs', '', flat.ratio.toFixed(2), `${GOAL_FLAT}`)
  row('an idle dialog, KB of heap', '', dialogKb.toFixed(1), `${GOAL_DIALOG_KB}`)
  row('knee, calls/s', '', `${knee.callsASecond}`, `${GOAL_KNEE}`)
  if (rates.some(({ ratio: { control } }) => control < CONTROL_MIN || control > CONTROL_MAX))
    console.log('NOISY: the control differs.')
}

const sumOf = (rate: AtRate, key: 'failed' | 'retransmissions'): number =>
  loadsOf(rate).reduce((sum, loaded) => sum + loaded[key], 0)

const row = (name: string, ...cells: readonly string[]): void =>
  console.log(`${name.padEnd(48)}${cells.map(cell => cell.padStart(10)).join('')}`)
