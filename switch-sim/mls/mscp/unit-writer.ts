import { GroupCommit } from '../../../platform/group-commit.js'
import { checkpoint, openStore } from '../../../platform/store.js'
import { answerQuestions } from '../../../platform/writer-thread.js'
import { RefusedContracts } from './refused-contracts.js'
import { UNIT_MIGRATIONS, UnitAccounts } from './unit-accounts.js'
import type { UnitQuestions } from './unit-questions.js'

/** Pause between two checkpoints, in ms. */
const CHECKPOINT_MS = 1_000

// This module is a thread: it owns the MSCP's store of units, so that no flush blocks a call.
answerQuestions<UnitQuestions>(path => {
  const store = openStore(path as string, UNIT_MIGRATIONS)
  const writer = new GroupCommit(store, {
    // Ends the thread, and with it the program, which starts again from what is on disk.
    onBroken(fault) {
      throw fault
    },
  })
  const accounts = new UnitAccounts(store)
  const refused = new RefusedContracts(store)
  const timer = setInterval(() => checkpoint(store), CHECKPOINT_MS)
  return {
    answers: {
      add: ({ at, ...bought }) => writer.run(() => accounts.add(bought, at)),
      left: msisdn => accounts.left(msisdn),
      debit: msisdn => writer.run(() => accounts.debit(msisdn) ?? null),
      countRefusedContracts: counted =>
        writer.run(() => {
          refused.add(counted)
          return 'done' as const
        }),
      refusedContracts: ({ from, max }) => refused.from(from, max),
      additions: ({ after, max }) => accounts.additions(after, max),
    },
    close: () => {
      clearInterval(timer)
      writer.flush()
      store.close()
    },
  }
})
