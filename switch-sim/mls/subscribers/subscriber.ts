import type { Language } from '../../../domain/charge-answer.js'
import type { ContractClass } from '../../../domain/contract-class.js'
import type { Msisdn } from '../../../domain/msisdn.js'
import { ha1Of } from '../../digest/digest-response.js'

/**
 * Protection space of every subscriber's password (RFC 3261 §22.1). No setting: it is hashed into each
 * secret, so that another realm would shut all phones out.
 */
export const DIGEST_REALM = 'mls.mcscp'

/** What is kept of a password, by algorithm; guarded like the password itself (RFC 7616 §5.4). */
export interface Ha1 {
  readonly sha256: string
  readonly md5: string
}

/**
 * 加入者情報: what the switch knows of a number (seed 004 Table 4). No balance: of Mobilers callers neither
 * switch nor MSCP holds any (requirement N-02).
 */
export interface Subscriber {
  readonly msisdn: Msisdn
  readonly contractClass: ContractClass
  readonly language: Language
  readonly ha1: Ha1
}

/** Finds subscribers; asynchronous, so that any store may stand behind it. */
export interface SubscriberReader {
  find(msisdn: Msisdn): Promise<Subscriber | undefined>
}

/** The secrets of a password. A phone's user name is the number in national form. */
export const ha1OfPassword = (msisdn: Msisdn, password: string): Ha1 => ({
  sha256: ha1Of('SHA-256', msisdn, DIGEST_REALM, password),
  md5: ha1Of('MD5', msisdn, DIGEST_REALM, password),
})
