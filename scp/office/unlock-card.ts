import type { SerialNumber } from '../../domain/card.js'
import { jstText } from '../../domain/jst.js'
import { Fault } from '../../platform/fault.js'
import { type Static, Type } from '../../platform/schema.js'
import type { CardLocks } from '../store/card-locks.js'
import { serialKey } from '../store/keys.js'
import { type ActContext, act } from './act.js'

/** Most cards of one act. */
const CARDS_MAX = 1_000

const serial = Type.Unsafe<SerialNumber>(Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' }))

const one = Type.Object({ serial }, { additionalProperties: false })

const several = Type.Object(
  { serials: Type.Array(serial, { minItems: 1, maxItems: CARDS_MAX, uniqueItems: true }) },
  { additionalProperties: false },
)

/** Lets a card be used again that many handsets had probed (requirements S-11, §5.4). */
export const unlockCard = act({
  name: 'unlock_card',
  by: ['operator', 'supervisor'],
  approvedBy: [],
  schema: one,
  needsApproval: () => false,
  subject: ({ serial }: Static<typeof one>) => serial,
  describe: ({ serial }) => `unlock the card ${serial}`,
  perform: ({ cardLocks }, { serial }, context) => ({
    result: { unlocked: 1 },
    before: release(cardLocks, serial, context),
    after: { locked: false },
  }),
})

/** The same for several at once; beyond what one person may do alone, a second one approves (§5.3). */
export const unlockCards = act({
  name: 'unlock_cards',
  by: ['operator', 'supervisor'],
  approvedBy: ['operator', 'supervisor'],
  schema: several,
  needsApproval: ({ serials }: Static<typeof several>, { unlockAlone }) =>
    serials.length > unlockAlone,
  subject: ({ serials }) => (serials.length === 1 ? `${serials[0]}` : `${serials.length} cards`),
  describe: ({ serials }) => `unlock ${serials.length} cards`,
  perform: ({ cardLocks }, { serials }, context) => {
    const released = serials.map(one => [one, release(cardLocks, one, context)])
    return {
      result: { unlocked: serials.length },
      before: Object.fromEntries(released),
      after: { locked: false },
    }
  },
})

function release(locks: CardLocks, serial: SerialNumber, { person, reason, at }: ActContext) {
  const key = serialKey(serial)
  const last = locks.last(key)
  if (!last?.locked) throw new Fault('ACT_REFUSED', `The card ${serial} is not locked.`)
  const handsets = locks.release(key, at, { person: person.name, reason })
  return { locked: true, lockedAt: jstText(last.at), handsets }
}
