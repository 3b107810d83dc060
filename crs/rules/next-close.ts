import { type EpochMs, epochMs } from '../../domain/clock.js'
import {
  HOUR_MS,
  type JstDay,
  jstDay,
  nextJstDay,
  QUARTER_HOUR_MS,
  startOfHour,
  startOfJstDay,
} from '../../domain/jst.js'
import type { Delivered } from './delivery.js'

/** A file for billing: of an hour, or the close of a day. */
export type Close =
  | { readonly kind: 'hour'; readonly beganAt: EpochMs }
  | { readonly kind: 'day'; readonly day: JstDay }

/**
 * What is to be closed after `last`: hours and days alternate in the order of time, the close of a day
 * between its 23rd hour and the next day's hour 0 (docs/formats/hourly-file.md). The first is the hour in
 * which the first node began; `undefined` as long as a node has not told when it began.
 */
export function nextClose(
  last: Close | undefined,
  nodes: readonly (Delivered | undefined)[],
): Close | undefined {
  if (last?.kind === 'day') return { kind: 'hour', beganAt: startOfJstDay(nextJstDay(last.day)) }
  if (last) {
    const end = epochMs(last.beganAt + HOUR_MS)
    const day = jstDay(last.beganAt)
    return jstDay(end) === day ? { kind: 'hour', beganAt: end } : { kind: 'day', day }
  }
  const begun = nodes.filter(node => node !== undefined)
  if (begun.length < nodes.length || begun.length === 0) return undefined
  return { kind: 'hour', beganAt: startOfHour(epochMs(Math.min(...begun.map(n => n.beganAt)))) }
}

/** When what is to be closed has ended: no record of it can be charged any more. */
export const endOfClose = (close: Close): EpochMs =>
  close.kind === 'hour' ? epochMs(close.beganAt + HOUR_MS) : startOfJstDay(nextJstDay(close.day))

/** Nodes that keep it open, because they have not delivered all of it: nothing is guessed. */
export const heldOpenBy = (
  close: Close,
  nodes: ReadonlyMap<string, Delivered | undefined>,
): readonly string[] =>
  [...nodes].filter(([, node]) => !node || !hasDelivered(node, close)).map(([name]) => name)

/**
 * Quarter-hours of an hour that a node has not delivered. One that never delivered anything may have begun:
 * all four count.
 */
export function missingOf(
  { beganAt }: Extract<Close, { kind: 'hour' }>,
  node: Delivered | undefined,
): number {
  const delivered = node ? Math.max(node.until, beganAt) : beganAt
  return Math.max(0, beganAt + HOUR_MS - delivered) / QUARTER_HOUR_MS
}

function hasDelivered(node: Delivered, close: Close): boolean {
  const end = endOfClose(close)
  if (node.until < end) return false
  if (close.kind === 'hour' || node.beganAt >= end) return true
  return node.closedThrough !== undefined && node.closedThrough >= close.day
}
