import type { CallRefusal } from '../../domain/call-refusal.js'

/**
 * What the switch says to a caller whose call goes nowhere: a dialplan entry of the media engine,
 * played in early media, so that the call is never answered and costs nothing (requirement N-06).
 */
export type Announcement =
  | 'not-permitted'
  | 'unknown-number'
  | 'not-registered'
  | 'no-identity'
  | 'before-service-start'
  | 'service-stopped'
  | 'congestion'
  | 'no-units'

/** Status the caller's phone gets when the announcement has ended. */
// biome-ignore format: table
export const STATUS_AFTER: Readonly<Record<Announcement, number>> = {
  'not-permitted':        403,
  'unknown-number':       404,
  'not-registered':       480,
  'no-identity':          403,
  'before-service-start': 480,
  'service-stopped':      503,
  congestion:             503,
  'no-units':             403,
}

/** The announcement for each reason that the MCSCP refuses a call. */
// biome-ignore format: table
export const ANNOUNCEMENT_OF: Readonly<Record<CallRefusal, Announcement>> = {
  'no-identity':     'no-identity',
  'not-in-service':  'before-service-start',
  'not-served':      'not-permitted',
  'service-stopped': 'service-stopped',
  congestion:        'congestion',
}
