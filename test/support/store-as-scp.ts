import { chargeId } from '../../domain/charge-id.js'
import { nodeTime } from '../../ivr/call-time.js'
import type { AskingScp, Patience } from '../../ivr/redeem.js'
import { Fault } from '../../platform/fault.js'
import type { Desk } from './scp-desk.js'

/** ivr's asking of a desk's store, as long as its patience lasts. */
export function askingOf({ store, ring }: Desk, patience: Partial<Patience>): AskingScp {
  const noBalance = async () => {
    throw new Fault('NO_SUCH_CALL_SESSION', 'no 157 call')
  }
  return {
    scp: {
      permission: async session => (await store.ask('permission', session)).permission,
      charge: async ({ session, entry }, pin) => {
        const id = chargeId(session, entry)
        return (await store.ask('charge', { id, digests: ring.digests(pin) })).answer
      },
      conclude: async ({ session, entry }) =>
        (await store.ask('conclude', chargeId(session, entry))).answer,
      balance: noBalance,
      notice: async () => {},
      heard: async ({ session: token, entry }) =>
        void (await store.ask('resultHeard', { token, entry })),
    },
    time: nodeTime,
    patience: {
      permissionForMs: 1,
      chargeForMs: 60_000,
      concludeForMs: 60_000,
      attemptMs: 60_000,
      pauseMs: 10,
      pauseMaxMs: 100,
      ...patience,
    },
    callerThere: () => true,
    noticed: () => {},
  }
}
