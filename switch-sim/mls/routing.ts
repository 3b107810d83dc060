import { isCallRefusal } from '../../domain/call-refusal.js'
import type { ChargeKind } from '../../domain/charge-kind.js'
import { CHARGE_KIND_OF, type ContractClass } from '../../domain/contract-class.js'
import { type Msisdn, parseMsisdn } from '../../domain/msisdn.js'
import {
  parseServiceNumber,
  SERVICE_NUMBERS,
  type ServiceNumber,
} from '../../domain/switch-assertion.js'
import { ANNOUNCEMENT_OF, type Announcement } from './announcement.js'

/** To the MCSCP: the contract is permitted, and has a charge kind (requirements S-17, N-07). */
export interface McscpRoute {
  readonly to: 'mcscp'
  readonly service: ServiceNumber
  readonly chargeKind: ChargeKind
}

/** To another subscriber's phone, or to the test number. */
export interface PhoneRoute {
  readonly to: 'phone'
  /** `test`: the test number, which the media engine answers. */
  readonly callee: Msisdn | 'test'
  /** Whether the caller's units are used up by it (seed 004 Table 4: of Pricall subscribers alone). */
  readonly metered: boolean
}

/** Where a call goes, steps ⑤ and ⑥ of Figure 3. */
export type Route =
  | McscpRoute
  | PhoneRoute
  /** Not permitted, or a number that leads nowhere: guidance, then release; the MCSCP sees no call. */
  | { readonly to: 'announcement'; readonly announcement: Announcement }

/** Answered by a tone for as long as one listens, to try a line (線路試験). */
export const TEST_NUMBER = '111'

/**
 * Where a call of this class of contract to this number goes. `isRegistered`: whether a phone is there;
 * `services`: numbers that lead to the MCSCP.
 */
export function routeOf(
  dialled: string,
  contractClass: ContractClass,
  isRegistered: (callee: Msisdn) => boolean,
  services: readonly ServiceNumber[] = SERVICE_NUMBERS,
): Route {
  const service = parseServiceNumber(dialled)
  if (service && services.includes(service)) {
    const chargeKind = CHARGE_KIND_OF[contractClass]
    // Seed 004 §3.2(1) ⑤: a contract that may not charge gets guidance and is released.
    return chargeKind ? { to: 'mcscp', service, chargeKind } : announce('not-permitted')
  }
  const callee = dialled === TEST_NUMBER ? 'test' : parseMsisdn(dialled)
  if (callee === undefined) return announce('unknown-number')
  if (callee !== 'test' && !isRegistered(callee)) return announce('not-registered')
  return { to: 'phone', callee, metered: contractClass === 'pricall' }
}

/**
 * What a caller hears when the MCSCP refuses the call, or cannot be reached: a refusal without a reason
 * of ours, such as no answer, sounds like any other want of lines.
 */
export const announcementFor = (refusal: string | undefined): Announcement =>
  refusal !== undefined && isCallRefusal(refusal) ? ANNOUNCEMENT_OF[refusal] : 'congestion'

const announce = (announcement: Announcement): Route => ({ to: 'announcement', announcement })
