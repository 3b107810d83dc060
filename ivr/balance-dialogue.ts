import type { Language } from '../domain/charge-answer.js'
import { type ClipFile, phrase } from '../guidance-audio/phrase.js'
import { type Tellable, tellingOf } from './balance-guidance.js'
import { type Key, parseKey, type VoiceAction, type VoiceEvent } from './dialogue.js'

/** Every limit of a 157 call; fixed when the call begins. */
export interface BalanceLimits {
  /** Pause after the welcome in which a 9 chooses the language, in ms. */
  readonly welcomeWaitMs: number
  /** Longest silence after all was told, in ms. */
  readonly repeatWaitMs: number
  /** After this much of a call nothing more is told, in ms. */
  readonly callTimeMs: number
  /** Whether the other language is offered. */
  readonly offerLanguage: boolean
}

/** Where a 157 call stands; the diagram is at `next`. */
export type State =
  | { readonly at: 'answering'; readonly call: Call }
  | { readonly at: 'welcoming'; readonly call: Call }
  /** Welcomed, and the answer is not there yet. `spoken`: the caller has been asked to wait. */
  | { readonly at: 'waiting'; readonly call: Call; readonly spoken: boolean }
  | { readonly at: 'telling'; readonly call: Call }
  | { readonly at: 'asking_repeat'; readonly call: Call }
  | { readonly at: 'last_words'; readonly call: Call; readonly because: HangUpReason }
  | { readonly at: 'ended'; readonly call: Call; readonly ending: Ending }

/** Why the dialogue ends the call. */
export type HangUpReason = 'finished' | 'unavailable' | 'time_over' | 'closing'

/** Who ended the call, and where it stood. */
export type Ending =
  | { readonly by: 'caller'; readonly during: State['at'] }
  | { readonly by: 'ivr'; readonly because: HangUpReason }

export type BalanceEvent =
  /** What there is to tell. */
  | { readonly type: 'answer'; readonly tellable: Tellable }
  /** scp gave no answer, so that nothing can be told. */
  | { readonly type: 'no_answer' }

export type BalanceAction = { readonly type: 'ask_balance' }

export type Event = VoiceEvent | BalanceEvent
export type Action = VoiceAction | BalanceAction
export type Step = readonly [State, ...Action[]]

/** What a call has come to. */
export interface Call {
  readonly limits: BalanceLimits
  readonly language: Language
  /** How often all was told, or begun to be. */
  readonly told: number
  readonly answer?: Tellable | 'none'
  readonly closing: boolean
}

/** Chooses the other language (requirements §4, «language»). */
const LANGUAGE_KEY = parseKey('9')

/** Asks for everything once more. */
const AGAIN_KEY = parseKey('1')

/** A call that has just come in. */
export const begin = (limits: BalanceLimits, language: Language): Step => [
  { at: 'answering', call: { limits, language, told: 0, closing: false } },
  { type: 'answer' },
]

/**
 * The call to 157 (seed 004 §2.3(4)③; requirements S-29, S-30, A-05, §7.10).
 *
 *   answering ──► welcoming ──► telling ──silence──► last_words ──► ended
 *                   │   │        ▲ ▲ └─1, 9: again─┐      ▲
 *                   │   └answer──┘ └───────────────┤      │
 *                   └no answer yet──► waiting      └──other key──► asking_repeat
 *
 * What is told is asked for while the caller is welcomed. 9 changes the language in the welcome, and later
 * tells everything again in the other one. Any key cuts what is told: 1 begins it again, another key leads to
 * the question that is at its end. `caller_gone` ends every state; an event that a state does not list
 * changes nothing. Pure; `atMs` is the time since the call came in, monotonic.
 */
