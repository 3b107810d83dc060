import { SCENARIO_NAME } from '../../domain/charge-kind.js'
import { type QuarterHourTraffic, TRAFFIC_MEASURES } from '../../domain/charge-traffic.js'
import { type Clock, epochMs } from '../../domain/clock.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { TrafficPeriod, TrafficReport } from '../store/traffic-reader.js'

const moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const count = Type.Integer({ minimum: 0 })

const counts = Type.Object(
  Object.fromEntries(TRAFFIC_MEASURES.map(measure => [measure, Type.Optional(count)])),
)

const kindTraffic = Type.Object({
  kind: Type.String({ pattern: SCENARIO_NAME.source }),
  counts,
  peak: count,
  /** Whole seconds, calls. */
  holding: Type.Array(Type.Tuple([count, count])),
  /** Face value in yen, cards. */
  cards: Type.Array(Type.Tuple([count, count])),
})

const quarterHours = Type.Unsafe<readonly QuarterHourTraffic[]>(
  Type.Array(
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
)

const trafficAnswer = Type.Object({
  node: Type.String(),
  asOf: moment,
  callsInProgress: count,
  nowLocked: count,
  /** Face values on sale, in yen. */
  denominations: Type.Unsafe<readonly number[]>(Type.Array(count)),
  quarterHours,
})

const period = Type.Object({ from: moment, to: moment })

export interface TrafficRoutesOptions {
  readonly node: string
  /** Face values on sale now, in yen. */
  readonly denominations: () => readonly number[]
  readonly clock: Clock
  readonly read: (period: TrafficPeriod) => Promise<TrafficReport>
}

/**
 * `GET /v1/traffic?from&to`: the charge traffic of the quarter-hours that begin in [from, to), in ms, the
 * first week of them; for noc.
 */
export function trafficRoutes(
  edge: ReturnType<typeof httpEdge>,
  { node, denominations, clock, read }: TrafficRoutesOptions,
): void {
  edge.get(
    '/v1/traffic',
    { schema: { querystring: period, response: { 200: trafficAnswer } } },
    async ({ query }) => {
      const now = clock.now()
      const report = await read({ from: epochMs(query.from), to: epochMs(query.to), now })
      return { node, asOf: now, denominations: denominations(), ...report }
    },
  )
}
