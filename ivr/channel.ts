import type { Language } from '../domain/charge-answer.js'
import type { ClipFile } from '../guidance-audio/phrase.js'
import type { Key } from './dialogue.js'

/** Why a channel is gone: the call was hung up, by whomever, or its media engine was lost. */
export type Gone = 'hung_up' | 'link_lost'

/**
 * The caller's line in the media engine. One thing is done at a time, but for `hangup`, which may come
 * at any. Everything answers `gone` once the call is over, and nothing throws.
 */
export interface Channel {
  /** What the call's INVITE carried in the header that names the call session; as it came. */
  readonly callSession: string | undefined
  /** What was dialled in the media engine: the dialogue that the call is handed to. */
  readonly dialled: string | undefined
  /** What the INVITE carried in the header that names the subscriber's language. */
  readonly language: string | undefined
  /** Answers the call. From then on the caller pays, so that all it takes must be there. */
  answer(): Promise<'answered' | 'gone'>
  /** Plays clips one after the other, to the end. Keys do not cut them. */
  play(clips: readonly ClipFile[]): Promise<'played' | 'gone'>
  /**
   * One key. The clips are cut by it; the wait, in ms, begins at their end. A key typed ahead is taken
   * at once. `undefined`: no key came.
   */
  readKey(clips: readonly ClipFile[], waitMs: number): Promise<Key | undefined | 'gone'>
  /** Forgets the keys that were typed ahead. */
  flushKeys(): Promise<void>
  /** Ends the call; resolves when it is over, at the latest a little later. */
  hangup(): Promise<void>
  /** Refuses a call that was not answered. */
  refuse(): Promise<void>
  /** Told once, when the call is over; at once if it is already. */
  onGone(listener: (why: Gone) => void): void
}

/** The subscriber's language, where the call says it. */
export const languageOf = ({ language }: Pick<Channel, 'language'>): Language | undefined =>
  language === 'ja' || language === 'en' ? language : undefined
