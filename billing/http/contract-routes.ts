import { epochMs } from '../../domain/clock.js'
import { CONTRACT_CLASSES } from '../../domain/contract-class.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { parseContractId } from '../contract.js'
import { parseCustomerId } from '../customer.js'
import type { BillingStore } from '../store/open.js'
import { contractText, done, LINES_MAX, moment, msisdnText, taken } from './answers.js'
import { sure } from './sure.js'

const newContract = Type.Object({
  contract: contractText,
  msisdn: msisdnText,
  contractClass: Type.Union(CONTRACT_CLASSES.map(one => Type.Literal(one))),
  plan: Type.String({ maxLength: 64 }),
  validFrom: moment,
  customer: Type.Optional(contractText),
})

const newContracts = Type.Object({ contracts: Type.Array(newContract, { maxItems: LINES_MAX }) })

const named = Type.Object({ contract: contractText })

/**
 * - `POST /v1/contracts`: takes contracts in with their numbers
 * - `POST /v1/contracts/:contract/number`: another number from a moment on
 * - `POST /v1/contracts/:contract/cancellation`: its end at a moment
 */
export function contractRoutes(edge: ReturnType<typeof httpEdge>, store: BillingStore): void {
  edge.post(
    '/v1/contracts',
    { schema: { body: newContracts, response: { 200: taken } } },
    async ({ body }) => {
      const lines = body.contracts.map(({ contract, msisdn, validFrom, customer, ...rest }) => ({
        ...rest,
        ...(customer !== undefined && { customer: sure(parseCustomerId(customer)) }),
        contract: sure(parseContractId(contract)),
        msisdn: sure(parseMsisdn(msisdn)),
        validFrom: epochMs(validFrom),
      }))
      return { outcomes: await store.takeContracts(lines) }
    },
  )
  const change = Type.Object({ msisdn: msisdnText, at: moment })
  edge.post(
    '/v1/contracts/:contract/number',
    { schema: { params: named, body: change, response: { 200: done } } },
    async ({ params, body }) => {
      const contract = sure(parseContractId(params.contract))
      const to = sure(parseMsisdn(body.msisdn))
      return { outcome: await store.changeNumber(contract, to, epochMs(body.at)) }
    },
  )
  edge.post(
    '/v1/contracts/:contract/cancellation',
    { schema: { params: named, body: Type.Object({ at: moment }), response: { 200: done } } },
    async ({ params, body }) => {
      const contract = sure(parseContractId(params.contract))
      return { outcome: await store.cancel(contract, epochMs(body.at)) }
    },
  )
}
