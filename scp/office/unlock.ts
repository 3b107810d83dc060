import type { EpochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import type { Msisdn } from '../../domain/msisdn.js'
import { Fault } from '../../platform/fault.js'
import { type Static, Type } from '../../platform/schema.js'
import type { LockCounter } from '../rules/lock-policy.js'
import type { Locks } from '../store/locks.js'
import { type ActContext, act } from './act.js'

/** Most handsets of one act. */
const HANDSETS_MAX = 1_000

const msisdn = Type.Unsafe<Msisdn>(Type.String({ pattern: '^0[789]0[0-9]{8}$' }))

const one = Type.Object({ msisdn }, { additionalProperties: false })

const several = Type.Object(
  { msisdns: Type.Array(msisdn, { minItems: 1, maxItems: HANDSETS_MAX, uniqueItems: true }) },
  { additionalProperties: false },
)

/** 規制解除: lets a handset charge again (requirement S-11). */
export const unlockHandset = act({
  name: 'unlock_handset',
  by: ['operator', 'supervisor'],
  approvedBy: [],
  schema: one,
  needsApproval: () => false,
  subject: ({ msisdn }: Static<typeof one>) => msisdn,
  describe: ({ msisdn }) => `unlock the handset ${msisdn}`,
  perform: ({ locks }, { msisdn }, context) => ({
    result: { unlocked: 1 },
    before: held(release(locks, msisdn, context)),
    after: { locked: false },
  }),
})

/** The same for several at once; beyond what one person may do alone, a second one approves (§5.3). */
export const unlockHandsets = act({
  name: 'unlock_handsets',
  by: ['operator', 'supervisor'],
  approvedBy: ['operator', 'supervisor'],
  schema: several,
  needsApproval: ({ msisdns }: Static<typeof several>, { unlockAlone }) =>
    msisdns.length > unlockAlone,
  subject: ({ msisdns }) => (msisdns.length === 1 ? `${msisdns[0]}` : `${msisdns.length} handsets`),
  describe: ({ msisdns }) => `unlock ${msisdns.length} handsets`,
  perform: ({ locks }, { msisdns }, context) => {
    const released = msisdns.map(one => [one, held(release(locks, one, context))])
    return {
      result: { unlocked: msisdns.length },
      before: Object.fromEntries(released),
      after: { locked: false },
    }
  },
})

function release(
  locks: Locks,
  msisdn: Msisdn,
  { person, reason, at }: ActContext,
): LockCounter & { readonly lock: { readonly at: EpochMs } } {
  const { lock, ...counter } = locks.counter(msisdn, at)
  if (!lock || !locks.isLocked(msisdn, at)) {
    throw new Fault('ACT_REFUSED', `The handset ${msisdn} is not locked.`)
  }
  locks.release(msisdn, at, { person: person.name, reason })
  return { lock, ...counter }
}

const held = ({ consecutive, inWindow, lock }: ReturnType<typeof release>) => ({
  locked: true,
  lockedAt: jstText(lock.at),
  consecutive,
  inWindow,
})
