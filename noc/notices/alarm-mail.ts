import { createTransport } from 'nodemailer'
import { type Clock, epochMs } from '../../domain/clock.js'
import { jstDay, nextJstDay, startOfJstDay } from '../../domain/jst.js'
import { systemErrorCode } from '../../platform/fault.js'
import type { AlarmStep, Notices } from '../store/notices.js'
import { mailOf } from './mail-text.js'
import type { Delivered } from './notice-runner.js'

/** Longest wait for the relay at each of its steps, in ms. */
const RELAY_WITHIN_MS = 10_000

/** Longest wait until the day is looked at again when its mails are used up, in ms: clocks are corrected. */
const HELD_LOOK_MS = 60_000

export interface AlarmMailOptions {
  readonly relay: { readonly host: string; readonly port: number }
  readonly from: string
  readonly to: readonly string[]
  /** Recipients a day of this sender. */
  readonly aDay: number
  /** Pause after each mail, in ms. */
  readonly pauseMs: number
  readonly notices: Notices
  /** The machine's: a relay's day is real. */
  readonly clock: Clock
}

/**
 * Tells alarms by mail, through a relay that keeps no mailbox (T-01). T-02: 1,000 recipients a day a sender,
 * «one per recipient», free again at 0:00 of Japan; a mail that would cross that is not sent at all, and the
 * first that may be sent again has what it had. T-03: a pause after each mail; what comes meanwhile is in the next.
 */
export function alarmMail(
  options: AlarmMailOptions,
): (steps: readonly AlarmStep[]) => Promise<Delivered> {
  const { relay, from, to, aDay, pauseMs, notices, clock } = options
  const timeouts = { connectionTimeout: RELAY_WITHIN_MS, greetingTimeout: RELAY_WITHIN_MS }
  const transport = createTransport({ ...relay, ...timeouts, socketTimeout: RELAY_WITHIN_MS })
  return async steps => {
    const now = clock.now()
    const day = jstDay(now)
    if (!(await notices.count(from, day, to.length, aDay))) {
      await notices.hold('mail', now)
      const untilNextDay = startOfJstDay(nextJstDay(day)) - now
      return { outcome: 'held', pauseMs: Math.min(HELD_LOOK_MS, epochMs(untilNextDay)) }
    }
    try {
      const mail = mailOf(steps, await notices.heldSince('mail'))
      await transport.sendMail({
        from,
        to: [...to],
        ...mail,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      return { outcome: 'told', pauseMs }
    } catch (error) {
      if (surelyNotTaken(error)) await notices.giveBack(from, day, to.length)
      return { outcome: 'failed', why: reason(error) }
    }
  }
}

/** Refused by an answer, or never reached; a connection that broke off does not tell (RFC 5321 §4.5.3.2.6). */
const surelyNotTaken = (error: unknown): boolean =>
  error instanceof Error &&
  (('responseCode' in error && error.responseCode !== undefined) ||
    ('syscall' in error && error.syscall === 'connect') ||
    systemErrorCode(error) === 'EDNS')

const reason = (error: unknown): string =>
  `${systemErrorCode(error) ?? ''} ${error instanceof Error ? error.message : ''}`.trim()
