import { type Product, unpin } from './answerer.js'
import { type Loaded, load } from './sipp-load.js'

/** Each step offers so many times as much. */
const STEP = 1.2

const STEPS_MAX = 14

/** Of a thousand calls one may fail, and one message be sent again. */
const CLEAN = 0.001

/** Of the rate that is offered so much must be reached; the rest is SIPp's start and end. */
const REACHED = 0.9

/** What the steps came to, and the last rate that was clean. */
export interface Knee {
  readonly callsASecond: number
  readonly steps: readonly (Loaded & { readonly offered: number })[]
}

/** Rates that rise until one is not clean. Engine, application and SIPp share every core, as they like. */
export async function findKnee(product: Product, from: number, seconds: number): Promise<Knee> {
  unpin([...product.all, process.pid])
  const steps: (Loaded & { readonly offered: number })[] = []
  for (let offered = from; steps.length < STEPS_MAX; offered = Math.round(offered * STEP)) {
    const step = { offered, ...(await load(product, { callsASecond: offered, seconds })) }
    steps.push(step)
    console.error(`${offered} calls/s: ${step.failed} failed, ${step.retransmissions} sent again`)
    if (!isClean(step, offered)) break
  }
  const clean = steps.filter(step => isClean(step, step.offered))
  return { callsASecond: clean.at(-1)?.offered ?? 0, steps }
}

const isClean = ({ calls, failed, retransmissions, callsASecond }: Loaded, offered: number) =>
  failed <= calls * CLEAN && retransmissions <= calls * CLEAN && callsASecond >= offered * REACHED
