import type { Json } from '../../domain/canonical-json.js'
import { NO_CARD_NUMBER, type SerialNumber } from '../../domain/card.js'
import type { Clock } from '../../domain/clock.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { ROLES } from '../../domain/role.js'
import { Fault } from '../../platform/fault.js'
import { faultStatus, type httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import { Type } from '../../platform/schema.js'
import { ACTS, actNamed } from '../office/acts.js'
import { DECISIONS } from '../rules/approval.js'
import type { Approval } from '../store/approvals.js'
import type { LoggedEntry } from '../store/audit-log.js'
import type { BackgroundQuestions } from '../store/background-questions.js'
import type { ScpStore } from '../store/questions.js'

const person = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,31}$' }),
  role: Type.Enum([...ROLES]),
})

/** Why something is done. */
const reason = Type.String({ maxLength: 500, pattern: `${NO_CARD_NUMBER}[^]*\\S` })

const whole = (minimum: number) => Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER })

const approvalNumber = Type.Object({ approval: whole(1) })

const decisionBody = Type.Object({
  person,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  decision: Type.Enum([...DECISIONS]),
  reason,
})

const msisdn = Type.Unsafe<Msisdn>(Type.String({ pattern: '^0[789]0[0-9]{8}$' }))

const serial = Type.Unsafe<SerialNumber>(Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' }))

const word = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }))

const auditSearch = Type.Object({
  before: Type.Optional(whole(1)),
  max: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
  person: word,
  act: word,
  subject: word,
})

/** Approvals told at once. */
const APPROVALS_MAX = 200

export interface OfficeRoutesOptions {
  readonly store: ScpStore
  readonly read: <N extends keyof BackgroundQuestions>(
    name: N,
    ask: BackgroundQuestions[N]['ask'],
  ) => Promise<BackgroundQuestions[N]['answer']>
  /** An act was performed; what follows it outside the store is done before who asked is answered. */
  readonly performed: () => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

/**
 * The card office, for noc, which says who asks (docs/office.md). Refusals are `{code, because, message}`.
 *
 * - `POST /v1/office/acts/<act>` with `{person, reason, payload}`: 200 `{outcome: 'performed', result}`, or
 *   202 `{outcome: 'waiting', approval, sha256, expiresAt}`
 * - `GET /v1/office/approvals?all`, `GET /v1/office/approvals/:approval`
 * - `POST /v1/office/approvals/:approval/decision` with `{person, sha256, decision, reason}`
 * - `GET /v1/office/audit?before&max&person&act&subject`, `GET /v1/office/audit/check`
 * - `GET /v1/office/locks`, all layers; `GET /v1/office/locks/:msisdn`, `GET /v1/office/card-locks/:serial`
 */
export function officeRoutes(
  edge: ReturnType<typeof httpEdge>,
  options: OfficeRoutesOptions,
): void {
  actRoutes(edge, options)
  approvalRoutes(edge, options)
  readingRoutes(edge, options)
}

function actRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, performed, log }: Pick<OfficeRoutesOptions, 'store' | 'performed' | 'log'>,
): void {
  for (const { name, schema } of ACTS) {
    const body = Type.Object({ person, reason, payload: Type.Unsafe<Json>(schema) })
    edge.post(`/v1/office/acts/${name}`, { schema: { body } }, async (request, reply) => {
      const { person, reason, payload } = request.body
      const answer = await store.ask('performAct', { act: name, person, reason, payload })
      const { outcome } = answer
      if (outcome === 'performed') await performed()
      log.info({ act: name, outcome, person: person.name, role: person.role }, 'act asked for')
      if (answer.outcome === 'refused') return reply.code(faultStatus(answer.code)).send(answer)
      return reply.code(outcome === 'waiting' ? 202 : 200).send(answer)
    })
  }
}

function approvalRoutes(
  edge: ReturnType<typeof httpEdge>,
  { store, read, performed, clock, log }: OfficeRoutesOptions,
): void {
  edge.get(
    '/v1/office/approvals',
    { schema: { querystring: Type.Object({ all: Type.Boolean({ default: false }) }) } },
    async ({ query: { all } }) => {
      const search = { at: clock.now(), all, max: APPROVALS_MAX }
      return { approvals: (await read('approvals', search)).map(shown) }
    },
  )
  edge.get(
    '/v1/office/approvals/:approval',
    { schema: { params: approvalNumber } },
    async ({ params: { approval } }) => {
      const found = await read('approval', { at: clock.now(), approval })
      if (found) return shown(found)
      throw new Fault('NO_SUCH_APPROVAL', `No act was ever kept for approval under ${approval}.`)
    },
  )
  edge.post(
    '/v1/office/approvals/:approval/decision',
    { schema: { params: approvalNumber, body: decisionBody } },
    async ({ params: { approval }, body }, reply) => {
      const answer = await store.ask('decideApproval', { approval, ...body })
      if (answer.outcome === 'performed') await performed()
      const { decision, person } = body
      const told = { approval, decision, outcome: answer.outcome, person: person.name }
      log.info({ ...told, role: person.role }, 'approval decided about')
      if (answer.outcome === 'refused') return reply.code(faultStatus(answer.code)).send(answer)
      return answer
    },
  )
}

function readingRoutes(
  edge: ReturnType<typeof httpEdge>,
  { read, clock }: Pick<OfficeRoutesOptions, 'read' | 'clock'>,
): void {
  edge.get('/v1/office/audit', { schema: { querystring: auditSearch } }, async ({ query }) => ({
    entries: (await read('searchAudit', query)).map(shownEntry),
  }))
  edge.get('/v1/office/audit/check', () => read('checkAudit', undefined))
  edge.get('/v1/office/locks', async () => {
    const [handsets, cards, brake] = await Promise.all([
      read('lockedHandsets', clock.now()),
      read('lockedCards', undefined),
      read('brake', clock.now()),
    ])
    return { handsets, cards, brake: brake ?? null }
  })
  edge.get(
    '/v1/office/card-locks/:serial',
    { schema: { params: Type.Object({ serial }) } },
    ({ params: { serial } }) => read('cardLockHistory', { serial, at: clock.now() }),
  )
  edge.get(
    '/v1/office/locks/:msisdn',
    { schema: { params: Type.Object({ msisdn }) } },
    ({ params: { msisdn } }) => read('handsetHistory', { msisdn, at: clock.now() }),
  )
}

/** An approval with what it would do, in words. */
const shown = (approval: Approval) => {
  const { sha256Asked, ...rest } = approval
  const act = actNamed(approval.act)
  const describe = act?.describe(approval.payload) ?? approval.act
  return { ...rest, changed: sha256Asked !== approval.sha256, describe }
}

const shownEntry = ({ previousHash, hash, ...entry }: LoggedEntry) => ({
  ...entry,
  hash: Buffer.from(hash).toString('hex'),
})
