import type { Clock } from '../../domain/clock.js'
import { jstDay } from '../../domain/jst.js'
import type { Logger } from '../../platform/log.js'
import { nextTimeOfDay } from '../rules/online-hours.js'
import type { BillingStore } from '../store/open.js'
import type { Timer } from '../timers/timer.js'

/** Name of the job, and of the timer that starts it. */
export const REDRIVE = 'redrive'

/** Held charges tried in one commit. */
const TRIED_AT_ONCE = 500

/** The timer that starts the job next, at a time of day in minutes from midnight. */
export function redriveTimer(minutes: number, clock: Clock): Timer {
  const dueAt = nextTimeOfDay(minutes, clock.now())
  return { name: REDRIVE, dueAt, about: jstDay(dueAt), effect: { does: 'start_job', job: REDRIVE } }
}

/** B-08: tries every charge again that is held since an earlier day. Safe to repeat. */
export async function redrive(
  store: Pick<BillingStore, 'retryHeld'>,
  log: Logger,
): Promise<{ readonly credited: number }> {
  let credited = 0
  let after: number | undefined = 0
  while (after !== undefined) {
    const tried: Awaited<ReturnType<typeof store.retryHeld>> = await store.retryHeld(
      after,
      TRIED_AT_ONCE,
    )
    credited += tried.credited
    after = tried.last
  }
  log.info({ credited }, 'held charges tried again')
  return { credited }
}
