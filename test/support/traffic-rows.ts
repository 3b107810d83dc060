import type { Test } from 'tap'
import {
  answered,
  CALL_RESULTS,
  countOf,
  holdingP95,
  meanHoldingSeconds,
  offered,
  type QuarterHourTraffic,
  TRAFFIC_MEASURES,
  totalYen,
  UNANSWERED,
} from '../../domain/charge-traffic.js'
import { type EpochMs, epochMs } from '../../domain/clock.js'
import { openStoreToRead } from '../../platform/store.js'
import { Locks } from '../../scp/store/locks.js'
import { TrafficReader } from '../../scp/store/traffic-reader.js'
import type { Desk } from './scp-desk.js'
import { POLICY } from './scp-values.js'
import { Recount } from './traffic-run.js'

/** The rows of a desk's store from a moment on, as scp tells them: a week at most. */
export function rowsOf(
  desk: Pick<Desk, 'file' | 'clock'>,
  from: EpochMs = epochMs(0),
  lock = POLICY.lock,
): readonly QuarterHourTraffic[] {
  const store = openStoreToRead(desk.file)
  const reader = new TrafficReader(store, new Locks(store, lock))
  const to = epochMs(Number.MAX_SAFE_INTEGER)
  const { quarterHours } = reader.read({ from, to, now: desk.clock.now() })
  store.close()
  return quarterHours
}

/** The same rows in the form of a run's own count. */
export function recountOf(rows: readonly QuarterHourTraffic[]): Recount {
  const recount = new Recount()
  for (const { beganAt, kinds, peak, unlocked } of rows) {
    recount.peak(beganAt, peak)
    if (unlocked > 0) recount.unlocked.set(beganAt, unlocked)
    for (const { kind, counts, cards } of kinds) {
      for (const measure of TRAFFIC_MEASURES) {
        recount.add(beganAt, kind, measure, counts[measure] ?? 0)
      }
      for (const [faceValue, count] of cards) recount.add(beganAt, kind, faceValue, count)
    }
  }
  return recount
}

/** Entries of a count in an order of their own, to be compared. */
export const sorted = (map: ReadonlyMap<unknown, number>): string[] =>
  [...map].map(entry => entry.join(' ')).sort()

/** M-17 for every row, and the row's own sense: no call lasts longer than `longestS`, in s. */
export function holdIdentities(t: Test, rows: readonly QuarterHourTraffic[], longestS = 300): void {
  for (const { kinds } of rows) {
    for (const row of kinds) {
      const results = CALL_RESULTS.reduce((sum, result) => sum + countOf(row, result), 0)
      const refused = UNANSWERED.reduce((sum, reason) => sum + countOf(row, reason), 0)
      const held = row.holding.reduce((sum, [, calls]) => sum + calls, 0)
      const seconds = row.holding.reduce((sum, [length, calls]) => sum + length * calls, 0)
      const yen = row.cards.reduce((sum, [faceValue, cards]) => sum + faceValue * cards, 0)
      if (answered(row) !== results) t.fail('answered = the results of its calls')
      if (offered(row) !== results + refused) t.fail('offered = answered + refused')
      if (totalYen(row) !== yen) t.fail('yen = denomination × count')
      if (held !== countOf(row, 'held_calls') || held > results)
        t.fail('holding times of its calls')
      const mean = meanHoldingSeconds(row) ?? 0
      if (mean * held > seconds || mean * held < seconds - held) t.fail('their sum')
      if ((holdingP95(row) ?? 0) > longestS) t.fail('no call is that long')
    }
  }
}