export function next(state: State, event: Event, atMs: number): Step {
  const { call } = state
  if (state.at === 'ended') return [state]
  if (event.type === 'caller_gone') {
    return [{ at: 'ended', call, ending: { by: 'caller', during: state.at } }]
  }
  if (event.type === 'closing') return [{ ...state, call: { ...call, closing: true } }]
  if (event.type === 'answer') return answered(state, event.tellable, atMs)
  if (event.type === 'no_answer') return answered(state, 'none', atMs)
  switch (state.at) {
    case 'answering':
      return event.type === 'answered' ? welcome(call) : [state]
    case 'welcoming':
      if (event.type === 'key') return keyInWelcome(call, event.key, atMs)
      return event.type === 'no_key' ? tell(call, atMs) : [state]
    case 'waiting':
      if (event.type !== 'played') return [state]
      return call.answer ? tell(call, atMs) : [{ ...state, spoken: true }]
    case 'telling':
      if (event.type === 'key') return keyed(call, event.key, atMs) ?? askRepeat(call, atMs)
      return event.type === 'no_key' ? goodbye(call) : [state]
    case 'asking_repeat':
      if (event.type === 'key') return keyed(call, event.key, atMs) ?? goodbye(call)
      return event.type === 'no_key' ? goodbye(call) : [state]
    case 'last_words':
      if (event.type !== 'played') return [state]
      return [
        { at: 'ended', call, ending: { by: 'ivr', because: state.because } },
        { type: 'hang_up' },
      ]
  }
}

export const isOver = (state: State): boolean => state.at === 'ended'

function welcome(call: Call): Step {
  const { language, limits } = call
  const hint = limits.offerLanguage ? phrase(otherThan(language), 'language-hint') : []
  return [
    { at: 'welcoming', call },
    { type: 'ask_balance' },
    {
      type: 'read_key',
      clips: [...phrase(language, 'balance-welcome'), ...hint],
      waitMs: limits.welcomeWaitMs,
    },
  ]
}

/** In the welcome, 9 chooses the language, as in the charge call; any other key goes on. */
function keyInWelcome(call: Call, key: Key, atMs: number): Step {
  if (key !== LANGUAGE_KEY || !call.limits.offerLanguage) return tell(call, atMs)
  const language = otherThan(call.language)
  const clips = phrase(language, 'balance-welcome')
  return [
    { at: 'welcoming', call: { ...call, language } },
    { type: 'read_key', clips, waitMs: 1 },
  ]
}

function answered(state: State, answer: Tellable | 'none', atMs: number): Step {
  const call = { ...state.call, answer }
  if (state.at === 'waiting' && state.spoken) return tell(call, atMs)
  return [{ ...state, call }]
}

/** Tells everything, or asks to wait for it. */
function tell(call: Call, atMs: number): Step {
  const { answer, language, limits } = call
  const short = cutShort(call, atMs)
  if (short) return short
  if (answer === undefined) {
    return [
      { at: 'waiting', call, spoken: false },
      { type: 'play', clips: phrase(language, 'one-moment') },
    ]
  }
  if (answer === 'none')
    return lastWords(call, phrase(language, 'balance-unavailable'), 'unavailable')
  const clips = [...tellingOf(answer, language), ...phrase(language, 'balance-repeat')]
  return [
    { at: 'telling', call: { ...call, told: call.told + 1 } },
    { type: 'read_key', clips, waitMs: limits.repeatWaitMs },
  ]
}

/** What 1 and 9 do once all was told; `undefined` for other keys. */
function keyed(call: Call, key: Key, atMs: number): Step | undefined {
  if (key === AGAIN_KEY) return tell(call, atMs)
  if (key !== LANGUAGE_KEY || !call.limits.offerLanguage) return undefined
  return tell({ ...call, language: otherThan(call.language) }, atMs)
}

function askRepeat(call: Call, atMs: number): Step {
  const { language, limits } = call
  return (
    cutShort(call, atMs) ?? [
      { at: 'asking_repeat', call },
      {
        type: 'read_key',
        clips: phrase(language, 'balance-repeat'),
        waitMs: limits.repeatWaitMs,
      },
    ]
  )
}

const goodbye = (call: Call): Step =>
  lastWords(call, phrase(call.language, 'goodbye'), call.closing ? 'closing' : 'finished')

/** Says why nothing more is told, where the program ends or the call's time is over. */
function cutShort(call: Call, atMs: number): Step | undefined {
  if (call.closing) return lastWords(call, phrase(call.language, 'goodbye'), 'closing')
  if (atMs < call.limits.callTimeMs) return undefined
  return lastWords(call, phrase(call.language, 'call-time-over'), 'time_over')
}

const lastWords = (call: Call, clips: readonly ClipFile[], because: HangUpReason): Step => [
  { at: 'last_words', call, because },
  { type: 'play', clips },
]

const otherThan = (language: Language): Language => (language === 'ja' ? 'en' : 'ja')
