import { type EpochMs, epochMs } from '../../domain/clock.js'
import { type JstDay, jstDay, startOfJstDay } from '../../domain/jst.js'
import type { QuarterHourHeader } from '../../domain/quarter-hour-file.js'

/** How far a node has delivered. */
export interface Delivered {
  /** Start of the node's first quarter-hour. */
  readonly beganAt: EpochMs
  /** Number of its last file, which is how many there are. */
  readonly lastNumber: number
  /** End of its last quarter-hour. */
  readonly until: EpochMs
  /** Place in the node's charge log that its next record has. */
  readonly nextSequence: number
  /** The last day that it closed; `undefined` for none. */
  readonly closedThrough: JstDay | undefined
}

/** What a node must send next: a quarter-hour file by its number, or the close of a day. */
export type Expected = number | JstDay

/**
 * What CRS expects of a node (docs/formats/transfer-to-crs.md): a day's close follows the 96th file of
 * its day, and comes before the first file of the next one.
 */
export function expectedOf(delivered: Delivered | undefined): Expected {
  if (!delivered) return 1
  return dayToClose(delivered) ?? delivered.lastNumber + 1
}

/** The day whose last file is there and whose close is not. */
function dayToClose({ until, closedThrough }: Delivered): JstDay | undefined {
  if (startOfJstDay(jstDay(until)) !== until) return undefined
  const ended = jstDay(epochMs(until - 1))
  return ended === closedThrough ? undefined : ended
}

/** What is wrong with a file that says it is another than the one it was sent as. */
export const mistakeInName = (
  { node, number }: Pick<QuarterHourHeader, 'node' | 'number'>,
  sent: { readonly node: string; readonly number: number },
): string | undefined =>
  node !== sent.node
    ? `it is of the node ${node}`
    : number !== sent.number
      ? `it has the number ${number}`
      : undefined

/** What is wrong with a file whose number is the expected one; nothing when it follows the one before. */
export function mistakeInOrder(
  { beganAt, firstSequence }: QuarterHourHeader,
  delivered: Delivered | undefined,
): string | undefined {
  if (delivered && beganAt !== delivered.until) return 'its quarter-hour is not the next one'
  const sequence = delivered?.nextSequence ?? 1
  if (firstSequence === sequence) return undefined
  return `its first sequence is not ${sequence}: records are missing`
}
