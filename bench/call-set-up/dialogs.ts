import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { Owner } from '../../test/support/sip-peer.js'
import { alone } from '../alone.js'
import { type Product, startProduct } from './answerer.js'
import { load, sippArguments } from './sipp-load.js'

/** Dialogs that count as few. */
export const FEW = 100

/** At which rate dialogs are begun, and calls made over them. */
const CALLS_A_SECOND = 400

/** How long SIPp keeps a call that is to stay, in ms: longer than any bench. */
const HELD_MS = 3_600_000

const LOOK_EVERY_MS = 100

/** Longest until all are up, in ms: where one is lost, SIPp never makes up for it. */
const PATIENCE_MS = 60_000

/** 64·T1 of these is 2 s: what is kept of a call for late copies is gone while its dialog stays. */
const SHORT_TIMERS = { t1Ms: 32, t2Ms: 256, t4Ms: 320 }

/** Processor time of the engine for a call, in µs, beside so many dialogs that are idle. */
export interface Flatness {
  readonly few: number
  readonly many: number
  readonly ratio: number
}

/** Few and many in turns (A B B A), an engine of its own for each, after as many calls. */
export async function flatness(dialogs: number, seconds: number): Promise<Flatness> {
  const costs: Record<'few' | 'many', number[]> = { few: [], many: [] }
  for (const side of ['few', 'many', 'many', 'few'] as const) {
    const held = side === 'few' ? FEW : dialogs
    costs[side].push(await alone(owner => besideDialogs(owner, held, dialogs - held, seconds)))
    console.error(`${held} dialogs`)
  }
  const [few, many] = [mean(costs.few), mean(costs.many)]
  return { few, many, ratio: many / few }
}

async function besideDialogs(
  owner: Owner,
  held: number,
  ended: number,
  seconds: number,
): Promise<number> {
  const product = await startProduct(owner)
  if (ended > 0) {
    const seconds = Math.ceil(ended / CALLS_A_SECOND)
    await load(product, { callsASecond: CALLS_A_SECOND, seconds })
    // SIPp takes a 200 that was sent again for that of its BYE: the last ones may still be on their way.
    while ((await product.dialogs()) > 0) await after(LOOK_EVERY_MS)
  }
  await hold(owner, product, held)
  const { engineUs } = await load(product, { callsASecond: CALLS_A_SECOND, seconds })
  return engineUs
}

/** Bytes of the engine's heap that a dialog takes which nothing happens in. */
export const idleBytes = (dialogs: number): Promise<number> =>
  alone(async owner => {
    const product = await startProduct(owner, SHORT_TIMERS)
    await hold(owner, product, FEW)
    const before = await heldIdle(product)
    await hold(owner, product, dialogs)
    const now = await heldIdle(product)
    return (now.heapBytes - before.heapBytes) / (now.calls - before.calls)
  })

/** What the engine holds once no timer of a transaction runs: an idle dialog here has none. */
async function heldIdle(product: Product) {
  for (;;) {
    const held = await product.held()
    if (held.timers <= product.timersAtRest) return held
    await after(LOOK_EVERY_MS)
  }
}

/** Begins so many calls that stay; resolves when all are up. */
async function hold(owner: Owner, product: Product, calls: number): Promise<void> {
  const before = await product.dialogs()
  const sipp = spawn(
    'sipp',
    [
      ...['-sn', 'uac', '-nostdin', '-d', `${HELD_MS}`],
      ...sippArguments(product.port, CALLS_A_SECOND, calls),
    ],
    { stdio: 'ignore' },
  )
  const ended = once(sipp, 'exit')
  owner.teardown(async () => {
    sipp.kill('SIGKILL')
    await ended
  })
  const began = performance.now()
  while ((await product.dialogs()) < before + calls) {
    if (sipp.exitCode !== null || performance.now() - began > PATIENCE_MS) {
      throw new Error('not all calls that were to stay came up: the machine is too busy')
    }
    await after(LOOK_EVERY_MS)
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
