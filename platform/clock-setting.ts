import { createHash } from 'node:crypto'
import { type EpochMs, epochMs } from '../domain/clock.js'
import { jstText } from '../domain/jst.js'
import type { Machine } from './machine.js'
import { momentAt, type Pace } from './running-clock.js'

/**
 * How the network's clock was last set: what the file of the clock holds. Moment and rate count from a
 * reading of the machine's monotonic time, which begins anew with each start of the machine; the
 * machine's calendar time of that reading leads over such a start.
 */
export interface ClockSetting extends Pace {
  /** Names the start of the machine to which `monotonicNs` belongs. */
  readonly boot: string
  /** The machine's calendar time when it was set. */
  readonly realAt: EpochMs
}

/** A setting of the clock that holds from now on, or `aheadMs` later. */
export const settingFrom = (
  { moment, rate }: Pick<Pace, 'moment' | 'rate'>,
  machine: Machine,
  aheadMs = 0,
): ClockSetting => ({
  moment,
  rate,
  monotonicNs: machine.monotonicNs() + BigInt(aheadMs) * 1_000_000n,
  boot: machine.boot,
  realAt: machine.realNow(),
})

/**
 * The setting as it holds on this machine now: itself, or, when the machine was started anew since, one
 * that has gone on meanwhile. For the clock runs on whether programs and machine run or not, and never back.
 */
export function settingHere(setting: ClockSetting, machine: Machine): ClockSetting {
  const noticedNs = machine.monotonicNs() + BigInt(machine.noticeMs) * 1_000_000n
  if (setting.boot === machine.boot && noticedNs >= setting.monotonicNs) return setting
  const passedMs = Math.max(0, machine.realNow() - setting.realAt)
  const moment = epochMs(setting.moment + Math.floor(passedMs * setting.rate))
  return settingFrom({ moment, rate: setting.rate }, machine)
}

/** What the clock shows on this machine. */
export const shownAt = (setting: ClockSetting, machine: Machine): EpochMs =>
  momentAt(settingHere(setting, machine), machine.monotonicNs())

/** Form of file that this code writes and reads. */
const FORM = 1

/** The text of the clock's file: one line of JSON that people can read, and its digest. */
export function encodeClockSetting(setting: ClockSetting): string {
  const { moment, rate, monotonicNs, boot, realAt } = setting
  const body = JSON.stringify({
    form: FORM,
    network: jstText(moment),
    rate,
    monotonicNs: `${monotonicNs}`,
    boot,
    real: jstText(realAt),
  })
  return `${body}\n${digestOf(body)}\n`
}

/** Reads the text of the clock's file; `undefined` when it is not as it was written. */
export function decodeClockSetting(text: string): ClockSetting | undefined {
  const [body = '', digest, ...rest] = text.split('\n')
  if (digest !== digestOf(body) || rest.join() !== '') return undefined
  const { form, network, rate, monotonicNs, boot, real } = JSON.parse(body)
  if (form !== FORM) return undefined
  return {
    moment: epochMs(Date.parse(network)),
    rate,
    monotonicNs: BigInt(monotonicNs),
    boot,
    realAt: epochMs(Date.parse(real)),
  }
}

const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex')
