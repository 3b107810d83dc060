import { type BalanceAnswer, registeredAfter } from '../domain/balance-answer.js'
import type { CallSessionToken } from '../domain/call-session.js'
import type { Aris } from './aris.js'
import type { BillingFigures, Tellable } from './balance-guidance.js'
import { type Asking, type Pauses, persist } from './persist.js'
import type { Scp } from './scp.js'

/** How long ivr asks for what 157 tells. In ms. */
export interface EnquiryPatience extends Pauses {
  readonly balanceForMs: number
  readonly enquiryForMs: number
}

export interface Enquiring extends Asking {
  readonly scp: Scp
  readonly aris: Aris
  readonly patience: EnquiryPatience
}

/**
 * Gathers what 157 tells: what was registered, from scp, which is always exact; and what billing makes of
 * it, from ARIS (requirements A-05, §7.10). Without ARIS the first is told alone; `undefined` without scp.
 */
export async function enquire(
  session: CallSessionToken,
  enquiring: Enquiring,
): Promise<Tellable | undefined> {
  const { scp, patience } = enquiring
  const asked = await persist(ms => scp.balance(session, ms), patience.balanceForMs, enquiring)
  if (asked.got !== 'answer') return undefined
  const { answer } = asked
  const { registered, locked } = answer
  if (answer.outcome === 'pricall') {
    const { units } = answer
    return { of: 'pricall', registered, locked, ...(units === null ? {} : { units }) }
  }
  const billing = await askBilling(answer, enquiring)
  return { of: 'mobilers', registered, locked, ...(billing ? { billing } : {}) }
}

async function askBilling(
  { ticket, byDay, from }: Extract<BalanceAnswer, { outcome: 'mobilers' }>,
  enquiring: Enquiring,
): Promise<BillingFigures | undefined> {
  const { aris, patience } = enquiring
  const asked = await persist(ms => aris.enquire(ticket, ms), patience.enquiryForMs, enquiring)
  if (asked.got !== 'answer') return undefined
  const { asOf, nextApplicationYen, validUntil } = asked.answer
  // Figures so old that scp does not say what came after them are none.
  if (asOf < from) return undefined
  const unconfirmed = registeredAfter(asOf, byDay)
  return { asOf, nextApplication: nextApplicationYen, unconfirmed, validUntil }
}
