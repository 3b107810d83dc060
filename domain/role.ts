/**
 * What a person of the operating company may do (requirements §5.3, fault test XW4): `viewer` sees the
 * screens; `operator` looks after handsets and cards in use; `supervisor` watches over operators;
 * `card-issuer` makes batches; `key-custodian` keeps the keys and the print files; `auditor` reads what all
 * the others did, and changes nothing; `administrator` keeps accounts and permission groups, and has no part in any
 * act of the card office.
 */
export const ROLES = [
  'viewer',
  'operator',
  'supervisor',
  'card-issuer',
  'key-custodian',
  'auditor',
  'administrator',
] as const

export type Role = (typeof ROLES)[number]

/** A person as the card office knows one: noc vouches for both (docs/office.md). */
export interface Person {
  readonly name: string
  readonly role: Role
}
