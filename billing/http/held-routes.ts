import { parseChargeId } from '../../domain/charge-id.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import { redrive } from '../jobs/redrive.js'
import type { BillingStore } from '../store/open.js'
import { chargeIdText, done, moment, reasonText, wholeYen } from './answers.js'
import { sure } from './sure.js'

/** What `GET /v1/held-charges` answers: the oldest first, some at a time. */
export const heldAnswer = Type.Object({
  held: Type.Array(
    Type.Object({
      chargeNo: Type.Integer(),
      chargeId: Type.String(),
      msisdn: Type.String(),
      serial: Type.String(),
      faceValue: wholeYen,
      chargedAt: moment,
      reason: Type.String(),
      firstSeenAt: moment,
      retries: Type.Integer(),
    }),
  ),
})

/** Most held charges in one answer. */
export const HELD_MAX = 1_000

/** What trying all of them again came to. */
export const heldRetried = Type.Object({ credited: Type.Integer() })

/**
 * `GET /v1/held-charges`: the error bin. `POST /v1/held-charges/retry`: tries those that are due again, as the night
 * does. `POST /v1/held-charges/:id/release`: lets one pass CRS's tables.
 */
export function heldRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  log: Logger,
): void {
  edge.post('/v1/held-charges/retry', { schema: { response: { 200: heldRetried } } }, async () =>
    redrive(store, log),
  )
  const after = Type.Object({ after: Type.Integer({ minimum: 0, default: 0 }) })
  edge.get(
    '/v1/held-charges',
    { schema: { querystring: after, response: { 200: heldAnswer } } },
    async ({ query }) => {
      const held = await store.heldCharges(query.after, HELD_MAX)
      return {
        held: held.map(({ held: { reason, firstSeenAt, retries }, ...charge }) => ({
          ...charge,
          reason,
          firstSeenAt,
          retries,
        })),
      }
    },
  )
  edge.post(
    '/v1/held-charges/:id/release',
    {
      schema: {
        params: Type.Object({ id: chargeIdText }),
        body: Type.Object({ reason: reasonText }),
        response: { 200: done },
      },
    },
    async ({ params, body }) => ({
      outcome: await store.releaseHeld(sure(parseChargeId(params.id)), body.reason),
    }),
  )
}
