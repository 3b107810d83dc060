import type { Clip, ClipEnd } from '../clip.js'
import type { Announcement } from '../texts.js'
import { ENGLISH_VOICE } from './english-voice.js'
import { JAPANESE_VOICE } from './japanese-voice.js'
import { sha256 } from './manifest.js'
import { soundSettings } from './sound.js'
import { type ToneName, toneText } from './tones.js'

/** Silence that follows a clip, by how its words end. */
export const PAUSE_AFTER_MS: Readonly<Record<ClipEnd, number>> = {
  joined: 0,
  comma: 160,
  sentence: 300,
}

/** Silence before words that a comma parts from the value before them. */
export const PAUSE_BEFORE_MS = 160

/** Silence between an announcement's Japanese and its English, beside the end of the sentence. */
export const BETWEEN_LANGUAGES_MS = 400

/** Stands for everything a clip is made from; when it changes, the clip is made anew. */
export const madeFrom = (clip: Clip): string =>
  sha256(
    JSON.stringify([
      ...[clip.text, clip.kana, clip.before, clip.after, clip.pauseBefore, clip.ends],
      ...[clip.language === 'ja' ? JAPANESE_VOICE : ENGLISH_VOICE, soundSettings(clip.language)],
      ...[PAUSE_AFTER_MS, PAUSE_BEFORE_MS],
    ]),
  )

/** The same of a tone, and of an announcement that is its two languages one after the other. */
export const toneMadeFrom = (name: ToneName): string => sha256(toneText(name))

export const announcementMadeFrom = (name: Announcement, parts: readonly string[]): string =>
  sha256(JSON.stringify([name, BETWEEN_LANGUAGES_MS, ...parts]))
