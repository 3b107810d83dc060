import type { ChargeId } from '../../../domain/charge-id.js'
import type { Clock } from '../../../domain/clock.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { units } from '../../../domain/units.js'
import type { httpEdge } from '../../../platform/http-edge.js'
import { Type } from '../../../platform/schema.js'
import type { UnitStore } from './unit-questions.js'

const msisdn = Type.Unsafe<Msisdn>(Type.String({ pattern: '^0[789]0[0-9]{8}$' }))

const chargeId = Type.Unsafe<ChargeId>(Type.String({ pattern: '^[0-9a-f]{32}-[1-9][0-9]?$' }))

/** Most units of one card: the largest face value at one yen a unit. */
const UNITS_MAX = 9_999_999

const bought = Type.Integer({ minimum: 1, maximum: UNITS_MAX })

const addition = Type.Object({
  sequence: Type.Integer(),
  chargeId,
  msisdn,
  units: Type.Integer(),
  addedAt: Type.Integer(),
})

/** Most additions in one answer. */
const PAGE_MAX = 1_000

const page = Type.Object({
  after: Type.Integer({ minimum: 0, default: 0 }),
  max: Type.Integer({ minimum: 1, maximum: PAGE_MAX, default: PAGE_MAX }),
})

/**
 * The MSCP to those who add units and ask for them (docs/formats/units.md). Nobody can take one here: that
 * is the switch's own, by the time of a call (Table 4, requirement N-03).
 *
 * - `PUT /unit-additions/:chargeId` with `{msisdn, units}`: adds them, once
 * - `GET /unit-additions?after=&max=`: what was added, by charge id
 * - `GET /units/:msisdn`: what is left
 */
export function unitRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, clock }: { readonly store: UnitStore; readonly clock: Clock },
): void {
  edge.put(
    '/unit-additions/:chargeId',
    {
      schema: {
        params: Type.Object({ chargeId }),
        body: Type.Object({ msisdn, units: bought }),
        response: { 200: addition },
      },
    },
    ({ params, body }) =>
      store.ask('add', {
        chargeId: params.chargeId,
        msisdn: body.msisdn,
        units: units(body.units),
        at: clock.now(),
      }),
  )
  edge.get(
    '/unit-additions',
    {
      schema: {
        querystring: page,
        response: { 200: Type.Object({ additions: Type.Array(addition) }) },
      },
    },
    async ({ query }) => ({ additions: await store.ask('additions', query) }),
  )
  edge.get(
    '/units/:msisdn',
    {
      schema: {
        params: Type.Object({ msisdn }),
        response: { 200: Type.Object({ left: Type.Integer({ minimum: 0 }) }) },
      },
    },
    async ({ params }) => ({ left: await store.ask('left', params.msisdn) }),
  )
}
