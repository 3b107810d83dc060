import { openBillingStore } from '../../billing/store/open.js'
import { epochMs } from '../../domain/clock.js'
import type { JstMonth } from '../../domain/jst.js'
import { SetClock } from '../../platform/clock.js'

/** Contracts that are settled in one commit. */
const TOGETHER = 4

// Started as a program of its own, to be killed while billing closes a month of use.
const [path = '', month = '', now = ''] = process.argv.slice(2)
const store = openBillingStore({
  path,
  clock: new SetClock(epochMs(Number(now))),
  onBroken: fault => {
    throw fault
  },
})
const begun = await store.beginClose(month as JstMonth)
if (begun.outcome !== 'running' && begun.outcome !== 'finished') throw new Error(begun.outcome)
let done = begun.outcome === 'finished'
while (!done) done = await store.advanceClose(month as JstMonth, TOGETHER)
store.close()
