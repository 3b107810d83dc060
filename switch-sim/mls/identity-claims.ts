import type { Msisdn } from '../../domain/msisdn.js'
import { CHARGE_KIND_HEADER } from '../../domain/switch-assertion.js'
import { numberIn, userOf } from './address-of-record.js'

/**
 * Headers by which a phone might say who it is, or what it is to be charged. The network alone says
 * so (RFC 3325 §6, requirements S-07 and N-07): none of them is passed on, each is counted.
 */
export const CLAIM_HEADERS = [
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Remote-Party-ID',
  'Identity',
  'Diversion',
  'History-Info',
  'P-Charging-Vector',
  CHARGE_KIND_HEADER,
] as const

/** A claim, by the header that makes it; `From` when it names another number than the registered one. */
export type IdentityClaim = 'From' | (typeof CLAIM_HEADERS)[number]

/** The header values of a request from a phone, by name in any case. */
export type HeaderReader = (name: string) => string | undefined

/** The claims that a request from the phone of this number makes. */
export function identityClaims(number: Msisdn, header: HeaderReader): IdentityClaim[] {
  const claims: IdentityClaim[] = CLAIM_HEADERS.filter(name => header(name) !== undefined)
  return isOtherNumber(number, header('From') ?? '') ? ['From', ...claims] : claims
}

/** A withheld display (`anonymous`) claims nothing (RFC 3323 §4.1.1.3). */
function isOtherNumber(number: Msisdn, from: string): boolean {
  const user = userOf(from)?.toLowerCase()
  return user !== undefined && user !== 'anonymous' && numberIn(from) !== number
}

/** Whether the phone asks that its number be shown to nobody (RFC 3325 §9.3: `Privacy: id`). */
export const withholdsDisplay = (header: HeaderReader): boolean =>
  (header('Privacy') ?? '')
    .toLowerCase()
    .split(/[;,]/)
    .some(word => word.trim() === 'id')
