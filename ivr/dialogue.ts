import type { ClipFile } from '../guidance-audio/phrase.js'

/** Every key a telephone can send (RFC 4733 §3.2, events 0 to 15). */
const KEYS = '0123456789*#ABCD'

/** One key that the caller pressed. Never logged: keys make up a PIN. */
export type Key = string & { readonly kind: 'key' }

/** Reads a key; `undefined` when it is none. */
export const parseKey = (text: string): Key | undefined =>
  text.length === 1 && KEYS.includes(text) ? (text as Key) : undefined

/** Whether a key is one of 0 to 9. */
export const isDigit = (key: Key): boolean => key >= '0' && key <= '9'

/** What any dialogue may do with the caller's line. Each of the first three is answered by an event. */
export type VoiceAction =
  /** Answered by `answered`. */
  | { readonly type: 'answer' }
  /** Plays to the end, whatever is keyed. Answered by `played`. */
  | { readonly type: 'play'; readonly clips: readonly ClipFile[] }
  /**
   * Plays, cut short by a key, then waits for one from the end of the clips. A key typed ahead is taken
   * at once. Answered by `key` or `no_key`.
   */
  | { readonly type: 'read_key'; readonly clips: readonly ClipFile[]; readonly waitMs: number }
  /** Forgets the keys that were typed ahead. */
  | { readonly type: 'flush_keys' }
  | { readonly type: 'hang_up' }

/** What any dialogue may be told. */
export type VoiceEvent =
  | { readonly type: 'answered' }
  | { readonly type: 'played' }
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'no_key' }
  /** The caller hung up, or the line was lost. */
  | { readonly type: 'caller_gone' }
  /** The program ends: the call is brought to its end soon, in order. */
  | { readonly type: 'closing' }

/** A dialogue as a pure state machine, ready to be driven (`call.ts`). */
export interface Dialogue<State, OwnEvent, OwnAction> {
  readonly begin: readonly [State, ...(VoiceAction | OwnAction)[]]
  /** `atMs` is the time since the call came in, monotonic. */
  next(
    state: State,
    event: VoiceEvent | OwnEvent,
    atMs: number,
  ): readonly [State, ...(VoiceAction | OwnAction)[]]
  isOver(state: State): boolean
}
