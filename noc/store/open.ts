import type { Clock } from '../../domain/clock.js'
import { systemClock } from '../../platform/clock.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { checkpoint, openStore } from '../../platform/store.js'
import { Accounts } from './accounts.js'
import { AlarmBook } from './alarm-book.js'
import { MIGRATIONS } from './migrations.js'
import { Notices } from './notices.js'
import { Sessions } from './sessions.js'
import { TrafficHistory } from './traffic-history.js'

/** Pause between two checkpoints of the store, in ms. */
const CHECKPOINT_MS = 60_000

/** noc's store, by what it keeps. */
export interface NocStore {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly history: TrafficHistory
  readonly alarms: AlarmBook
  readonly notices: Notices
  close(): void
}

/** Opens noc's store, or makes it; throws the faults of `openStore`. `clock`: the machine's. */
export function openNocStore(path: string, clock: Clock = systemClock): NocStore {
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store)
  const timer = setInterval(() => checkpoint(store), CHECKPOINT_MS).unref()
  return {
    accounts: new Accounts(store, writer),
    sessions: new Sessions(store, writer, clock),
    history: new TrafficHistory(store, writer),
    alarms: new AlarmBook(store, writer),
    notices: new Notices(store, writer),
    close() {
      clearInterval(timer)
      writer.flush()
      checkpoint(store)
      store.close()
    },
  }
}
