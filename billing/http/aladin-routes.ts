import { parseMsisdn } from '../../domain/msisdn.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseContractId } from '../contract.js'
import type { AladinQuestion } from '../store/aladin.js'
import type { BillingStore } from '../store/open.js'
import { contractText, moment, msisdnText, wholeYen } from './answers.js'
import { sure } from './sure.js'

/** What ALADIN's terminal shows of a contract. */
export const aladinAnswer = Type.Object({
  contract: Type.String(),
  asOf: Type.String(),
  charges: Type.Array(
    Type.Object({
      msisdn: Type.String(),
      serial: Type.String(),
      faceValue: wholeYen,
      chargedAt: moment,
    }),
  ),
  registeredYen: wholeYen,
  balanceYen: wholeYen,
  scheduledYen: wholeYen,
  scheduledMonth: Type.String(),
  validUntil: Type.Union([Type.String(), Type.Null()]),
  applications: Type.Array(
    Type.Object({ month: Type.String(), applied: wholeYen, carriedOut: wholeYen }),
  ),
})

/** Most charges that are shown, the newest first. */
const CHARGES_SHOWN = 200

/** `GET /v1/aladin/{numbers,cards,contracts}/:of`: what a shop's terminal is shown (S-28, B-04). */
export function aladinRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  const serial = Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' })
  // biome-ignore format: table
  for (const [what, form, question] of [
    ['numbers',   msisdnText,   of => ({ msisdn: sure(parseMsisdn(of)) })],
    ['cards',     serial,       of => ({ card: of })],
    ['contracts', contractText, of => ({ contract: sure(parseContractId(of)) })],
  ] as const satisfies readonly (readonly [string, unknown, (of: string) => AladinQuestion])[]) {
    edge.get(
      `/v1/aladin/${what}/:of`,
      { schema: { params: Type.Object({ of: form }), response: { 200: aladinAnswer } } },
      async ({ params: { of } }) => {
        const answer = await store.aladin(question(of))
        if (answer.outcome === 'found') {
          const { view } = answer
          const charges = view.charges.slice(0, CHARGES_SHOWN).map(charge => ({ ...charge }))
          const applications = view.applications.map(one => ({ ...one }))
          return { ...view, charges, applications }
        }
        throw new Fault(
          'NO_SUCH_SUBSCRIBER',
          answer.outcome === 'unknown'
            ? `Billing had not summed up anything for ${of} by the day that is shown.`
            : 'Billing has not summed up any whole day yet.',
        )
      },
    )
  }
}
