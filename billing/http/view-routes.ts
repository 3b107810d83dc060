import type { Clock } from '../../domain/clock.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseContractId } from '../contract.js'
import type { BillingStore } from '../store/open.js'
import type { ContractView, NumberView } from '../store/views.js'
import { contractText, moment, msisdnText, wholeYen } from './answers.js'
import { defined } from './defined.js'
import { sure } from './sure.js'

/** A contract with all that billing holds for it. */
export const contractAnswer = Type.Object({
  contract: Type.String(),
  contractClass: Type.String(),
  plan: Type.String(),
  cancelledAt: Type.Optional(moment),
  numbers: Type.Array(
    Type.Object({ msisdn: Type.String(), from: moment, until: Type.Optional(moment) }),
  ),
  balance: wholeYen,
  lastChargedAt: Type.Optional(moment),
  validity: Type.Optional(Type.Object({ start: Type.String(), end: Type.String() })),
  entries: Type.Array(
    Type.Object({
      kind: Type.String(),
      amount: wholeYen,
      month: Type.String(),
      occurredAt: moment,
      bookedAt: moment,
    }),
  ),
  applications: Type.Array(
    Type.Object({
      month: Type.String(),
      invoice: wholeYen,
      carriedIn: wholeYen,
      registered: wholeYen,
      expired: wholeYen,
      applied: wholeYen,
      appliedFromPartner: wholeYen,
      appliedLate: wholeYen,
      appliedToPartner: wholeYen,
      forfeited: wholeYen,
      carriedOut: wholeYen,
      validThrough: Type.Optional(Type.String()),
    }),
  ),
})

/** A number: its charges, and the contract that has it or had it last. */
export const numberAnswer = Type.Object({
  msisdn: Type.String(),
  contract: Type.Optional(contractAnswer),
  charges: Type.Array(
    Type.Object({
      chargeId: Type.String(),
      serial: Type.String(),
      faceValue: wholeYen,
      chargedAt: moment,
      node: Type.String(),
      held: Type.Optional(Type.String()),
    }),
  ),
})

/**
 * `GET /v1/numbers/:msisdn`, `GET /v1/cards/:serial`, which tells of the number that it was charged to, and
 * `GET /v1/contracts/:contract`: what billing holds (requirement B-04).
 */
export function viewRoutes(
  edge: ReturnType<typeof httpEdge>,
  store: BillingStore,
  clock: Clock,
): void {
  edge.get(
    '/v1/numbers/:msisdn',
    {
      schema: {
        params: Type.Object({ msisdn: msisdnText }),
        response: { 200: numberAnswer },
      },
    },
    async ({ params }) => {
      const view = await store.viewNumber(sure(parseMsisdn(params.msisdn)), clock.now())
      if (!view) throw new Fault('NO_SUCH_SUBSCRIBER', `Billing does not know ${params.msisdn}.`)
      return numberOf(view)
    },
  )
  const serial = Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' })
  edge.get(
    '/v1/cards/:serial',
    { schema: { params: Type.Object({ serial }), response: { 200: numberAnswer } } },
    async ({ params }) => {
      const view = await store.viewCard(params.serial, clock.now())
      if (view) return numberOf(view)
      const none = `No charge of the card ${params.serial} has come in to billing.`
      throw new Fault('NO_SUCH_SUBSCRIBER', none)
    },
  )
  edge.get(
    '/v1/contracts/:contract',
    {
      schema: {
        params: Type.Object({ contract: contractText }),
        response: { 200: contractAnswer },
      },
    },
    async ({ params }) => {
      const view = await store.viewContract(sure(parseContractId(params.contract)), clock.now())
      if (!view) {
        throw new Fault('NO_SUCH_SUBSCRIBER', `Billing knows no contract ${params.contract}.`)
      }
      return contractOf(view)
    },
  )
}

const numberOf = ({ msisdn, contract, charges }: NumberView) => ({
  msisdn,
  ...(contract && { contract: contractOf(contract) }),
  charges: charges.map(({ held, ...charge }) => ({
    ...charge,
    ...(held && { held: held.reason }),
  })),
})

const contractOf = ({ contract, numbers, entries, applications, ...rest }: ContractView) => ({
  ...defined(contract),
  ...defined(rest),
  numbers: numbers.map(defined),
  entries: [...entries],
  applications: applications.map(defined),
})
