import type { BalanceEnquiry } from '../domain/balance-enquiry.js'

/** What ivr asks of ARIS (billing's enquiry store), by a ticket that scp gave. */
export interface Aris {
  /**
   * What billing holds for the caller that a ticket names. Throws `NO_SUCH_SUBSCRIBER` when billing knows
   * none, `TICKET_REFUSED`, and another `Fault` when there is no answer within the deadline.
   */
  enquire(ticket: string, deadlineMs: number): Promise<BalanceEnquiry>
}
