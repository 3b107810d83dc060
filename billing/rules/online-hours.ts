import { type EpochMs, epochMs } from '../../domain/clock.js'
import { jstDay, startOfJstDay } from '../../domain/jst.js'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
const DAY_MS = DAY_MINUTES * MINUTE_MS

/** The hours of a day of Japan in which billing is online: minutes from midnight, half-open. */
export interface OnlineHours {
  readonly opens: number
  /** Later than `opens`; over 1,440 when billing closes after midnight. */
  readonly closes: number
}

/** One stretch of being online. */
export interface OnlinePeriod {
  readonly opensAt: EpochMs
  /** `undefined`: it never closes. */
  readonly closesAt: EpochMs | undefined
}

/** Where a moment lies: in a period, or before the next one. */
export type OnlineNow =
  | ({ readonly online: true } & OnlinePeriod)
  | { readonly online: false; readonly opensAt: EpochMs }

/** Reads `08:00-24:00`; `undefined` when it is not such a text. `22:00-06:00` is open over midnight. */
export function parseOnlineHours(text: string): OnlineHours | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(text)
  if (!found) return undefined
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = found.slice(1).map(Number)
  const opens = fromHour * 60 + fromMinute
  const until = toHour * 60 + toMinute
  if (until > DAY_MINUTES || until === opens) return undefined
  return { opens, closes: until > opens ? until : until + DAY_MINUTES }
}

/** Requirement F-11: whether billing is online, since when and until when; else when it opens. */
export function onlineAt({ opens, closes }: OnlineHours, now: EpochMs): OnlineNow {
  if (closes - opens === DAY_MINUTES) {
    return { online: true, opensAt: epochMs(0), closesAt: undefined }
  }
  const today = startOfJstDay(jstDay(now))
  for (const day of [today - DAY_MS, today, today + DAY_MS]) {
    const opensAt = epochMs(day + opens * MINUTE_MS)
    const closesAt = epochMs(day + closes * MINUTE_MS)
    if (now < opensAt) return { online: false, opensAt }
    if (now < closesAt) return { online: true, opensAt, closesAt }
  }
  throw new RangeError('the hours of three days leave no moment out')
}

/** The next moment after `now` at which a clock in Japan shows so many minutes from midnight. */
export function nextTimeOfDay(minutes: number, now: EpochMs): EpochMs {
  const at = startOfJstDay(jstDay(now)) + minutes * MINUTE_MS
  return epochMs(at > now ? at : at + DAY_MS)
}

/** Reads `03:00` as minutes from midnight. */
export function parseTimeOfDay(text: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  return found ? Number(found[1]) * 60 + Number(found[2]) : undefined
}
