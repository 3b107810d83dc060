import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { PROGRAMS } from '../../mcscp/programs.js'
import { seededChance } from '../../platform/seeded-chance.js'
import type { ProcessStatus } from '../../platform/status.js'
import {
  auditStore,
  chargesLost,
  FACE_VALUE,
  openSessions,
  recordsNotInFiles,
} from './kill-audit.js'
import { Network } from './network.js'
import { SteadyCallers } from './steady-callers.js'

/** Longest until a network is whole again, or has no call left, on a busy machine, in ms. */
const PATIENCE_MS = 90_000

/** Longest that a call through a killed program may go on once the network is whole, on a busy machine, in ms. */
const CUT_WITHIN_MS = 30_000

/** How long handsets that have hung up are listened to, in ms: 50 packets of one call. */
const LISTEN_MS = 1_000

/** How long a call may last, and so what a killed scp has left open, in s. */
const CALL_S = 60

/** Programs that every call goes through. */
const ON_THE_WAY = ['switch-signalling', 'scp-signalling', 'media', 'scp', 'ivr', 'mls']

const inTurnAndAll = (names: readonly string[]): readonly (readonly string[])[] => [
  ...names.map(name => [name]),
  PROGRAMS.map(({ name }) => name),
]

/** What is killed, in turn: each program, then all at once. */
export const EACH_AND_ALL = inTurnAndAll(PROGRAMS.map(({ name }) => name))

/** The same with those alone that every call goes through. */
export const EACH_ON_THE_WAY_AND_ALL = inTurnAndAll(ON_THE_WAY)

export interface KillPlan {
  /** What is killed at once, in turn, over and over. */
  readonly targets: readonly (readonly string[])[]
  readonly kills: number
  /** A kill comes within so many ms from when the network is whole, every moment as likely. */
  readonly withinMs: number
  /** Calls at once. */
  readonly lines: number
  /** Cards there are to key. */
  readonly cards: number
  readonly seed: number
  /** Whether it is waited for the end of call sessions that killed programs left open. */
  readonly toTheLastSession?: boolean
}

/**
 * `kill -9` of each program in turn, and of all, while callers charge cards through the whole network,
 * and what must hold in spite of it: no charge lost and none double, and every call's legs reaped.
 */
export async function chargeThroughKills(t: Test, plan: KillPlan): Promise<void> {
  const network = await Network.start(t, { MCSCP_SCP_CALL_S: `${CALL_S}` })
  const { seed, lines, cards } = plan
  const order = ['--count', `${cards}`, '--face-value', `${FACE_VALUE}`]
  await network.command({}, 'cards', 'issue', ...order)
  t.comment(`seed ${seed}`)
  const chance = seededChance(seed)
  const newCards = network.cards().slice(-cards)
  const callers = new SteadyCallers(network, { lines, cards: newCards, chance })
  t.teardown(() => callers.hungUpAudio.close())

  const killed = await killAll(t, network, callers, plan, chance)
  await callers.end()
  const { stories } = callers
  t.comment(`${stories.length} calls, ${killed} processes killed`)
  const results = stories.flatMap(({ told }) => told)
  t.strictSame(
    results.filter(result => UNDESERVED.includes(result)),
    [],
    'nobody is refused',
  )
  t.strictSame(
    stories.filter(({ leftHanging }) => leftHanging),
    [],
    'every call ends, or tells its caller something',
  )
  await legsReaped(t, network, callers)
  if (plan.toTheLastSession) {
    await network.until(() => openSessions(network) === 0, CALL_S * 1_000 + PATIENCE_MS)
    t.pass('no call session is left')
  }
  endedByKills(t, network, killed)
  await network.command({}, 'clock', 'advance', '--by', '15m')
  await network.until(() => recordsNotInFiles(network) === 0, PATIENCE_MS)
  t.equal(await network.stop(), 0, 'the network ends in order')
  auditStore(t, network, stories)
}

