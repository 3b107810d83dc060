import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { parsePin } from '../../domain/card.js'
import type { CommandSurroundings } from '../../platform/command.js'
import { Fault } from '../../platform/fault.js'
import { readSecretFile } from '../../platform/secret-file.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { demonstrationNumbers, demonstrationPasswords } from '../mls/subscribers/demonstration.js'
import { callingPlace, handsetOf } from './calling-place.js'
import { type CallReport, type LoadGround, planLoad, runLoad } from './load.js'
import { loadSummary } from './load-summary.js'

interface LoadOptions {
  readonly calls: number
  readonly callsPerSecond: number
  readonly seed: number
  readonly mistaken: number
  readonly atOnce: number
  readonly cards?: string
  readonly skipCards: number
}

/** Bounds of one load: what one machine's handsets can do, and then some. */
const CALLS_MAX = 100_000
const CALLS_PER_SECOND_MAX = 500
const AT_ONCE_MAX = 2_000

/** `mcscp load`: many callers at once, honest and mistaken. */
export function loadCommand(surroundings: CommandSurroundings): Command {
  return new Command('load')
    .summary('many callers at once, honest and mistaken')
    .description(
      'Calls 1400 from many demonstration numbers with real audio: honest callers, and callers who ' +
        'mistype, are silent, or hang up at each point of a call. The same seed makes the same calls. ' +
        'Each call keys a card of its own; make some with «mcscp cards issue». Ends with a table; ' +
        'the exit code is 0 when every call came to what it must.',
    )
    .option('--calls <number>', 'how many calls', within(1, CALLS_MAX), 100)
    .option('--calls-per-second <number>', 'how many begin', within(1, CALLS_PER_SECOND_MAX), 2)
    .option('--seed <number>', 'decides everything that is left to chance', within(0, 2 ** 31), 1)
    .option('--mistaken <percent>', 'how many do not call honestly', within(0, 100), 20)
    .option('--at-once <number>', 'most calls at once; more wait', within(1, AT_ONCE_MAX), 200)
    .option('--cards <file>', 'table with a column pin; the newest demonstration batch otherwise')
    .option('--skip-cards <number>', 'leave out so many cards at its beginning', within(0, 1e7), 0)
    .action(async (options: LoadOptions) => {
      const reports = await load(surroundings, options)
      process.exitCode = reports.every(report => report.asExpected) ? 0 : 1
    })
}

async function load(
  surroundings: CommandSurroundings,
  options: LoadOptions,
): Promise<CallReport[]> {
  const place = callingPlace(surroundings)
  const file = options.cards ?? newestBatch(place.home.cards)
  const pins = pinsOf(file).slice(options.skipCards)
  if (pins.length < options.calls) {
    throw new Fault(
      'COMMAND_REFUSED',
      `${file} has ${pins.length} cards left for ${options.calls} calls; make more with «mcscp cards issue».`,
    )
  }
  const planned = planLoad({
    ...options,
    mistakenPercent: options.mistaken,
    numbers: demonstrationNumbers('mobile'),
    pins,
    chance: seededChance(options.seed),
  })
  const passwords = demonstrationPasswords(place.home)
  const progress = new Progress(options.calls)
  const startMs = performance.now()
  const ground: LoadGround = {
    library: place.library,
    handset: number => handsetOf(place, number, passwords.get(number)),
    after: ms => after(ms),
    nowMs: () => performance.now(),
    callsAtOnceMax: options.atOnce,
    begun: () => progress.begun(),
    ended: report => progress.ended(report),
  }
  const reports = await runLoad(planned, ground)
  progress.close()
  console.log(loadSummary(reports, performance.now() - startMs).join('\n'))
  return reports
}

/** Tells once a second how far a load is. */
class Progress {
  readonly #calls: number
  readonly #timer: NodeJS.Timeout
  #begun = 0
  #ended = 0
  #charged = 0
  #told = ''

  constructor(calls: number) {
    this.#calls = calls
    this.#timer = setInterval(() => this.#tell(), 1_000)
  }

  begun(): void {
    this.#begun++
  }

  ended({ result }: CallReport): void {
    this.#ended++
    if (result === 'charged') this.#charged++
  }

  close(): void {
    clearInterval(this.#timer)
    this.#tell()
    if (process.stderr.isTTY) process.stderr.write('\n')
  }

  /** On a terminal one line that changes; into a file a line when something did. */
  #tell(): void {
    const now = this.#begun - this.#ended
    const text = `${this.#begun} of ${this.#calls} calls begun, ${now} now, ${this.#charged} charged`
    if (text === this.#told) return
    this.#told = text
    process.stderr.write(process.stderr.isTTY ? `\r${text}\x1b[K` : `${text}\n`)
  }
}

/** The newest file of demonstration cards. */
function newestBatch(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const newest = files
    .filter(name => /^demonstration-\d+\.csv$/.test(name))
    .sort()
    .at(-1)
  if (newest) return join(folder, newest)
  throw new Fault(
    'COMMAND_REFUSED',
    `${folder} has no demonstration cards; make some with «mcscp cards issue».`,
  )
}

/** The column `pin` of a table of cards. */
function pinsOf(file: string): string[] {
  const text = readSecretFile(file)
  if (text === undefined) throw new Fault('COMMAND_REFUSED', `${file} is not there.`)
  const [header = '', ...lines] = text.split('\n')
  const column = header.split(',').indexOf('pin')
  if (column < 0) throw new Fault('FILE_MALFORMED', `${file} has no column pin.`)
  return lines
    .filter(line => line !== '')
    .map((line, index) => {
      const pin = parsePin(line.split(',')[column] ?? '')
      if (!pin)
        throw new Fault('FILE_MALFORMED', `Line ${index + 2} of ${file} has no card number.`)
      return pin
    })
}

/** Reads a whole number between two bounds, both allowed. */
const within = (min: number, max: number) => (text: string) => {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
}
