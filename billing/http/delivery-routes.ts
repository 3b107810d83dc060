import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { DELIVERY_KINDS, type DeliveryKind, deliveryName } from '../deliveries/delivery.js'
import type { Deliverer } from '../jobs/deliver.js'
import type { DeliveryRow } from '../store/deliveries.js'
import type { BillingStore } from '../store/open.js'
import { moment, wholeYen } from './answers.js'
import { defined } from './defined.js'

const kindText = Type.Unsafe<DeliveryKind>(Type.Enum([...DELIVERY_KINDS]))

const delivery = Type.Object({
  kind: Type.String(),
  number: Type.Integer(),
  period: Type.String(),
  madeAt: moment,
  file: Type.String(),
  records: Type.Optional(Type.Integer()),
  sum: Type.Optional(wholeYen),
})

/** What `GET /v1/deliveries` answers, the newest first. */
export const deliveriesAnswer = Type.Object({ deliveries: Type.Array(delivery) })

/** What became of `POST /v1/deliveries/:kind/:number/file`: absent, when there is none of that number. */
export const deliverySent = Type.Object({ delivery: Type.Optional(delivery) })

/** What `GET /v1/journals/:number` answers. */
export const journalAnswer = Type.Object({
  lines: Type.Array(
    Type.Object({
      side: Type.String(),
      account: Type.Object({ code: Type.String(), name: Type.String() }),
      part: Type.String(),
      amount: wholeYen,
      of: Type.String(),
    }),
  ),
})

/** Deliveries shown. */
const SHOWN = 100

/** `GET /v1/deliveries?kind=`, `GET /v1/journals/:number`: 仕訳 of a delivery (B-18), `POST /v1/deliveries/:kind/:number/file`: makes a past file again (B-17, B-18, B-20). */
export function deliveryRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  deliverer: Deliverer,
): void {
  edge.get(
    '/v1/deliveries',
    {
      schema: {
        querystring: Type.Object({ kind: Type.Optional(kindText) }),
        response: { 200: deliveriesAnswer },
      },
    },
    async ({ query }) => ({
      deliveries: (await store.deliveries(query.kind, SHOWN)).map(shown),
    }),
  )
  const numbered = Type.Object({ number: Type.Integer({ minimum: 1 }) })
  edge.get(
    '/v1/journals/:number',
    { schema: { params: numbered, response: { 200: journalAnswer } } },
    async ({ params: { number } }) => {
      const lines = await deliverer.journal(number)
      if (!lines) throw new Fault('COMMAND_REFUSED', `There is no journal ${number}.`)
      return { lines: lines.map(line => ({ ...line })) }
    },
  )
  edge.post(
    '/v1/deliveries/:kind/:number/file',
    {
      schema: {
        params: Type.Object({ kind: kindText, number: Type.Integer({ minimum: 1 }) }),
        response: { 200: deliverySent },
      },
    },
    async ({ params }) => {
      const sent = await deliverer.resend(params.kind, params.number)
      return sent ? { delivery: shown(sent) } : {}
    },
  )
}

const shown = (row: DeliveryRow) =>
  defined({
    kind: row.kind,
    number: row.number,
    period: row.period,
    madeAt: row.madeAt,
    file: `${row.kind}/${deliveryName(row)}`,
    records: row.sums?.records,
    sum: row.sums?.sum,
  })
