import { join } from 'node:path'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { type Msisdn, parseMsisdn } from '../domain/msisdn.js'
import { Fault } from './fault.js'
import type { Home } from './home.js'
import { secretFile } from './secret-file.js'

/**
 * A sealed subscriber number: scp makes the ticket and aris opens it, so that ivr can enquire about its
 * caller's balance, and no other's, without ever knowing the number (architecture, point 7). A compact JWE
 * (RFC 7516), `dir` with `A256GCM`; docs/formats/balance-enquiry.md.
 */
export type EnquiryTicket = string & { readonly kind: 'enquiry ticket' }

/** How long a ticket may be used, in ms of real time: no longer than a call. */
export const TICKET_LIFETIME_MS = 5 * 60 * 1000

/** How far the maker's clock may be ahead of the opener's, in ms. */
const AHEAD_MAX_MS = 60 * 1000

/** Octets of an A256GCM key. */
const KEY_LENGTH = 32

/** The key that scp and aris share, made by whichever comes first. Throws as `secretFile` does. */
export function enquiryTicketKey(home: Home): Uint8Array {
  const path = join(home.keys, 'enquiry-ticket')
  const key = Buffer.from(secretFile(path), 'base64url')
  if (key.length !== KEY_LENGTH) {
    throw new Fault('SECRET_REFUSED', `The key in ${path} does not have 256 bits.`)
  }
  return key
}

/** Seals a number at a moment of real time, in ms since 1970. */
export async function sealEnquiryTicket(
  key: Uint8Array,
  number: Msisdn,
  nowMs: number,
): Promise<EnquiryTicket> {
  const claims = { number, iat: Math.floor(nowMs / 1000) }
  const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(key)
  return sealed as EnquiryTicket
}

/**
 * The number in a ticket. Throws `TICKET_REFUSED` when it was sealed with another key, changed, or is
 * too old, without saying which.
 */
export async function openEnquiryTicket(
  key: Uint8Array,
  ticket: string,
  nowMs: number,
): Promise<Msisdn> {
  const { number, iat } = await claimsOf(key, ticket)
  const msisdn = typeof number === 'string' ? parseMsisdn(number) : undefined
  if (!msisdn || typeof iat !== 'number') throw refused()
  const ageMs = nowMs - iat * 1000
  if (ageMs > TICKET_LIFETIME_MS || ageMs < -AHEAD_MAX_MS) throw refused()
  return msisdn
}

async function claimsOf(
  key: Uint8Array,
  ticket: string,
): Promise<{ number?: unknown; iat?: unknown }> {
  try {
    const { plaintext } = await compactDecrypt(ticket, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return Object(JSON.parse(Buffer.from(plaintext).toString('utf8')))
  } catch (cause) {
    throw refused(cause)
  }
}

const refused = (cause?: unknown): Fault =>
  new Fault('TICKET_REFUSED', 'The enquiry ticket is not one of scp’s, or is too old.', { cause })
