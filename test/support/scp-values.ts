import { randomBytes } from 'node:crypto'
import { type CallSessionToken, parseCallSessionToken } from '../../domain/call-session.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import { yen } from '../../domain/yen.js'
import type { OfficePolicy } from '../../scp/office/act.js'
import type { ChargePolicy } from '../../scp/store/charges.js'
import { ownTables } from '../../scp/tables/own-tables.js'

// Apart from `scp-desk.ts`, which opens a store: children that are started by the hundred need no more.

/** The policy that the settings have by default, but that the service never brakes: tests key many wrong numbers. */
export const POLICY: ChargePolicy = {
  cap: { monthCap: yen(50_000) },
  credit: { unit: yen(10) },
  lock: { consecutiveMax: 5, windowMax: 20, windowDays: 30, lapseHours: 0 },
  cardLock: { handsetsMax: 5, windowDays: 30 },
  brake: { rateMax: 0, rateMin: 60, timesUsual: 10, holdMinutes: 10, pauseMinutes: 30 },
}

/** What one person may do alone by default. */
export const OFFICE: OfficePolicy = {
  unlockAlone: 1,
  activateAlone: 100,
  tables: ownTables([500, 1_000, 3_000, 5_000]),
  clipFolder: '/nonexistent',
}

/** Handsets of a charging child from here on key wrong numbers only, each in every fifth entry. */
export const MISTAKEN_FROM = 50_000

/** A number of eleven digits that ends in `n`. */
export function phone(n: number): Msisdn {
  const msisdn = parseMsisdn(`090${`${n}`.padStart(8, '0')}`)
  if (!msisdn) throw new RangeError(`not a number: ${n}`)
  return msisdn
}

/** A token that no call has. */
export function freshToken(): CallSessionToken {
  const token = parseCallSessionToken(randomBytes(16).toString('hex'))
  if (!token) throw new TypeError('not a token')
  return token
}
