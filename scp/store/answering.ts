import type { Clock } from '../../domain/clock.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import type { Answering } from '../../platform/writer-thread.js'
import { Batches } from './batches.js'
import { CallSessions } from './call-sessions.js'
import { ChargeLog } from './charge-log.js'
import { type ChargePolicy, Charges } from './charges.js'
import { MIGRATIONS } from './migrations.js'
import { PinKeys } from './pin-keys.js'
import { QuarterHours } from './quarter-hours.js'
import type { Done, StoreQuestions } from './questions.js'
import { Stamp } from './stamp.js'

/** What the writer needs to open the store. */
export interface WriterOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: ChargePolicy
  /** Told when the store can no longer be trusted: see `GroupCommitOptions`. */
  readonly onBroken: (fault: Fault) => void
}

/**
 * Opens scp's store and answers its questions. All that writes goes through one group commit, in the
 * order it was asked.
 */
export function openScpStore({
  path,
  clock,
  policy,
  onBroken,
}: WriterOptions): Answering<StoreQuestions> {
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store, { onBroken })
  const stamp = new Stamp(clock, new ChargeLog(store).last().chargedAt ?? NEVER)
  const charges = new Charges(store, stamp, policy)
  const sessions = new CallSessions(store)
  const batches = new Batches(store)
  const keys = new PinKeys(store)
  const quarters = new QuarterHours(store, stamp)
  const done = async (work: () => void): Promise<Done> => {
    await writer.run(work)
    return 'done'
  }
  return {
    answers: {
      openCallSession: session => writer.run(() => sessions.open(session, stamp.now())),
      endCallSession: token => done(() => sessions.end(token, stamp.now())),
      openCallSessions: () => sessions.openTokens(),
      permission: token => charges.permission(token),
      charge: ({ id, digests }) => writer.run(() => charges.charge(id, digests)),
      conclude: id => writer.run(() => charges.conclude(id)),
      pinKeys: () => keys.all(),
      admitPinKey: key => done(() => keys.admit(key)),
      countActiveBatches: () => batches.countActive(),
      beginBatch: batch => writer.run(() => batches.begin(batch, stamp.now())),
      addCards: cards => writer.run(() => batches.add(cards)),
      activateBatch: batch => done(() => batches.activate(batch)),
      closeQuarterHours: async ({ max }) => {
        const closed = await writer.run(() => quarters.closeEnded(max))
        return { closed, openUntil: quarters.openUntil(), clockBehindMs: stamp.behindMs() }
      },
      unwrittenQuarterHours: ({ max }) => quarters.unwritten(max),
      recordWrittenFile: file => done(() => quarters.recordWritten(file)),
    },
    close: () => {
      writer.flush()
      store.close()
    },
  }
}

/** Earlier than any charge. */
const NEVER: EpochMs = epochMs(0)
