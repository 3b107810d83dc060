import { CHARGE_SERVICE_NUMBER } from '../../../domain/switch-assertion.js'
import { unitsFor } from '../../../domain/units.js'
import { UnitOutbox } from '../../units/unit-outbox.js'
import type { Scenario } from '../scenario.js'

/**
 * ぷりコール: the amount becomes units (度数) of the subscriber, which the MSCP owns (seed 004 §2.1, Table 4;
 * requirements S-05, N-02). They are handed over by an outbox, so that none is lost or added twice.
 */
export const pricall: Scenario = {
  name: 'pricall',
  takes: ({ service, kind }) => service === CHARGE_SERVICE_NUMBER && kind === 'pricall',
  mediaUser: 'charge',
  charging: {
    kind: 'pricall',
    openCredit(store, { unit }) {
      const outbox = new UnitOutbox(store)
      return ({ record: { faceValue, chargedAt }, sequence, registered }) => {
        const units = unitsFor(faceValue, unit)
        outbox.put(sequence, units)
        return { outcome: 'units_added', faceValue, units, registered, chargedAt }
      }
    },
  },
}
