import { setTimeout as after } from 'node:timers/promises'
import { Command } from 'commander'
import type { Msisdn } from '../domain/msisdn.js'
import { PROGRAMS } from '../mcscp/programs.js'
import type { ProcessStatus } from '../platform/status.js'
import { type CallingPlace, callingPlace, handsetOf } from '../switch-sim/handset/calling-place.js'
import type { PhoneCall } from '../switch-sim/handset/phone.js'
import { demonstrationNumbers } from '../switch-sim/mls/subscribers/demonstration.js'
import { Network } from '../test/support/network.js'
import { loadAverage, machine } from './machine.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly kills: number
}

/** What is killed, each in turn: every program that a call to 1400 goes through, and then all of them. */
const ON_THE_WAY = ['scp', 'ivr', 'media', 'scp-signalling', 'mls', 'switch-signalling']
const TARGETS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ...ON_THE_WAY.map(name => [name, [name]] as const),
  ['every program', PROGRAMS.map(({ name }) => name)],
]

/** Pause between two callers while no call is answered, in ms: what is measured is no finer than this. */
const NEXT_CALLER_MS = 50

/** Longest until a call must be answered again, in ms. */
const PATIENCE_MS = 60_000

/** Calls with nothing killed, as the control. */
const CONTROL_CALLS = 10

/** Times of one kind of kill, in ms from the kill to the answer; `undefined` where none came. */
interface Recovered {
  readonly title: string
  readonly ms: readonly (number | undefined)[]
}

/** `recovery`: how long after `kill -9` a call to 1400 is answered again (bench Q10). */
export const recovery = (): Command =>
  new Command('recovery')
    .summary('kill -9 to the next call that is answered')
    .description(
      'Starts a network of its own and kills the programs that a call goes through, one after the other and\n' +
        `then all at once. A new handset dials 1400 every ${NEXT_CALLER_MS} ms until one is answered (200 OK). The control\n` +
        'is a call with nothing killed. Exit code 0: after every kill a call was answered, and the network\n' +
        'was whole again; how soon is only told.',
    )
    .option('--kills <number>', 'how often each is killed', wholeNumber(1, 100), 5)
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ kills }: Options): Promise<boolean> {
  const ends: (() => unknown)[] = []
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => endAll().then(() => process.exit(1)))
  }
  try {
    const loadBefore = loadAverage()
    const network = await Network.start({ teardown: end => ends.push(end) })
    const place = callingPlace({ home: () => network.home, given: () => network.environment })
    const callers = new Callers(place)
    const control: (number | undefined)[] = []
    for (let n = 0; n < CONTROL_CALLS; n++) control.push(await callers.untilAnswered())
    const rows: Recovered[] = [{ title: 'nothing killed', ms: control }]
    for (const [title, names] of TARGETS) {
      const ms: (number | undefined)[] = []
      for (let n = 0; n < kills; n++) {
        const before = await whole(network)
        for (const name of names) kill(name, before)
        ms.push(await callers.untilAnswered())
        await whole(network)
      }
      rows.push({ title, ms })
      console.error(`${title}: ${kills} kills`)
    }
    tell(rows, loadBefore)
    return rows.every(({ ms }) => ms.every(one => one !== undefined))
  } finally {
    await endAll()
  }
}

function kill(name: string, status: ReadonlyMap<string, ProcessStatus>): void {
  const pid = status.get(name)?.pid
  if (!pid) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
}

/** Waits until every program can take calls and none holds one. */
async function whole(network: Network): Promise<ReadonlyMap<string, ProcessStatus>> {
  let status = await network.status()
  await network.until(async () => {
    status = await network.status()
    return PROGRAMS.every(({ name }) => {
      const program = status.get(name)
      return program?.ready === true && program.calls === 0
    })
  })
  return status
}

/** Handsets that call one after the other until one is answered. */
class Callers {
  readonly #place: CallingPlace
  readonly #numbers = demonstrationNumbers('mobile')

  constructor(place: CallingPlace) {
    this.#place = place
  }

  /** From now to the first 200 OK to an INVITE to 1400, in ms; `undefined` when none came in time. */
  async untilAnswered(): Promise<number | undefined> {
    const beganMs = performance.now()
    const calls: Promise<unknown>[] = []
    let answeredMs: number | undefined
    const answered = () => {
      answeredMs ??= performance.now()
    }
    while (answeredMs === undefined && performance.now() - beganMs < PATIENCE_MS) {
      calls.push(this.#call(answered, () => answeredMs !== undefined))
      await after(NEXT_CALLER_MS)
    }
    await Promise.all(calls)
    return answeredMs === undefined ? undefined : answeredMs - beganMs
  }

  /** One call, given up when it, or another, is answered. A switch that is not there takes none. */
  async #call(answered: () => void, over: () => boolean): Promise<void> {
    const number = this.#numbers.shift() as Msisdn
    this.#numbers.push(number)
    const phone = await handsetOf(this.#place, number, undefined).catch(() => undefined)
    const call = await phone
      ?.call('1400', ({ type }) => {
        if (type === 'answered') answered()
      })
      .catch(() => undefined)
    while (call && !over() && !(await endedWithin(call, NEXT_CALLER_MS))) {}
    await call?.hangUp().catch(() => {})
    await phone?.off().catch(() => {})
  }
}

const endedWithin = (call: PhoneCall, ms: number): Promise<boolean> =>
  Promise.race([call.ended.then(() => true), after(ms, false)])

function tell(rows: readonly Recovered[], loadBefore: readonly number[]): void {
  console.log(`${'killed'.padEnd(20)}${['kills', 'p50, ms', 'most, ms'].map(pad).join('')}`)
  const told = rows.map(({ title, ms }) => {
    const sorted = ms.map(one => one ?? PATIENCE_MS).sort((a, b) => a - b)
    const p50 = Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)
    const most = Math.round(sorted.at(-1) ?? 0)
    console.log(`${title.padEnd(20)}${[sorted.length, p50, most].map(pad).join('')}`)
    return { killed: title, kills: sorted.length, p50, most }
  })
  const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
  console.log(
    JSON.stringify({ bench: 'recovery', at: new Date().toISOString(), rows: told, ...around }),
  )
}

const pad = (cell: string | number): string => `${cell}`.padStart(12)
