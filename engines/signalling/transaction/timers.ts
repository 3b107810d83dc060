/** The three values that all SIP timers are made of, in milliseconds (RFC 3261 §17.1.1.1, Table 4). */
export interface TimerValues {
  /** Estimate of the round-trip time. Every give-up is 64 of these: 32 s. */
  readonly t1Ms: number
  /** Longest gap between retransmissions of a non-INVITE request or of a final answer to an INVITE. */
  readonly t2Ms: number
  /** Longest time a message stays in the network. */
  readonly t4Ms: number
}

/** RFC 3261 §17.1.1.1: the defaults, which tests shorten and nobody else should. */
export const STANDARD_TIMERS: TimerValues = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 }
