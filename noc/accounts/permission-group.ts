import { ROLES, type Role } from '../../domain/role.js'
import {
  FUNCTION_NAMES,
  FUNCTIONS,
  type FunctionName,
  type PermissionFunction,
} from './functions.js'

/** A set of functions (requirement P-12); every account is in exactly one. */
export interface PermissionGroup {
  readonly name: string
  /** As whom the card office knows its people: who may approve what another asked for goes by it. */
  readonly role: Role
  readonly functions: readonly FunctionName[]
}

const rolesOf = (name: FunctionName): readonly Role[] => FUNCTIONS[name].roles

/** Those that are there from the start and cannot be changed: one a role, of its name. */
export const BUILT_IN_GROUPS: readonly PermissionGroup[] = ROLES.map(role => ({
  name: role,
  role,
  functions: FUNCTION_NAMES.filter(name => rolesOf(name).includes(role)),
}))

/** The built-in group of a name. */
export const builtInGroup = (name: string): PermissionGroup | undefined =>
  BUILT_IN_GROUPS.find(group => group.name === name)

/** What an administrator must be able to do: without anybody who is, nobody could be let in again. */
const ADMINISTERS: readonly FunctionName[] = [
  'accounts.add',
  'accounts.change',
  'accounts.assign',
  'groups.change',
]

/** Whether who is in a group looks after accounts and groups. */
export const administers = ({ functions }: Pick<PermissionGroup, 'functions'>): boolean =>
  ADMINISTERS.every(name => functions.includes(name))

/** What a group may be called: a line of 1 to 32 characters, none of them white at an end. */
export const GROUP_NAME =
  '^(?=.{1,32}$)[^\\s\\u0000-\\u001f\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$'

/** What an account may be called. */
export const ACCOUNT_NAME = '^[a-z0-9][a-z0-9.\\-]{0,31}$'

/** Why a group may not be as it is asked for; `undefined` when it may. */
export function groupMistake({ name, role, functions }: PermissionGroup): string | undefined {
  if (builtInGroup(name)) return `The group ${name} is built in: it cannot be changed.`
  const beyond = functions.filter(one => isBound(one) && !rolesOf(one).includes(role))
  if (beyond.length === 0) return undefined
  return `A group of the role ${role} cannot have ${beyond.join(', ')}: that is kept apart from it.`
}

/** The functions of a list that there are, each once, in their order. A name that a later version had is left out. */
export const knownFunctions = (names: readonly unknown[]): FunctionName[] =>
  FUNCTION_NAMES.filter(name => names.includes(name))

/** Whether a function may be granted to a group of a role. */
export const grantable = (name: FunctionName, role: Role): boolean =>
  !isBound(name) || rolesOf(name).includes(role)

function isBound(name: FunctionName): boolean {
  const { bound }: PermissionFunction = FUNCTIONS[name]
  return bound === true
}
