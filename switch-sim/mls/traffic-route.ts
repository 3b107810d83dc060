import type { Clock } from '../../domain/clock.js'
import { epochMs } from '../../domain/clock.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import type { UnitStore } from './mscp/unit-questions.js'

const moment = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Most quarter-hours of one answer: those of some three weeks. */
const QUARTER_HOURS_MAX = 2_000

const answer = Type.Object({
  asOf: moment,
  more: Type.Boolean(),
  refusedContracts: Type.Array(
    Type.Object({ beganAt: moment, calls: Type.Integer({ minimum: 1 }) }),
  ),
})

/**
 * `GET /v1/traffic?from=`: 非許容契約 (Figure 6), the charge calls that step ⑤ refused, by the quarter-hours that
 * begin at `from` or later and had any; `more` when there are further ones.
 */
export function trafficRoute(
  edge: ReturnType<typeof httpEdge>,
  { store, clock }: { readonly store: UnitStore; readonly clock: Clock },
): void {
  const schema = { querystring: Type.Object({ from: moment }), response: { 200: answer } }
  edge.get('/v1/traffic', { schema }, async ({ query }) => {
    const asOf = clock.now()
    const asked = { from: epochMs(query.from), max: QUARTER_HOURS_MAX }
    const refusedContracts = await store.ask('refusedContracts', asked)
    return { asOf, more: refusedContracts.length === QUARTER_HOURS_MAX, refusedContracts }
  })
}
