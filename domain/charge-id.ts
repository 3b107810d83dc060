import type { CallSessionToken } from './call-session.js'

/**
 * Names one entry of one card in one call: the call session's token and the entry's number, so that a
 * repeated request is answered as the first was, and ivr cannot name another subscriber.
 */
export type ChargeId = string & { readonly kind: 'charge id' }

/** Most cards that may be keyed in one call, wrong ones included (requirements §4). */
export const ENTRIES_PER_CALL_MAX = 99

/** The id of a call's `entry`-th card, counted from 1. */
export function chargeId(token: CallSessionToken, entry: number): ChargeId {
  if (!Number.isInteger(entry) || entry < 1 || entry > ENTRIES_PER_CALL_MAX) {
    throw new RangeError(`not an entry of a call: ${entry}`)
  }
  return `${token}-${entry}` as ChargeId
}

/** Reads `<token>-<entry>`; `undefined` when it is not one. */
export const parseChargeId = (text: string): ChargeId | undefined =>
  /^[0-9a-f]{32}-[1-9]\d?$/.test(text) ? (text as ChargeId) : undefined
