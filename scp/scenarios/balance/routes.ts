import type { CallSessionToken } from '../../../domain/call-session.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import type { Units } from '../../../domain/units.js'
import type { EnquiryTicket } from '../../../platform/enquiry-ticket.js'
import type { httpEdge } from '../../../platform/http-edge.js'
import type { Logger } from '../../../platform/log.js'
import { type Static, Type } from '../../../platform/schema.js'
import type { ScpStore } from '../../store/questions.js'
import type { Figures } from './figures.js'

const common = { registered: Type.Integer({ minimum: 0 }), locked: Type.Boolean() }

/** `BalanceAnswer` of domain/balance-answer.ts. */
const balanceAnswer = Type.Union([
  Type.Object({
    outcome: Type.Literal('mobilers'),
    ...common,
    byDay: Type.Array(Type.Object({ day: Type.String(), amount: Type.Integer({ minimum: 0 }) })),
    from: Type.String(),
    ticket: Type.String(),
  }),
  Type.Object({
    outcome: Type.Literal('pricall'),
    ...common,
    units: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  }),
])

const session = Type.Object({
  token: Type.Unsafe<CallSessionToken>(Type.String({ pattern: '^[0-9a-f]{32}$' })),
})

export interface BalanceRoutesOptions {
  readonly store: ScpStore
  /** Resolves when a call is in communication. */
  readonly inCommunication: (token: CallSessionToken) => Promise<void>
  /** Names a subscriber to ARIS. */
  readonly seal: (msisdn: Msisdn) => Promise<EnquiryTicket>
  /** What the MSCP holds for a Pricall subscriber; `undefined` when it cannot tell now. */
  readonly unitsLeft: (msisdn: Msisdn) => Promise<Units | undefined>
  readonly log: Logger
}

/**
 * `POST /v1/call-sessions/:token/balance`: what 157 tells, `BalanceAnswer`. ivr asks by the call's token
 * and gets a ticket for ARIS; the number itself stays here (architecture, point 7).
 */
export function balanceRoutes(
  edge: ReturnType<typeof httpEdge>,
  options: BalanceRoutesOptions,
): void {
  const { store, inCommunication, log } = options
  edge.post(
    '/v1/call-sessions/:token/balance',
    { schema: { params: session, response: { 200: balanceAnswer } } },
    async ({ params }) => {
      await inCommunication(params.token)
      const figures = await store.ask('balanceFigures', params.token)
      const { callId, msisdn, kind, locked } = figures
      log.info({ callId, msisdn, kind, locked }, 'balance told')
      return answerOf(figures, options)
    },
  )
}

async function answerOf(
  { msisdn, kind, registered, locked, byDay, from }: Figures,
  { seal, unitsLeft }: BalanceRoutesOptions,
): Promise<Static<typeof balanceAnswer>> {
  switch (kind) {
    case 'mobilers':
      return {
        outcome: kind,
        registered,
        locked,
        byDay: [...byDay],
        from,
        ticket: await seal(msisdn),
      }
    case 'pricall':
      return { outcome: kind, registered, locked, units: (await unitsLeft(msisdn)) ?? null }
  }
}
