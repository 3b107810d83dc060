import type { ChargeKind } from './charge-kind.js'
import type { Msisdn } from './msisdn.js'

/** 特番: the number dialled to charge a card (requirement S-02). */
export const CHARGE_SERVICE_NUMBER = '1400'

/** 特番: the number dialled to hear what is registered (seed 004 §2.3(4), requirement S-29). */
export const BALANCE_SERVICE_NUMBER = '157'

/** The numbers whose calls the switch always connects to the MCSCP. */
export const SERVICE_NUMBERS = [CHARGE_SERVICE_NUMBER, BALANCE_SERVICE_NUMBER] as const

/** 特番 of a service that an operator added (requirement M-09). */
export type AddedServiceNumber = string & { readonly kind: 'added service number' }

/** 特番 of a service of the MCSCP. */
export type ServiceNumber = (typeof SERVICE_NUMBERS)[number] | AddedServiceNumber

const isOwn = (text: string): text is (typeof SERVICE_NUMBERS)[number] =>
  (SERVICE_NUMBERS as readonly string[]).includes(text)

/** Emergency calls and the test of a line: no service can have them. */
const NEVER_A_SERVICE: readonly string[] = ['110', '111', '118', '119']

/** Reads the number of an added service: three or four digits, the first a 1. */
export const parseAddedService = (text: string): AddedServiceNumber | undefined =>
  /^1\d{2,3}$/.test(text) && !isOwn(text) && !NEVER_A_SERVICE.includes(text)
    ? (text as AddedServiceNumber)
    : undefined

/** Reads the number of any service. */
export const parseServiceNumber = (text: string): ServiceNumber | undefined =>
  isOwn(text) ? text : parseAddedService(text)

/**
 * What the switch vouches for in one call to the MCSCP: who calls, that it may charge, how, and which
 * service was dialled. Signed as a
 * compact JWS, ES256, in the Identity header (RFC 8224 §4, RFC 8225 §5), because on loopback an address
 * proves nothing (architecture, point 6). Valid for this Call-ID alone, and for `ASSERTION_LIFETIME_S`.
 */
export interface SwitchAssertion {
  /** The caller, as the switch registered it: the only number that may be charged (requirement S-07). */
  readonly orig: { readonly tn: Msisdn }
  /** The service: a call signed for one is no call to another. */
  readonly dest: { readonly tn: readonly [ServiceNumber] }
  /** When it was signed: seconds since 1970-01-01T00:00:00Z (RFC 8225 §5.1.1). */
  readonly iat: number
  /** Call-ID of the INVITE that carries it. */
  readonly callId: string
  /** Chosen by the class of contract, never by the caller (requirement N-07). */
  readonly chargeKind: ChargeKind
}

/**
 * The extension the Identity header names in `ppt` (RFC 8224 §4.1, RFC 8225 §8.1): a passport with our
 * two claims more, `callId` and `chargeKind`.
 */
export const ASSERTION_PPT = 'charge'

/** How old an assertion may be, and how far ahead of the clock, in seconds (RFC 8224 §5.2: 60 s). */
export const ASSERTION_LIFETIME_S = 60

/** Charge kind of a call from the switch to the MCSCP, as `mobilers` (requirement N-07). */
export const CHARGE_KIND_HEADER = 'X-Charge-Kind'

/** Language of the subscriber's profile, `ja` or `en`, from the switch to whoever speaks to the caller. */
export const LANGUAGE_HEADER = 'X-Language'
