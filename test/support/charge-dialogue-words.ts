import type { CallNotice } from '../../domain/call-notice.js'
import type { Language } from '../../domain/charge-answer.js'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { type ClipFile, phrase } from '../../guidance-audio/phrase.js'
import type { EntryResult } from '../../ivr/charge-guidance.js'
import type { Action } from '../../ivr/charge-states.js'

/** A card number of the usual length. */
export const PIN = '12345678901234'

/** Plays clips, one after the other. */
export const play = (...clips: ClipFile[]): Action => ({ type: 'play', clips })

/** Reads one key while clips play, and so long after them. */
export const read = (waitMs: number, ...clips: ClipFile[]): Action => ({
  type: 'read_key',
  clips,
  waitMs,
})

/** scp is told that the result of an entry was heard. */
export const heard = (entry: number): Action => ({ type: 'report_heard', entry })

/** Forgets what was keyed ahead. */
export const flush: Action = { type: 'flush_keys' }

/** Texts without values, in Japanese. */
export const ja = (...ids: Parameters<typeof simple>[1][]) => ids.flatMap(id => simple('ja', id))

/** A text without values. */
export function simple(
  language: Language,
  id:
    | 'welcome'
    | 'language-hint'
    | 'enter-number-short'
    | 'enter-number-hint'
    | 'enter-number-where'
    | 'no-input'
    | 'too-few-digits'
    | 'too-many-digits'
    | 'tries-over'
    | 'card-refused'
    | 'locked'
    | 'one-moment'
    | 'next-card'
    | 'goodbye'
    | 'outcome-unknown'
    | 'try-again-later'
    | 'card-not-used'
    | 'call-time-over',
): ClipFile[] {
  return phrase(language, id)
}

/** The first question for a number. */
export const FULL_PROMPT = phrase('ja', 'enter-number', { length: 14 })

/** A card that was used up. */
export const REDEEMED: EntryResult = {
  outcome: 'redeemed',
  faceValue: yen(3_000),
  registered: yen(7_000),
  chargedAt: epochMs(0),
}

/** Tells scp how a call ended. */
export const report = (notice: CallNotice, entries: number) => ({
  type: 'report' as const,
  notice,
  entries,
})

/** A card that cannot be used, and no lock. */
export const UNUSABLE: EntryResult = { outcome: 'unusable', nowLocked: false }
