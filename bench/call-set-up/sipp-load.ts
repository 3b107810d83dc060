import { runSippCaller } from '../../test/support/sipp.js'
import { cpuMsOfAll } from '../process-cost.js'
import type { Answerer } from './answerer.js'

/** Calls that are made at a rate, whatever becomes of them. */
export interface Load {
  readonly callsASecond: number
  readonly seconds: number
}

/** What a load came to. */
export interface Loaded {
  readonly calls: number
  /** Calls that were not answered and ended as they should. */
  readonly failed: number
  /** Messages that SIPp sent again, for want of an answer in 500 ms. */
  readonly retransmissions: number
  /** Calls a second, from the first to the end of the last. */
  readonly callsASecond: number
  /** Processor time for a call, in µs: of the engine alone, and with its application. */
  readonly engineUs: number
  readonly allUs: number
}

/** Longest that SIPp waits for its last call, in s. */
const PATIENCE_S = 30

/** What SIPp is told of who is called, how fast and how often. */
export const sippArguments = (port: number, callsASecond: number, calls: number): string[] => [
  `127.0.0.1:${port}`,
  ...['-i', '127.0.0.1', '-r', `${callsASecond}`, '-m', `${calls}`, '-l', `${calls}`],
]

/** SIPp's caller: INVITE, ACK, BYE. */
export async function load(answerer: Answerer, { callsASecond, seconds }: Load): Promise<Loaded> {
  const calls = callsASecond * seconds
  const { engine, all, port } = answerer
  const [began, engineBefore, allBefore] = [performance.now(), cpuMsOfAll(engine), cpuMsOfAll(all)]
  const { successful, retransmissions } = await runSippCaller([
    ...sippArguments(port, callsASecond, calls),
    ...['-timeout', `${seconds + PATIENCE_S}s`],
  ])
  const passedS = (performance.now() - began) / 1_000
  const aCall = (cpuMs: number) => (cpuMs * 1_000) / calls
  return {
    ...{ calls, retransmissions },
    failed: calls - successful,
    callsASecond: calls / passedS,
    engineUs: aCall(cpuMsOfAll(engine) - engineBefore),
    allUs: aCall(cpuMsOfAll(all) - allBefore),
  }
}
