import { CHARGE_SERVICE_NUMBER } from '../../../domain/switch-assertion.js'
import type { Scenario } from '../scenario.js'

/**
 * モバイラーズチェック: the amount comes off later bills (seed 004 §2.1). Nothing is kept here but the charge
 * record, which CRS hands to billing: the money is billing's (Table 4, requirement N-02).
 */
export const mobilers: Scenario = {
  name: 'mobilers',
  takes: ({ service, kind }) => service === CHARGE_SERVICE_NUMBER && kind === 'mobilers',
  mediaUser: 'charge',
  charging: {
    kind: 'mobilers',
    openCredit:
      () =>
      ({ record: { faceValue, chargedAt }, registered }) => ({
        outcome: 'redeemed',
        faceValue,
        registered,
        chargedAt,
      }),
  },
}
