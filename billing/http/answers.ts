import { Type } from '../../platform/schema.js'

/** Forms that several of billing's answers share. */

export const wholeYen = Type.Integer()
export const moment = Type.Integer()
export const monthText = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' })
export const dayText = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })
export const msisdnText = Type.String({ pattern: '^0[789]0[0-9]{8}$' })
export const contractText = Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}$' })
export const reasonText = Type.String({ minLength: 1, maxLength: 200 })
export const chargeIdText = Type.String({ pattern: '^[0-9a-f]{32}-[1-9][0-9]?$' })

/** What became of each line that was sent, in their order. */
export const taken = Type.Object({ outcomes: Type.Array(Type.String()) })

/** What became of one command. */
export const done = Type.Object({ outcome: Type.String() })

/** Most lines of a table in one request, well under the edge's bound of a body. */
export const LINES_MAX = 2_000
