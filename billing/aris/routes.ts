import type { Clock } from '../../domain/clock.js'
import { openEnquiryTicket } from '../../platform/enquiry-ticket.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import type { Tally } from '../../platform/metrics/tally.js'
import { type Static, Type } from '../../platform/schema.js'
import type { CountedEnquiry } from './aris-metrics.js'
import type { ArisStore } from './store.js'
import { type ArisUpdate, updatesBody, updatesTaken } from './update.js'
import { visibleAt } from './visible.js'

const wholeYen = Type.Integer({ minimum: 0 })

/** `BalanceEnquiry` of domain/balance-enquiry.ts. */
const balance = Type.Object({
  asOf: Type.String(),
  nextApplicationYen: wholeYen,
  balanceYen: wholeYen,
  validUntil: Type.Union([Type.String(), Type.Null()]),
  lastInvoice: Type.Union([
    Type.Object({ month: Type.String(), appliedYen: wholeYen, carriedOutYen: wholeYen }),
    Type.Null(),
  ]),
})

/** Longest ticket that is read: a number and a time need some 200 characters. */
const enquiry = Type.Object({ ticket: Type.String({ minLength: 1, maxLength: 1_000 }) })

export interface ArisRoutesOptions {
  readonly store: ArisStore
  readonly key: Uint8Array
  /** The network's clock, which decides what may be told. */
  readonly clock: Clock
  /** Real time in ms, which tickets are dated by. */
  readonly realTime: () => number
  /** Where enquiries are counted. */
  readonly enquiries: Tally<CountedEnquiry>
  readonly log: Logger
}

/**
 * - `POST /enquiries`: a caller's balance, by a ticket of scp's (docs/formats/balance-enquiry.md)
 * - `POST /updates`: billing's changes; answered once they are on disk
 * - `GET /updates`: how far they have come
 */
export function arisRoutes(edge: ReturnType<typeof httpEdge>, options: ArisRoutesOptions): void {
  const { store, key, clock, realTime, enquiries, log } = options
  edge.post(
    '/enquiries',
    { schema: { body: enquiry, response: { 200: balance } } },
    async ({ body }) => {
      const number = await openEnquiryTicket(key, body.ticket, realTime()).catch(error => {
        enquiries.add({ result: 'refused' })
        throw error
      })
      const known = store.knowledgeOf(number, clock.now())
      log.info({ msisdn: number, known: known !== undefined }, 'balance enquired')
      enquiries.add({ result: known ? 'told' : 'unknown' })
      if (!known)
        throw new Fault('NO_SUCH_SUBSCRIBER', 'Billing knows no contract with this number.')
      return visibleAt(known, clock.now())
    },
  )
  edge.get('/updates', { schema: { response: { 200: updatesTaken } } }, async () => ({
    through: store.through(),
  }))
  edge.post(
    '/updates',
    { schema: { body: updatesBody, response: { 200: updatesTaken, 409: updatesTaken } } },
    async ({ body }: { body: Static<typeof updatesBody> }, reply) => {
      const updates: readonly ArisUpdate[] = body.updates
      const { outcome, through } = await store.take(body.first, updates)
      return reply.code(outcome === 'gap' ? 409 : 200).send({ through })
    },
  )
}
