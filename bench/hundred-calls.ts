import { setTimeout as after } from 'node:timers/promises'
import { Command } from 'commander'
import { yen } from '../domain/yen.js'
import { raisePriority } from '../platform/priority.js'
import type { ClearCard } from '../scp/cards/issue.js'
import { callingPlace } from '../switch-sim/handset/calling-place.js'
import { subscriber } from '../test/support/callers.js'
import { Network } from '../test/support/network.js'
import { ScpBooks } from '../test/support/scp-books.js'
import { type BenchCaller, type CallsRound, callsRound } from './calls-round.js'
import { evennessOf } from './jitter.js'
import { loadAverage, machine } from './machine.js'
import { type Niceness, niceOf } from './process-cost.js'
import { type RawRound, RawStreams } from './raw-streams.js'
import { type Side, sideBySide } from './side-by-side.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly calls: number
  readonly rounds: number
}

/** Face value of every card, in yen. */
const FACE_VALUE = 3_000

/** Rounds that a number's month has room for. */
const ROUNDS_MAX = 16

/** Rest between two rounds, so that one does not hear the end of the other, in ms. */
const REST_MS = 1_000

/**
 * `hundred-calls`: so many calls at once, each of which charges a card with real audio; and beside them, in
 * turns, as many streams of a sender that does nothing else.
 */
export const hundredCalls = (): Command =>
  new Command('hundred-calls')
    .summary('100 calls at once with audio, beside a raw sender of 100 streams')
    .description(
      'Starts a network of its own and makes 100 calls at once, each of which hears the guidance, keys a\n' +
        'card and hears that it was charged. In turns with the calls (A B B A …) a raw node:dgram sender, a\n' +
        'process of its own at the priority of the media engine, sends as many streams to the same handsets.\n' +
        'Prints a table of how evenly packets came, and one line of JSON. The exit code is 0 when no call\n' +
        'failed, every card was charged to its caller, every sample of every clip came, and no packet was lost;\n' +
        'jitter and cost are only told.',
    )
    .option('--calls <number>', 'how many at once', wholeNumber(1, 190), 100)
    .option(
      '--rounds <number>',
      'how many rounds of calls; as many of the raw sender',
      wholeNumber(1, ROUNDS_MAX),
      2,
    )
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ calls, rounds }: Options): Promise<boolean> {
  const ends: (() => unknown)[] = []
  const owner = { teardown: (end: () => unknown) => ends.push(end) }
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => endAll().then(() => process.exit(1)))
  }
  try {
    const began = loadAverage()
    const network = await Network.start(owner)
    const place = callingPlace({ home: () => network.home, given: () => network.environment })
    const cards = await network.issue(calls * rounds, FACE_VALUE)
    const media = network.pidOf('media')
    beFirst(niceOf(media).process)
    const raw = await RawStreams.open(calls, niceOf(media).process)
    ends.push(() => raw.close())

    const ofCalls: CallsRound[] = []
    const ofRaw: RawRound[] = []
    for (const side of turns(rounds)) {
      if (side === 'calls') {
        const callers = callersOf(calls, cards, ofCalls.length)
        ofCalls.push(await callsRound(place, callers, media))
      } else ofRaw.push(await raw.round(place.pacer, ofCalls.at(-1)?.seconds ?? 20))
      console.error(
        `${side}: round ${side === 'calls' ? ofCalls.length : ofRaw.length} of ${rounds}`,
      )
      await after(REST_MS)
    }
    const mistakes = [...ofCalls.flatMap(one => one.mistakes), ...mischarged(network, calls, cards)]
    const niceness = { media: niceOf(media), raw: niceOf(raw.pid) }
    tell(calls, ofCalls, ofRaw, mistakes, niceness, began)
    return mistakes.length === 0
  } finally {
    await endAll()
  }
}

/** What measures must not wait either; a system that refuses lets the receiver's own delays in. */
function beFirst(niceness: number): void {
  try {
    raisePriority(niceness)
  } catch {
    console.error('The system refuses a higher priority: the receiver measures less evenly.')
  }
}

/** A B B A A B B A …: neither side has the earlier half. */
const turns = (rounds: number): ('calls' | 'raw')[] =>
  Array.from({ length: rounds }, (_, n) =>
    n % 2 === 0 ? (['calls', 'raw'] as const) : (['raw', 'calls'] as const),
  ).flat()

/** In each round every number has a card of its own; every tenth number is spoken to in English. */
const callersOf = (calls: number, cards: readonly ClearCard[], round: number): BenchCaller[] =>
  cards.slice(round * calls, (round + 1) * calls).map((card, n) => ({
    number: subscriber(n + 1),
    card,
    total: yen(FACE_VALUE * (round + 1)),
  }))

/** Cards that were not charged, once, to the number that keyed them: a digit was misheard, or a call failed. */
function mischarged(network: Network, calls: number, cards: readonly ClearCard[]): string[] {
  const books = new ScpBooks(network.home)
  return cards.flatMap(({ serial }, n) => {
    const { state, by } = books.card(serial)
    const number = subscriber((n % calls) + 1)
    if (state === 'used' && by === number && books.records(serial) === 1) return []
    return [`${number}: ${serial} is ${state}${by === undefined ? '' : ` by ${by}`}`]
  })
}

function tell(
  calls: number,
  ofCalls: readonly CallsRound[],
  ofRaw: readonly RawRound[],
  mistakes: readonly string[],
  niceness: Readonly<Record<'media' | 'raw', Niceness>>,
  began: readonly number[],
): void {
  const product = sideOf(ofCalls)
  const raw = sideOf(ofRaw)
  const made = calls * ofCalls.length
  console.log(`${made} calls, ${calls} at once: ${mistakes.length} mistakes`)
  for (const mistake of mistakes.slice(0, 20)) console.log(`  ${mistake}`)
  console.log(sideBySide(product, raw).join('\n'))
  const line = {
    bench: 'hundred-calls',
    at: new Date().toISOString(),
    calls,
    rounds: ofCalls.length,
  }
  const around = { niceness, machine: machine(), loadBefore: began, loadAfter: loadAverage() }
  console.log(JSON.stringify({ ...line, mistakes: mistakes.length, product, raw, ...around }))
}

const sideOf = (rounds: readonly (CallsRound | RawRound)[]): Side => ({
  ...evennessOf(rounds.flatMap(({ streams }) => streams)),
  lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
  cpuMsPerStreamSecond:
    rounds.reduce((sum, one) => sum + one.cpuMs, 0) /
    Math.max(
      1,
      rounds.reduce((sum, one) => sum + one.streams.length * one.measuredSeconds, 0),
    ),
})
