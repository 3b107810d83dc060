import type { EpochMs } from '../../domain/clock.js'
import { epochMs } from '../../domain/clock.js'
import { decodeDayClose } from '../../domain/day-close.js'
import { jstDay, nextJstDay, QUARTER_HOUR_MS, startOfJstDay } from '../../domain/jst.js'
import { decodeQuarterHourFile } from '../../domain/quarter-hour-file.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { sha256 } from '../../platform/sha256.js'
import type { ScpStore } from '../store/questions.js'
import type { AcceptedQuarterHour } from '../store/restoration.js'
import type { CrsClient } from '../transfer/crs-client.js'

export interface FenceOptions {
  readonly store: ScpStore
  readonly client: Pick<CrsClient, 'accepted' | 'expected'>
  readonly log: Pick<Logger, 'info'>
}

/**
 * Brings a restored store up to what CRS accepted from this node, file by file, and then opens the fence;
 * does nothing where the store is no restored one. Safe to repeat: what was taken back stays. Throws the
 * fault that keeps the fence closed.
 */
export async function openFence({ store, client, log }: FenceOptions): Promise<void> {
  const restoration = await store.ask('openRestoration', undefined)
  if (!restoration) return
  // Asked first, so that a CRS that is not this node's is found out before anything is taken back.
  const expected = await client.expected()
  let charges = 0
  let number = restoration.lastNumber + 1
  for (; ; number++) {
    const accepted = await acceptedFile(client, number)
    if (!accepted) break
    charges += await store.ask('replayAccepted', accepted)
  }
  // Once a day's last file is there, CRS expects the day's close: then that file must have been the last.
  const { openUntil } = (await store.ask('openRestoration', undefined)) ?? restoration
  const last =
    typeof expected === 'number'
      ? expected <= number
      : openUntil === startOfJstDay(nextJstDay(expected)) + QUARTER_HOUR_MS
  if (!last) {
    throw new Fault('BACKUP_TOO_OLD', `CRS cannot give file ${number} back, which it accepted.`)
  }
  await store.ask('endRestoration', undefined)
  log.info({ charges, lastNumber: number - 1 }, 'restored store has what CRS accepted')
}

async function acceptedFile(
  client: FenceOptions['client'],
  number: number,
): Promise<AcceptedQuarterHour | undefined> {
  const text = await client.accepted(number)
  if (text === undefined) return undefined
  const read = decodeQuarterHourFile(text, sha256())
  if (read.outcome === 'malformed') {
    throw new Fault('PEER_ANSWER_INVALID', `CRS gave file ${number} back malformed: ${read.why}.`)
  }
  const { header, records } = read
  return { header, records, dayClosedAt: await dayClosedAt(client, header.beganAt) }
}

/** When the day was closed that a quarter-hour ended, as far as CRS knows. */
async function dayClosedAt(
  client: FenceOptions['client'],
  beganAt: EpochMs,
): Promise<EpochMs | undefined> {
  const end = epochMs(beganAt + QUARTER_HOUR_MS)
  if (startOfJstDay(jstDay(end)) !== end) return undefined
  const text = await client.accepted(jstDay(beganAt))
  if (text === undefined) return undefined
  const read = decodeDayClose(text, sha256())
  return read.outcome === 'whole' ? read.close.closedAt : undefined
}
