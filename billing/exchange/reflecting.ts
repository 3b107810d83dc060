import {
  decodeForwardedDayClose,
  type ForwardedDayClose,
} from '../../domain/forwarded-day-close.js'
import { decodeHourlyFile } from '../../domain/hourly-file.js'
import type { OfferedFile } from '../../domain/trigger-answer.js'
import { raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import { Fault } from '../../platform/fault.js'
import type { Logger } from '../../platform/log.js'
import { sha256 } from '../../platform/sha256.js'
import type { Reflected } from '../store/intake.js'
import type { BillingStore } from '../store/open.js'
import { spooled } from './fetching.js'
import type { Spool } from './spool.js'

/**
 * チャージ情報反映 of several files: each whole or not at all, in their order, in commits that they share.
 * Throws what the first that must not be taken in throws; none after that is taken in.
 */
export async function reflectFiles(
  store: Pick<BillingStore, 'reflect'>,
  spool: Spool,
  files: readonly OfferedFile[],
  log: Logger,
): Promise<void> {
  // Each is handed to the store before the next is read; the store has a gap where one is left out.
  const reflected = await Promise.allSettled(
    files.map(file => reflectFile(store, spool, file, log)),
  )
  for (const one of reflected) if (one.status === 'rejected') throw one.reason
}

/**
 * チャージ情報反映 of one file: reads it and hands it to the store, whole or not at all. A file that was reflected
 * before changes nothing. Throws `FILE_MALFORMED`, with the line, for one that must not be taken in.
 */
async function reflectFile(
  store: Pick<BillingStore, 'reflect'>,
  spool: Spool,
  file: OfferedFile,
  log: Logger,
): Promise<void> {
  const text = Buffer.from(spooled(spool, file)).toString('latin1')
  const decode = file.name.endsWith('-close.txt') ? decodeForwardedDayClose : decodeHourlyFile
  const content = decode(text, sha256())
  if (content.outcome === 'malformed') {
    throw new Fault('FILE_MALFORMED', `Line ${content.line} of ${file.name}: ${content.why}.`)
  }
  const sequence = 'header' in content ? content.header.sequence : content.close.sequence
  if (sequence !== file.sequence) {
    throw new Fault('FILE_MALFORMED', `${file.name} says that its sequence is ${sequence}.`)
  }
  const digest = Buffer.from(file.sha256, 'hex')
  const reflected = await store.reflect({ name: file.name, sha256: digest, content })
  tell(log, file.name, reflected)
  if (reflected.outcome === 'day_close' && 'close' in content) {
    tellDayClose(log, content.close, file.name, reflected.difference)
  }
}

function tell(log: Logger, name: string, reflected: Reflected): void {
  if (reflected.outcome === 'known') log.info({ name }, 'file was reflected before')
  if (reflected.outcome !== 'hourly') return
  const { credited, held, repeated } = reflected
  log.info({ name, credited, held: held.length, repeated }, 'charge information reflected')
  for (const one of held) raiseAlarm(log, 'CHARGE_HELD', 'minor', { name, ...one })
  if (repeated > 0) log.warn({ name, repeated }, 'charges repeated')
}

/** Requirement C-06: a day whose close differs is not confirmed, and alarms. */
function tellDayClose(
  log: Logger,
  { day }: ForwardedDayClose,
  name: string,
  difference: string | undefined,
): void {
  if (difference === undefined) {
    log.info({ name }, 'day confirmed')
    settleAlarms(['DAY_NOT_CONFIRMED'], { day })
  } else raiseAlarm(log, 'DAY_NOT_CONFIRMED', 'critical', { day, name, difference })
}
