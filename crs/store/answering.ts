import type { Clock } from '../../domain/clock.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { openStore } from '../../platform/store.js'
import type { Answering } from '../../platform/writer-thread.js'
import { expectedOf } from '../rules/delivery.js'
import type { Taken } from './acknowledgement.js'
import { Closes } from './closes.js'
import { DayCloseIntake } from './day-close-intake.js'
import { Deliveries } from './deliveries.js'
import { MIGRATIONS } from './migrations.js'
import { QuarterHourIntake } from './quarter-hour-intake.js'
import type { CrsPolicy, StoreQuestions } from './questions.js'
import { Triggers } from './triggers.js'

/** What the writer needs to open the store. */
export interface WriterOptions {
  readonly path: string
  readonly clock: Clock
  readonly policy: CrsPolicy
  /** Told when the store can no longer be trusted: see `GroupCommitOptions`. */
  readonly onBroken: (fault: Fault) => void
}

/**
 * Opens CRS's store and answers its questions. All that writes goes through one group commit, in the
 * order it was asked; what a file brings is one transaction.
 */
export function openCrsStore(options: WriterOptions): Answering<StoreQuestions> {
  const { path, clock, policy, onBroken } = options
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store, { onBroken })
  const deliveries = new Deliveries(store)
  const quarterHours = new QuarterHourIntake(store, deliveries, clock)
  const dayCloses = new DayCloseIntake(store, deliveries, clock)
  const closes = new Closes(store, deliveries, { clock, ...policy })
  const triggers = new Triggers(store, clock)
  return {
    answers: {
      takeFile: sent => writer.run(() => quarterHours.take(sent)),
      takeDayClose: sent => writer.run(() => dayCloses.take(sent)),
      takeTogether: sent =>
        writer.run(() => {
          const taken: Taken[] = []
          for (const one of sent) {
            const last = 'day' in one ? dayCloses.take(one) : quarterHours.take(one)
            taken.push(last)
            if (last.outcome !== 'acknowledged') break
          }
          return taken
        }),
      expected: node => expectedOf(deliveries.of(node)),
      deliveries: () => deliveries.all(policy.nodes),
      closeDue: ({ max }) =>
        writer.run(() => ({ closed: closes.closeDue(max), open: closes.open() })),
      unwritten: ({ max }) => closes.unwritten(max),
      recordWritten: files =>
        writer.run<'done'>(() => {
          for (const file of files) closes.recordWritten(file)
          return 'done'
        }),
      takeTrigger: ({ number, text }) => writer.run(() => triggers.take(number, text)),
    },
    close: () => {
      writer.flush()
      store.close()
    },
  }
}
