import { CALL_NOTICES } from '../../domain/call-notice.js'
import type { CallSessionToken } from '../../domain/call-session.js'
import { parsePin } from '../../domain/card.js'
import { chargeId, ENTRIES_PER_CALL_MAX } from '../../domain/charge-id.js'
import { noteStep } from '../../platform/call-trail.js'
import { Fault } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import type { KeyRing } from '../cards/key-ring.js'
import type { Charged } from '../store/charges.js'
import type { ScpStore } from '../store/questions.js'

const wholeYen = Type.Integer({ minimum: 0 })

const outcome = <const Name extends string>(name: Name) => ({ outcome: Type.Literal(name) })

/** `Permission` of domain/charge-answer.ts. */
const permissionAnswer = Type.Union([
  Type.Object(outcome('locked')),
  Type.Object(outcome('must_wait')),
  Type.Object({ ...outcome('at_month_cap'), registered: wholeYen, cap: wholeYen }),
  Type.Object({ ...outcome('permitted'), registered: wholeYen, remaining: wholeYen }),
])

/** `ChargeAnswer` of domain/charge-answer.ts. */
const chargeAnswer = Type.Union([
  Type.Object(outcome('abandoned')),
  Type.Object(outcome('locked')),
  Type.Object(outcome('must_wait')),
  Type.Object({ ...outcome('unusable'), nowLocked: Type.Boolean() }),
  Type.Object({ ...outcome('own_card'), faceValue: wholeYen, registered: wholeYen }),
  Type.Object({ ...outcome('over_month_cap'), faceValue: wholeYen, remaining: wholeYen }),
  Type.Object({
    ...outcome('redeemed'),
    faceValue: wholeYen,
    registered: wholeYen,
    chargedAt: Type.Integer(),
  }),
  Type.Object({
    ...outcome('units_added'),
    faceValue: wholeYen,
    units: Type.Integer({ minimum: 1 }),
    registered: wholeYen,
    chargedAt: Type.Integer(),
  }),
])

const token = Type.Unsafe<CallSessionToken>(Type.String({ pattern: '^[0-9a-f]{32}$' }))

const session = Type.Object({ token })

const entry = Type.Object({
  token,
  entry: Type.Integer({ minimum: 1, maximum: ENTRIES_PER_CALL_MAX }),
})

/** Digits as keyed, of a length that a PIN may have; anything else is no entry, and not counted. */
const pinBody = Type.Object({ pin: Type.String({ pattern: '^[0-9]{14,20}$' }) })

/** `CallNotice` of domain/call-notice.ts, and how many card numbers ivr had handed on by then. */
const noticeBody = Type.Object({
  notice: Type.Enum([...CALL_NOTICES]),
  entries: Type.Integer({ minimum: 0, maximum: ENTRIES_PER_CALL_MAX }),
})

const noticed = Type.Object({})

export interface ChargeRoutesOptions {
  readonly store: ScpStore
  readonly ring: KeyRing
  /** Resolves when a call is in communication; at once for one that only the store remembers. */
  readonly inCommunication: (token: CallSessionToken) => Promise<void>
  /** Told when a card became units, which are then to be handed over. */
  readonly unitsAdded: () => void
  readonly log: Logger
}

/**
 * What ivr asks of scp, by the call session's token alone: it can name no subscriber (architecture,
 * point 7). Every route may be asked again. A token that names no call is `NO_SUCH_CALL_SESSION`.
 *
 * - `POST /v1/call-sessions/:token/permission`: step ⑬, `Permission`
 * - `PUT /v1/call-sessions/:token/charges/:entry` with `{pin}`: steps ⑯ and ⑰, `ChargeAnswer`
 * - `POST /v1/call-sessions/:token/charges/:entry/conclusion`: what became of it, `ChargeAnswer`
 * - `POST /v1/call-sessions/:token/charges/:entry/heard`: the caller heard its result to the end, so that no
 *   receipt is owed for it
 * - `POST /v1/call-sessions/:token/notice` with `{notice, entries}`: what the caller is told before ivr
 *   hangs up, for the charge traffic
 */
export function chargeRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, ring, inCommunication, unitsAdded, log }: ChargeRoutesOptions,
): void {
  edge.post(
    '/v1/call-sessions/:token/permission',
    { schema: { params: session, response: { 200: permissionAnswer } } },
    async ({ params }) => {
      await inCommunication(params.token)
      const { permission, callId } = await store.ask('permission', params.token)
      noteStep(log, 13, { session: params.token }, { callId, outcome: permission.outcome })
      return permission
    },
  )
  edge.put(
    '/v1/call-sessions/:token/charges/:entry',
    { schema: { params: entry, body: pinBody, response: { 200: chargeAnswer } } },
    async ({ params, body }) => {
      const pin = parsePin(body.pin)
      if (!pin) throw new Error('the schema let a PIN pass that is none')
      const id = chargeId(params.token, params.entry)
      const charged = await store.ask('charge', { id, digests: ring.digests(pin) })
      noteStep(log, 16, { session: params.token }, { callId: charged.callId })
      logEntry(log, params.entry, charged)
      if (charged.answer.outcome === 'units_added') unitsAdded()
      return charged.answer
    },
  )
  edge.post(
    '/v1/call-sessions/:token/charges/:entry/conclusion',
    { schema: { params: entry, response: { 200: chargeAnswer } } },
    async ({ params }) => {
      const id = chargeId(params.token, params.entry)
      const charged = await store.ask('conclude', id)
      logEntry(log, params.entry, charged)
      return charged.answer
    },
  )
  edge.post(
    '/v1/call-sessions/:token/charges/:entry/heard',
    { schema: { params: entry, response: { 200: noticed } } },
    async ({ params }) => {
      await store.ask('resultHeard', params)
      return {}
    },
  )
  edge.post(
    '/v1/call-sessions/:token/notice',
    { schema: { params: session, body: noticeBody, response: { 200: noticed } } },
    async ({ params, body }) => {
      if (await store.ask('tellOfCall', { token: params.token, told: body })) return {}
      throw new Fault('NO_SUCH_CALL_SESSION', 'The token names no call that is under way.')
    },
  )
}

/** チャージ操作ログ: the true reason, which no caller hears (requirements N-08, §5.5). */
function logEntry(
  log: Logger,
  entry: number,
  { answer, handsetNowLocked, cardNowLocked, ...charged }: Charged,
): void {
  log.info({ entry, ...charged, outcome: answer.outcome }, 'card entry answered')
  const { callId, msisdn } = charged
  if (handsetNowLocked) log.warn({ callId, msisdn }, 'handset locked')
  if (cardNowLocked) log.warn({ callId, serial: charged.serial }, 'card locked')
}
