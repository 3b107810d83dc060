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
import { NodeDeclarations } from './node-declarations.js'
import { NodeOffice } from './node-office.js'
import { QuarterHourIntake } from './quarter-hour-intake.js'
import type { CrsPolicy, StoreQuestions } from './questions.js'
import { TableVersions } from './table-versions.js'
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
  // A node waits for each answer before it sends on: to linger would only delay it. What other nodes sent
  // meanwhile still shares the commit.
  const writer = new GroupCommit(store, { onBroken, lingerMs: 0 })
  const deliveries = new Deliveries(store)
  const quarterHours = new QuarterHourIntake(store, deliveries, clock)
  const dayCloses = new DayCloseIntake(store, deliveries, clock)
  const nodes = new NodeDeclarations(store, clock)
  const tables = new TableVersions(store, clock)
  const closes = new Closes(store, { clock, deliveries, nodes, tables })
  const office = new NodeOffice(nodes, closes)
  const triggers = new Triggers(store, clock)
  store.transaction(() => {
    nodes.begin(policy.nodes)
    tables.begin(policy.tables)
  })()
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
      deliveries: () => deliveries.all(nodes.named('in')),
      closeDue: ({ max }) =>
        writer.run(() => ({ closed: closes.closeDue(max), open: closes.open() })),
      unwritten: ({ max }) => closes.unwritten(max),
      recordWritten: files =>
        writer.run<'done'>(() => {
          for (const file of files) closes.recordWritten(file)
          return 'done'
        }),
      nodes: () => nodes.all(),
      declareNode: asked => writer.run(() => office.declare(asked)),
      codeTables: () => tables.inForce(),
      replaceCodeTables: ({ tables: made, reason }) =>
        writer.run(() => tables.replace(made, reason)),
      rollBackCodeTables: ({ reason }) => writer.run(() => tables.rollBack(reason)),
      takeTrigger: ({ number, text }) => writer.run(() => triggers.take(number, text)),
    },
    close: () => {
      writer.flush()
      store.close()
    },
  }
}
