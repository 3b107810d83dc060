/**
 * How a charge call ends where ivr alone knows it, told to scp for its charge traffic (seed 004 Table 5):
 * the last guidance before ivr hangs up. A call of which nothing is told was left by its caller.
 */
export const CALL_NOTICES = [
  /** Nothing was keyed until the tries were over. */
  'no_input',
  /** Only numbers of a wrong length were keyed. */
  'short',
  /** The caller was told to call again later, or that the outcome is not known. */
  'system_fault',
] as const

export type CallNotice = (typeof CALL_NOTICES)[number]
