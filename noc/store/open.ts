import type { Clock } from '../../domain/clock.js'
import { systemClock } from '../../platform/clock.js'
import type { Fault } from '../../platform/fault.js'
import { GroupCommit } from '../../platform/group-commit.js'
import { checkpoint, type Database, openStore, openStoreToLook } from '../../platform/store.js'
import { Accounts } from './accounts.js'
import { AlarmBook } from './alarm-book.js'
import { Groups } from './groups.js'
import { MIGRATIONS } from './migrations.js'
import { Notices } from './notices.js'
import { People } from './people.js'
import { PeopleLog } from './people-log.js'
import { Sessions } from './sessions.js'
import { TrafficHistory } from './traffic-history.js'

/** Pause between two checkpoints of the store, in ms. */
const CHECKPOINT_MS = 60_000

/** noc's store, by what it keeps. */
export interface NocStore {
  readonly accounts: Accounts
  readonly groups: Pick<Groups, 'find' | 'all'>
  readonly people: People
  readonly peopleLog: Pick<PeopleLog, 'page' | 'check'>
  readonly sessions: Sessions
  readonly history: TrafficHistory
  readonly alarms: AlarmBook
  readonly notices: Notices
  close(): void
}

/**
 * Opens noc's store, or makes it; throws the faults of `openStore`. `clock`: the machine's; `onBroken`: told when
 * the store can no longer be trusted, and whoever goes on with it must open it anew (`GroupCommitOptions`).
 */
export function openNocStore(
  path: string,
  clock: Clock = systemClock,
  onBroken: (fault: Fault) => void = () => {},
): NocStore {
  const store = openStore(path, MIGRATIONS)
  const writer = new GroupCommit(store, { onBroken })
  const timer = setInterval(() => checkpoint(store), CHECKPOINT_MS).unref()
  return {
    ...partsOf(store, writer, clock),
    close() {
      clearInterval(timer)
      writer.flush()
      checkpoint(store)
      store.close()
    },
  }
}

/** What a command that only looks may read of it. */
export type NocStoreToLook = {
  readonly accounts: Pick<Accounts, 'all'>
  readonly groups: Pick<Groups, 'all'>
  readonly peopleLog: Pick<PeopleLog, 'page' | 'check'>
  readonly history: TrafficHistory
  readonly alarms: Pick<AlarmBook, 'standing' | 'history'>
  close(): void
}

/** Opens noc's store beside noc to look at it; `undefined` when noc has never run here. */
export function lookAtNocStore(path: string): NocStoreToLook | undefined {
  const store = openStoreToLook(path, MIGRATIONS)
  if (!store) return undefined
  return { ...partsOf(store, new GroupCommit(store), systemClock), close: () => store.close() }
}

function partsOf(store: Database, writer: GroupCommit, clock: Clock) {
  const accounts = new Accounts(store, writer)
  const groups = new Groups(store)
  const sessions = new Sessions(store, writer, groups, clock)
  const log = new PeopleLog(store)
  return {
    ...{ accounts, groups, sessions, peopleLog: log },
    people: new People({ store, writer, clock, accounts, groups, sessions, log }),
    history: new TrafficHistory(store, writer),
    alarms: new AlarmBook(store, writer),
    notices: new Notices(store, writer),
  }
}
