import { type Static, Type } from '../../platform/schema.js'

const month = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$' })
const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
const moment = Type.Integer()
const contractNo = Type.Integer({ minimum: 1 })

/** One change of billing's store, as aris is told it (requirement B-06). */
export const arisUpdate = Type.Union([
  /** A contract has a number in a stretch of time; told again when it ends. */
  Type.Object({
    kind: Type.Literal('number'),
    contractNo,
    msisdn: Type.String({ pattern: '^0[0-9]{10}$' }),
    from: moment,
    until: Type.Optional(moment),
  }),
  /** `day`: of a charge, and of what made one void; anything else is told with its month's invoice. */
  Type.Object({
    kind: Type.Literal('entry'),
    contractNo,
    amount: Type.Integer(),
    month,
    day: Type.Optional(day),
    chargedAt: Type.Optional(moment),
  }),
  /** How a month of use came out for a contract. */
  Type.Object({
    kind: Type.Literal('invoice'),
    contractNo,
    month,
    appliedYen: Type.Integer({ minimum: 0 }),
    carriedOutYen: Type.Integer({ minimum: 0 }),
  }),
  /** All contracts of a month of use are fixed. */
  Type.Object({ kind: Type.Literal('month_closed'), month }),
  /** Billing has all charges up to this day. */
  Type.Object({ kind: Type.Literal('days_confirmed'), through: day }),
])

export type ArisUpdate = Static<typeof arisUpdate>

/** Most updates in one request, well under the edge's bound of a body. */
export const UPDATES_MAX = 1_000

/** `POST /updates`: updates `first`, `first` + 1 …, numbered 1, 2, 3 … without gap. */
export const updatesBody = Type.Object({
  first: Type.Integer({ minimum: 1 }),
  updates: Type.Array(arisUpdate, { maxItems: UPDATES_MAX }),
})

/** What aris answers: it has all updates up to this one on disk. The next one wanted follows it. */
export const updatesTaken = Type.Object({ through: Type.Integer({ minimum: 0 }) })
