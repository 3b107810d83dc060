import { isCallRefusal } from '../../domain/call-refusal.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import { CHARGE_KIND_OF, type ContractClass } from '../../domain/contract-class.js'
import { parseMsisdn } from '../../domain/msisdn.js'
import { isServiceNumber, type ServiceNumber } from '../../domain/switch-assertion.js'
import { ANNOUNCEMENT_OF, type Announcement } from './announcement.js'

/** To the MCSCP: the contract is permitted, and has a charge kind (requirements S-17, N-07). */
export interface McscpRoute {
  readonly to: 'mcscp'
  readonly service: ServiceNumber
  readonly chargeKind: ChargeKind
}

/** Where a call goes, steps ⑤ and ⑥ of Figure 3. */
export type Route =
  | McscpRoute
  /** Not permitted, or a number that leads nowhere: guidance, then release; the MCSCP sees no call. */
  | { readonly to: 'announcement'; readonly announcement: Announcement }

/** Where a call of this class of contract to this number goes. */
export function routeOf(dialled: string, contractClass: ContractClass): Route {
  if (isServiceNumber(dialled)) {
    const chargeKind = CHARGE_KIND_OF[contractClass]
    // Seed 004 §3.2(1) ⑤: a contract that may not charge gets guidance and is released.
    return chargeKind ? { to: 'mcscp', service: dialled, chargeKind } : announce('not-permitted')
  }
  // A subscriber's number: this network carries calls to its services alone.
  return announce(parseMsisdn(dialled) ? 'not-registered' : 'unknown-number')
}

/**
 * What a caller hears when the MCSCP refuses the call, or cannot be reached: a refusal without a reason
 * of ours, such as no answer, sounds like any other want of lines.
 */
export const announcementFor = (refusal: string | undefined): Announcement =>
  refusal !== undefined && isCallRefusal(refusal) ? ANNOUNCEMENT_OF[refusal] : 'congestion'

const announce = (announcement: Announcement): Route => ({ to: 'announcement', announcement })
