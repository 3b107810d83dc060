import { statfs } from 'node:fs/promises'
import { monotonicMs, systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import type { Surroundings } from '../../platform/program.js'
import type { ScpValues } from '../config.js'
import type { StoreThreads } from '../store/open.js'
import { Watch } from './watch.js'

/** Starts scp's watch over its store, its disk and the clocks. */
export function startWatch(
  { home, clock, log }: Surroundings,
  values: ScpValues,
  { store, background }: Pick<StoreThreads, 'store' | 'background'>,
): Watch {
  const watch = new Watch({
    node: values.node,
    limits: {
      locks: values.alarmLocks,
      cardLocks: values.alarmCardLocks,
      freeBytes: values.alarmDiskMegabytes * 1_048_576,
      backlogMinutes: values.alarmBacklogMinutes,
    },
    read: now => background.ask('watched', now),
    stampedUntil: () => store.ask('stampedUntil', undefined),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(home.folder)
      return bavail * bsize
    },
    clocks: { network: clock, machine: systemClock },
    monotonicMs,
    later: nodeLater,
    log,
  })
  void watch.run()
  return watch
}
