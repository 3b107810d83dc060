import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { ChargingEnd } from '../test/support/charging-end.js'
import type { FromCallers, ToCallers } from './congestion-callers.js'
import { loadAverage, machine } from './machine.js'
import { cpuMsOf, pin, residentMiB } from './process-cost.js'
import { wholeNumber } from './whole-number.js'

interface Options {
  readonly from: number
  readonly seconds: number
  readonly times: number
}

/** What a load came to. */
interface Loaded {
  /** Calls offered a second, as they came. */
  readonly offered: number
  readonly served: number
  readonly refused: number
  /** What must not be, by what it was. */
  readonly wrong: Readonly<Record<string, number>>
  /** Calls charged a second while calls were offered, without the first seconds. */
  readonly goodput: number
  /** Processor time of the two programs from the first call to the end of the last, in ms. */
  readonly cpuMs: { readonly engine: number; readonly scp: number }
  /** Memory of both at the end, in MiB. */
  readonly residentMiB: number
}

/** Each step offers so many times as much. */
const STEP = 1.5

/** Beyond the knee: of a hundred calls offered so many are no longer charged in their time. */
const KEPT = 0.9

/** A rate that refuses nobody. */
const OPEN = 10_000

/** Left out of each step, in s: what may come at once after a silence is served in it. */
const FIRST_S = 2

/** Calls a second and seconds before anything is measured: a program that has just started is slow. */
const WARM_UP = { callsASecond: 50, seconds: 5 }

/** Ten times the calls cost who makes them ten times as much: of two cores, one is the product's alone. */
const [PRODUCT_CORE, OTHERS_CORE] = [0, 1]

/** Goodput at many times the knee must be so much of that at the knee (bench Q11, requirement M-05). */
const GOAL = 0.9

/** Of the calls that were let in, so many must finish (fault test XS9). */
const FINISHED = 0.999

/** `congestion`: what is left of the goodput when ten times as many call as can be served (bench Q11). */
export const congestion = (): Command =>
  new Command('congestion')
    .summary('goodput at ten times the knee beside goodput at the knee')
    .description(
      'Starts a real scp with its signalling engine, without a limit, and offers calls at rates that rise by half\n' +
        'until fewer than nine in ten are charged in their time: the last rate before is the knee. Then the same\n' +
        'with the limit at the knee: goodput (calls charged a second) at the knee, at so many times the knee, and\n' +
        'at the knee again. The callers are a process of their own. Exit code 0: 99.9 % of the calls that were let\n' +
        'in finished, every other was told and refused, and the goodput is at least ' +
        `${GOAL * 100} % of that at the knee.`,
    )
    .option('--from <number>', 'calls a second of the first step', wholeNumber(1, 1_000), 60)
    .option('--seconds <number>', 'how long each step is', wholeNumber(FIRST_S + 1, 40), 20)
    .option('--times <number>', 'how many times the knee is offered', wholeNumber(2, 50), 10)
    .action(async (options: Options) => {
      process.exitCode = (await run(options)) ? 0 : 1
    })

async function run({ from, seconds, times }: Options): Promise<boolean> {
  const loadBefore = loadAverage()
  const steps = await withScp(OPEN, scene => rising(scene, from, seconds))
  const knee = steps.filter(keeps).at(-1)?.asked ?? from
  const loads = await withScp(knee, async scene => {
    const told: Loaded[] = []
    for (const offered of [knee, knee * times, knee]) {
      told.push(await load(scene, offered, seconds))
      await after(1_000)
    }
    return told
  })
  const [at, beyond, again] = loads
  if (!at || !beyond || !again) return false
  const ratio = beyond.goodput / ((at.goodput + again.goodput) / 2)
  tell([...steps, ...loads])
  console.log(
    `knee ${knee} calls/s; goodput at ${times} times the knee ${ratio.toFixed(2)} of the knee's;\n` +
      `a refused call costs the engine ${Math.round(refusalUs(beyond, again))} µs`,
  )
  const around = { machine: machine(), loadBefore, loadAfter: loadAverage() }
  const line = { bench: 'congestion', at: new Date().toISOString(), knee, times, ratio }
  console.log(JSON.stringify({ ...line, steps, loads, ...around }))
  return loads.every(finishes) && ratio >= GOAL
}

/** Processor time of the engine for a call that it refused, in µs, what served calls cost taken off. */
function refusalUs(beyond: Loaded, knee: Loaded): number {
  const aServedMs = knee.cpuMs.engine / knee.served
  return ((beyond.cpuMs.engine - aServedMs * beyond.served) * 1_000) / beyond.refused
}

/** Scp with what stands behind it, and the process of its callers. */
interface Scene {
  readonly end: ChargingEnd
  readonly callers: ChildProcess
}

