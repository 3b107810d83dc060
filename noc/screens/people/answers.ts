import type { Role } from '../../../domain/role.js'
import type { FunctionName } from '../../accounts/functions.js'

/** `GET /api/people/sessions`; moments are ms of the machine's clock. */
export interface Session {
  readonly session: string
  readonly account: string
  readonly group: string
  readonly beganAt: number
  readonly usedAt: number
  readonly own: boolean
}

/** `GET /api/people/accounts`; moments are ms of the machine's clock. */
export interface Account {
  readonly name: string
  readonly group: string
  readonly madeAt: number
  /** `null`: it may log in. */
  readonly disabledAt: number | null
}

/** `GET /api/people/groups`. */
export interface Group {
  readonly name: string
  readonly role: Role
  readonly functions: readonly FunctionName[]
  readonly builtIn: boolean
  /** How many accounts are in it. */
  readonly accounts: number
}

/** `GET /api/people/functions`: every route with what lets it be asked. */
export interface Routes {
  readonly functions: readonly {
    readonly method: string
    readonly url: string
    readonly functions: readonly string[]
  }[]
}

/** What was drawn for an account: seen this once. */
export interface Drawn {
  readonly name: string
  readonly password: string
}
