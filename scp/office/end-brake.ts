import { jstText } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import { Type } from '../../platform/schema.js'
import { act } from './act.js'

/**
 * Ends the whole service's brake before its time (requirement §5.4). Who is on duty decides alone, as about
 * services: where the guessing goes on, the next wrong number over the limit brakes again.
 */
export const endBrake = act({
  name: 'end_brake',
  by: ['operator', 'supervisor'],
  approvedBy: [],
  schema: Type.Object({}, { additionalProperties: false }),
  needsApproval: () => false,
  subject: () => 'the service’s brake',
  describe: () => 'end the brake of the whole service',
  perform({ brake }, _payload, { at, person, reason }) {
    const standing = brake.standing(at)
    if (!standing) throw new Fault('ACT_REFUSED', 'The service does not brake.')
    brake.end(at, { person: person.name, reason })
    const { beganAt, until, wrong, limit } = standing
    return {
      result: { ended: true },
      before: { beganAt: jstText(beganAt), until: jstText(until), wrong, limit },
      after: { until: jstText(at) },
    }
  },
})
