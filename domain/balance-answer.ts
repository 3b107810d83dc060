import type { JstDay } from './jst.js'
import type { Units } from './units.js'
import { type Yen, yen } from './yen.js'

/** What one number registered on one day of Japan. */
export interface DayRegistered {
  readonly day: JstDay
  readonly amount: Yen
}

/**
 * What scp tells ivr for 157, of a call's number and no other (requirements S-29, A-05, §7.10). scp knows
 * what was registered, to the second; what billing makes of it, only ARIS knows (requirement N-02).
 */
export type BalanceAnswer =
  | {
      readonly outcome: 'mobilers'
      /** 今月の登録額: this month's total, always exact. */
      readonly registered: Yen
      /** Whether the handset may not charge (S-30: it hears 157 all the same). */
      readonly locked: boolean
      /** Days on which something was registered, in order, from `from` on. */
      readonly byDay: readonly DayRegistered[]
      readonly from: JstDay
      /** Names the caller to ARIS, and tells ivr nothing (platform/enquiry-ticket.ts). */
      readonly ticket: string
    }
  | {
      readonly outcome: 'pricall'
      readonly registered: Yen
      readonly locked: boolean
      /** 残り度数, from the MSCP; `null` when it cannot tell now. */
      readonly units: Units | null
    }

/** 未確定: what was registered after the last day that billing's figures hold. */
export const registeredAfter = (day: JstDay, byDay: readonly DayRegistered[]): Yen =>
  yen(byDay.filter(one => one.day > day).reduce((sum, { amount }) => sum + amount, 0))