/** What no caller with a good card, or none, may hear. */
const UNDESERVED: readonly string[] = ['over_cap', 'at_cap', 'gave_up']

async function killAll(
  t: Test,
  network: Network,
  callers: SteadyCallers,
  { targets: inTurn, kills, withinMs }: KillPlan,
  chance: () => number,
): Promise<number> {
  let killed = 0
  for (let round = 0; round < kills; round++) {
    const targets = inTurn[round % inTurn.length] ?? []
    const before = await wholeNetwork(network)
    await wait(chance() * withinMs)
    for (const name of targets) process.kill(pidOf(before, name), 'SIGKILL')
    killed += targets.length
    const killedMs = performance.now()
    await wholeNetwork(network, after =>
      targets.every(name => pidOf(after, name) !== pidOf(before, name)),
    )
    const tookMs = performance.now() - killedMs
    const what = targets.length > 1 ? 'all' : targets[0]
    t.comment(`${round + 1}: ${what}, whole again after ${tookMs.toFixed()} ms`)
    await callsOf(t, network, callers, killedMs)
    const lost = chargesLost(network, callers.stories)
    if (lost.length > 0) t.fail(`I3: lost by the kill of ${what}: ${lost}`)
  }
  return killed
}

/** Calls that were there when a program was killed have ended, or their callers have been told how they went. */
async function callsOf(
  t: Test,
  network: Network,
  callers: SteadyCallers,
  killedMs: number,
): Promise<void> {
  const left = () => callers.begunBefore(killedMs)
  await network.until(() => left() === 0, CUT_WITHIN_MS).catch(() => {})
  if (left() > 0) t.fail(`${left()} callers are left hanging`)
}

/** Waits until every program can take calls, and what else must hold does. */
async function wholeNetwork(
  network: Network,
  holds: (status: ReadonlyMap<string, ProcessStatus>) => boolean = () => true,
): Promise<ReadonlyMap<string, ProcessStatus>> {
  let status = await network.status()
  await network.until(async () => {
    status = await network.status()
    return PROGRAMS.every(({ name }) => status.get(name)?.ready) && holds(status)
  }, PATIENCE_MS)
  return status
}

function pidOf(status: ReadonlyMap<string, ProcessStatus>, name: string): number {
  const pid = status.get(name)?.pid
  if (!pid) throw new Error(`${name} does not run`)
  return pid
}

/** Nothing ended but what was killed: no program falls because another did. */
function endedByKills(t: Test, network: Network, killed: number): void {
  const { printed } = network
  const endings = [...printed.matchAll(/(\S+) ended unasked \((.+?)\)/g)]
  const byThemselves = endings.filter(([, , how]) => how !== 'SIGKILL').map(([line]) => line)
  t.strictSame(byThemselves, [], 'no program fell because another was killed')
  t.equal(endings.length, killed, 'each killed program was started again')
  for (const { name } of PROGRAMS) {
    const crashes = network.log(name).filter(({ msg }) => msg === 'program crashed')
    for (const { err } of crashes) t.comment(`${name} crashed: ${JSON.stringify(err)}`)
  }
  const failed = [...printed.matchAll(/\S+ did not start: .*/g)].map(([line]) => line)
  if (failed.length > 0) t.comment(`started later: ${failed.join('; ')}`)
}

/** No program holds anything of a call any more, and nothing is sent to those who hung up. */
async function legsReaped(t: Test, network: Network, callers: SteadyCallers): Promise<void> {
  const calls = async () =>
    [...(await network.status())].map(([name, status]) => [name, status.calls] as const)
  await network
    .until(async () => (await calls()).every(([, count]) => count === 0), PATIENCE_MS)
    .catch(() => {})
  t.strictSame(
    await calls(),
    PROGRAMS.map(({ name }) => [name, 0]),
    'no dialog, channel or call is left',
  )
  const { packets, ports } = callers.hungUpAudio
  await wait(LISTEN_MS)
  t.equal(callers.hungUpAudio.packets, packets, `no audio comes to ${ports} handsets that hung up`)
}
