import { type Static, Type } from '../../platform/schema.js'
import { act } from './act.js'

const rotation = Type.Object({ wrap: Type.Boolean() }, { additionalProperties: false })

/**
 * Takes a new PIN key into service: batches that are made from now on have it. After a compromise (`wrap`)
 * the digests of all cards that there are get wrapped with it, in the background (requirements §5.2).
 */
export const rotatePinKey = act({
  name: 'rotate_pin_key',
  by: ['key-custodian'],
  approvedBy: ['supervisor'],
  schema: rotation,
  needsApproval: () => true,
  subject: () => 'the PIN key',
  describe: ({ wrap }: Static<typeof rotation>) =>
    wrap
      ? 'take a new PIN key into service, and wrap the digests of all cards with it'
      : 'take a new PIN key into service for new batches',
  perform: ({ keys }, { wrap }, { at }) => {
    const before = { chains: keys.chains() }
    const keyId = keys.beginRotation(wrap, at)
    return { result: { keyId, wrap }, before, after: { keyId, wrap } }
  },
})