/** A scp of its own that lets so many calls in a second. */
async function withScp<T>(callsASecond: number, use: (scene: Scene) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = []
  try {
    const end = await ChargingEnd.open(
      { teardown: close => ends.push(close) },
      {
        MCSCP_SCP_CALLS_A_SECOND: `${callsASecond}`,
        MCSCP_SCP_CALLS_MAX: '20000',
        MCSCP_SCP_CALL_S: '60',
      },
    )
    const { home, ports } = end.programs
    const entry = fileURLToPath(new URL('congestion-callers.js', import.meta.url))
    const callers = fork(entry, [home.folder, `${ports.scpSip}`])
    ends.push(() => callers.disconnect())
    await heard(callers, 'prepared')
    for (const name of ['scp-signalling', 'scp']) pin(end.programs.pid(name), PRODUCT_CORE)
    for (const pid of [process.pid, callers.pid ?? 0]) pin(pid, OTHERS_CORE)
    const scene = { end, callers }
    await load(scene, WARM_UP.callsASecond, WARM_UP.seconds)
    return await use(scene)
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** A step, and the rate that was meant. */
type Step = Loaded & { readonly asked: number }

async function rising(scene: Scene, from: number, seconds: number): Promise<Step[]> {
  const steps: Step[] = []
  for (let asked = from; ; asked = Math.round(asked * STEP)) {
    const step = { asked, ...(await load(scene, asked, seconds)) }
    steps.push(step)
    if (!keeps(step)) return steps
  }
}

const keeps = (step: Step): boolean => step.goodput >= step.asked * KEPT && finishes(step)

function finishes({ served, wrong }: Loaded): boolean {
  const lost = sum(wrong)
  return served / (served + lost) >= FINISHED
}

/** Offers calls at a rate, whatever becomes of them. */
async function load({ end, callers }: Scene, asked: number, seconds: number): Promise<Loaded> {
  const calls = asked * seconds
  await end.stock(calls)
  say(callers, { type: 'prepare', calls })
  await heard(callers, 'prepared')
  const pids = [end.programs.pid('scp-signalling'), end.programs.pid('scp')]
  const cpuBefore = pids.map(cpuMsOf)
  const wrongBefore = new Map(end.wrong)
  const offering = heard(callers, 'offered')
  const ending = heard(callers, 'over')
  say(callers, { type: 'offer', callsASecond: asked })
  await after(FIRST_S * 1_000)
  const [first, firstMs] = [end.charged, performance.now()]
  const offered = await offering
  const goodput = ((end.charged - first) * 1_000) / (performance.now() - firstMs)
  const { served, refused, wrong } = await ending
  const notCharged = [...end.wrong].map(([what, times]) => [
    what,
    times - (wrongBefore.get(what) ?? 0),
  ])
  const [engine = 0, scp = 0] = pids.map((pid, n) => cpuMsOf(pid) - (cpuBefore[n] ?? 0))
  console.error(`${asked} calls/s: ${served} served, ${refused} refused`)
  return {
    offered: calls / offered.seconds,
    ...{ served, refused, goodput },
    wrong: { ...wrong, ...Object.fromEntries(notCharged.filter(([, times]) => times !== 0)) },
    cpuMs: { engine, scp },
    residentMiB: pids.reduce((mib, pid) => mib + residentMiB(pid), 0),
  }
}

const say = (callers: ChildProcess, message: ToCallers) => callers.send(message)

/** The next message of that type. */
const heard = <T extends FromCallers['type']>(
  callers: ChildProcess,
  type: T,
): Promise<Extract<FromCallers, { type: T }>> =>
  new Promise(resolve => {
    const take = (message: FromCallers) => {
      if (!isOf(message, type)) return
      callers.off('message', take)
      resolve(message)
    }
    callers.on('message', take)
  })

const isOf = <T extends FromCallers['type']>(
  message: FromCallers,
  type: T,
): message is Extract<FromCallers, { type: T }> => message.type === type

const sum = (wrong: Loaded['wrong']): number =>
  Object.values(wrong).reduce((total, times) => total + times, 0)

function tell(loads: readonly Loaded[]): void {
  console.log(
    row(['offered/s', 'served', 'refused', 'wrong', 'goodput/s', 'engine, ms', 'scp, ms', 'MiB']),
  )
  for (const { offered, served, refused, wrong, goodput, cpuMs, residentMiB } of loads) {
    const counts = [offered.toFixed(0), served, refused, sum(wrong), goodput.toFixed(1)]
    console.log(row([...counts, cpuMs.engine, cpuMs.scp, residentMiB]))
    for (const [what, times] of Object.entries(wrong)) console.log(`  ${times} times: ${what}`)
  }
}

const row = (cells: readonly (string | number)[]): string =>
  cells.map(cell => `${cell}`.padStart(11)).join('')
