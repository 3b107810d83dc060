/**
 * Why the MCSCP refuses a call before it answers, told to the switch so that it plays the announcement
 * that fits; the caller pays nothing (architecture, point 10).
 */
export const CALL_REFUSALS = [
  /** No number that the switch vouches for (requirement S-07). */
  'no-identity',
  /** Before the service's first day (requirement S-06). */
  'not-in-service',
  /** The MCSCP's tables of number ranges and subscriber classes do not serve the caller (requirement M-05). */
  'not-served',
  /** The service was stopped by its operator (requirement M-06). */
  'service-stopped',
  /** More calls than can be served (requirement M-05). */
  'congestion',
] as const

export type CallRefusal = (typeof CALL_REFUSALS)[number]

/** Header of a refusing response that names the reason. */
export const REFUSAL_HEADER = 'X-Refusal'

/**
 * Header of a call that is let through: how many calls scp's signalling engine refused by congestion since the
 * last one, so that scp can count them that it never saw.
 */
export const REFUSED_BEFORE_HEADER = 'X-Refused-Before'

export const isCallRefusal = (text: string): text is CallRefusal =>
  (CALL_REFUSALS as readonly string[]).includes(text)
