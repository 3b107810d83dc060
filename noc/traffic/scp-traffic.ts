import { SCENARIO_NAME } from '../../domain/charge-kind.js'
import {
  type QuarterHourTraffic,
  TRAFFIC_MEASURES,
  type TrafficKind,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'

/** What a node tells of its charge traffic. */
export interface NodeTraffic {
  readonly node: string
  /** When it told it, by the network's clock. */
  readonly asOf: EpochMs
  readonly callsInProgress: number
  readonly nowLocked: number
  /** Face values on sale, in yen. */
  readonly denominations: readonly number[]
  readonly quarterHours: readonly QuarterHourTraffic[]
}

const moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const pairs = Type.Array(Type.Tuple([count, count]))

const kindTraffic = Type.Object({
  kind: Type.Unsafe<TrafficKind>(Type.String({ pattern: SCENARIO_NAME.source })),
  counts: Type.Object(
    Object.fromEntries(TRAFFIC_MEASURES.map(measure => [measure, Type.Optional(count)])),
  ),
  peak: count,
  holding: pairs,
  cards: pairs,
})

const trafficAnswer = Type.Object({
  node: Type.String({ minLength: 1 }),
  asOf: moment,
  callsInProgress: count,
  nowLocked: count,
  denominations: Type.Array(count),
  quarterHours: Type.Array(
    Type.Object({
      beganAt: moment,
      final: Type.Boolean(),
      peak: count,
      nowLocked: count,
      unlocked: count,
      toCrs: Type.Object({
        sent: count,
        acknowledged: count,
        resent: count,
        errors: count,
        waiting: count,
        oldestMinutes: count,
        lastNumber: count,
      }),
      kinds: Type.Array(kindTraffic),
    }),
  ),
})

const isTrafficAnswer = compileSchema(trafficAnswer)

/** Longest wait for an answer, in ms: a week of quarter-hours is read for it. */
const DEADLINE_MS = 10_000

/**
 * Asks scp for the traffic of the quarter-hours that begin at `from` or later, oldest first, a week of
 * them at most. Throws `PEER_UNREACHABLE` or `PEER_ANSWER_INVALID`.
 */
export async function askTraffic(
  socket: Pick<SocketClient, 'ask'>,
  from: EpochMs,
): Promise<NodeTraffic> {
  const path = `/v1/traffic?from=${from}&to=${Number.MAX_SAFE_INTEGER}`
  const { status, body } = await socket.ask({ method: 'GET', path, deadlineMs: DEADLINE_MS })
  if (status !== 200) throw new Fault('PEER_UNREACHABLE', `scp cannot answer now (${status}).`)
  if (!isTrafficAnswer.Check(body)) {
    throw new Fault('PEER_ANSWER_INVALID', 'scp answered something its interface does not allow.')
  }
  return {
    ...body,
    asOf: epochMs(body.asOf),
    quarterHours: body.quarterHours.map(one => ({ ...one, beganAt: epochMs(one.beganAt) })),
  }
}
