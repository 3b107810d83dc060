import type { Pin } from '../domain/card.js'
import type { Language, Permission } from '../domain/charge-answer.js'
import { yen } from '../domain/yen.js'
import { type ClipFile, phrase, TONES } from '../guidance-audio/phrase.js'
import {
  afterKey,
  afterSilence,
  type BadFormat,
  type EntryStep,
  type KeyedNumber,
  NOTHING_KEYED,
} from './card-number-entry.js'
import {
  type EntryResult,
  guidanceFor,
  noticeOf,
  promptFor,
  type Sequel,
} from './charge-guidance.js'
import type { Action, Call, ChargeLimits, Event, State, Step } from './charge-states.js'
import { isDigit, type Key, parseKey } from './dialogue.js'

/** Chooses the other language during the welcome (requirements §4, «language»). */
const LANGUAGE_KEY = parseKey('9')

/** Asks for another card. */
const YES_KEY = parseKey('1')

/** A call that has just come in. It is answered before anything is asked (requirement N-04: ⑫ < ⑬). */
export const begin = (limits: ChargeLimits, language: Language): Step => [
  {
    at: 'answering',
    call: {
      limits,
      language,
      entries: 0,
      cards: 0,
      wrong: 0,
      missed: 0,
      mistyped: 0,
      greeted: false,
      closing: false,
    },
  },
  { type: 'answer' },
]

/**
 * The charge call as its caller lives it (seed 004 §3.2(2), Figure 3 ⑫ to ⑱; requirements §4).
 *
 *   answering ──► asking_permission ──locked, at cap──► telling ──► ended
 *                   │           ▲
 *           first card      next card (1)
 *                   ▼           └───────────────────────── asking_next_card ──else──► telling
 *               welcoming ──9──► choosing_language                ▲                (goodbye)
 *                   │                 │                           │ card done
 *                   └────► collecting ◄┘──number──► validating ──► telling ──► ended
 *                           │      ▲                                 │
 *                           └ again┘ ◄────────wrong number───────────┘
 *
 * Lock and cap are asked before any digit is asked for (requirement N-05), and again for each card.
 * `caller_gone` ends every state, and what was keyed by then is forgotten. `closing` lets what is
 * under way be told and asks nothing more. An event that a state does not list changes nothing: a
 * timer may fire just after it was stopped.
 *
 * Pure: timers are actions out and events in. A PIN is held from its first digit until the entry is
 * handed on, and nowhere after.
 *
 * `atMs` is the time since the call came in, monotonic.
 */
export function next(state: State, event: Event, atMs: number): Step {
  const { call } = state
  if (state.at === 'ended') return [state]
  if (event.type === 'caller_gone') return callerGone(state)
  if (event.type === 'closing') return [{ ...state, call: { ...call, closing: true } }]
  switch (state.at) {
    case 'answering':
      return event.type === 'answered' ? askPermission(call) : [state]
    case 'asking_permission':
      if (event.type === 'permission') return permitted(call, event.permission, atMs)
      if (event.type === 'permission_failed') return unavailable(call)
      return [state]
    case 'welcoming':
      if (event.type === 'key') return keyInWelcome(call, event.key, atMs)
      return event.type === 'no_key' ? askNumber(call, [], atMs) : [state]
    case 'choosing_language':
      if (event.type === 'key') return keyAfterNine(call, state.keyed, event.key, atMs)
      return event.type === 'no_key' ? inOtherLanguage(call, atMs) : [state]
    case 'collecting':
      if (event.type === 'key') return keyed(call, state.keyed, event.key, atMs)
      return event.type === 'no_key' ? entered(call, afterSilence(state.keyed), atMs) : [state]
    case 'validating':
      return validating(state, event)
    case 'telling':
      return event.type === 'played' ? heard(state, atMs) : [state]
    case 'asking_next_card':
      if (event.type === 'key' && event.key === YES_KEY) return anotherCard(call, atMs)
      return event.type === 'key' || event.type === 'no_key' ? goodbye(call) : [state]
  }
}

type Telling = State & { readonly at: 'telling' }

export const isOver = (state: State): boolean => state.at === 'ended'

// Beginning: ⑬ and the welcome.

const askPermission = (call: Call): Step => [
  { at: 'asking_permission', call },
  { type: 'ask_permission' },
]

function permitted(call: Call, permission: Permission, atMs: number): Step {
  switch (permission.outcome) {
    // seed 004 §2.3(1)②: a locked handset hears these words and nothing else, and keys nothing.
    case 'locked':
      return tell(call, phrase(call.language, 'locked'), 'locked')
    // Requirement §5.4: while the service brakes, who just keyed a wrong number calls again later.
    case 'must_wait':
      return tell(call, phrase(call.language, 'try-again-later'), 'must_wait')
    case 'at_month_cap': {
      const { cap } = permission
      return tell(call, phrase(call.language, 'month-cap-reached', { cap }), 'at_month_cap')
    }
    case 'permitted': {
      const known = { ...call, cap: yen(permission.registered + permission.remaining) }
      return call.greeted ? askNumber(known, [], atMs) : welcome(known, atMs)
    }
  }
}

/** Clips of the welcome; keys typed during it belong to the number, but for a 9 alone. */
function welcome(call: Call, atMs: number): Step {
  const { language, limits } = call
  const hint = limits.offerLanguage ? phrase(otherThan(language), 'language-hint') : []
  const clips = [...phrase(language, 'welcome'), ...hint]
  const greeted = { ...call, greeted: true }
  return (
    cutShort(greeted, atMs) ?? [
      { at: 'welcoming', call: greeted },
      { type: 'take_step', step: 14 },
      { type: 'read_key', clips, waitMs: limits.welcomeWaitMs },
    ]
  )
}

function keyInWelcome(call: Call, key: Key, atMs: number): Step {
  if (!isDigit(key)) return askNumber(call, [], atMs)
  if (key !== LANGUAGE_KEY || !call.limits.offerLanguage) {
    return keyed(call, NOTHING_KEYED, key, atMs)
  }
  const nine = { digits: key, count: 1, firstDigitAtMs: atMs }
  return [
    { at: 'choosing_language', call, keyed: nine },
    { type: 'read_key', clips: [], waitMs: call.limits.languageWaitMs },
  ]
}

/** A 9 and another digit begin a number; a 9 alone, or ended by `#`, chooses the language. */
const keyAfterNine = (call: Call, nine: KeyedNumber, key: Key, atMs: number): Step =>
  key === '#' ? inOtherLanguage(call, atMs) : keyed(call, nine, key, atMs)

function inOtherLanguage(call: Call, atMs: number): Step {
  const language = otherThan(call.language)
  return askNumber({ ...call, language }, phrase(language, 'welcome'), atMs)
}

const otherThan = (language: Language): Language => (language === 'ja' ? 'en' : 'ja')

// ⑭ and ⑮: the number.

/** Asks for a number, after `before`. */
function askNumber(call: Call, before: readonly ClipFile[], atMs: number): Step {
  const { language, limits, cards, wrong, missed } = call
  const prompt = promptFor(language, wrong + missed, cards === 0, limits.pinLength)
  return (
    cutShort(call, atMs) ?? [
      { at: 'collecting', call, keyed: NOTHING_KEYED },
      readKey(call, [...before, ...prompt], limits.firstDigitWaitMs, atMs),
    ]
  )
}

/** The same after a failure: what was typed in the meantime belongs to no number. */
function askAgain(call: Call, before: readonly ClipFile[], atMs: number): Step {
  const [state, ...actions] = askNumber(call, before, atMs)
  return [state, { type: 'flush_keys' }, ...actions]
}

const keyed = (call: Call, so: KeyedNumber, key: Key, atMs: number): Step =>
  entered(call, afterKey(so, key, atMs, call.limits), atMs)

function entered(call: Call, step: EntryStep, atMs: number): Step {
  if (step.outcome === 'complete') return validate(call, step.pin)
  const short = cutShort(call, atMs)
  if (short) return short
  switch (step.outcome) {
    case 'read_on':
      return [{ at: 'collecting', call, keyed: step.keyed }, readKey(call, [], step.waitMs, atMs)]
    case 'cleared':
      return [
        { at: 'collecting', call, keyed: NOTHING_KEYED },
        readKey(call, [TONES.cleared], call.limits.firstDigitWaitMs, atMs),
      ]
    case 'repeat_prompt':
      return askNumber(call, [], atMs)
    default:
      return missed(call, step.outcome, atMs)
  }
}

/** Wrong formats and silences are counted apart from wrong numbers (requirements §4, «tries»). */
function missed(call: Call, why: BadFormat, atMs: number): Step {
  const mistyped = why === 'no-input' ? call.mistyped : call.mistyped + 1
  const counted = { ...call, missed: call.missed + 1, mistyped }
  const clips = phrase(call.language, why)
  if (counted.missed < call.limits.tries) return askAgain(counted, clips, atMs)
  return tell(counted, [...clips, ...phrase(call.language, 'tries-over')], 'tries_over')
}

// ⑯ and ⑰: the answer.

function validate(call: Call, pin: Pin): Step {
  const entry = call.entries + 1
  return [
    { at: 'validating', call: { ...call, entries: entry }, sounds: 0 },
    { type: 'take_step', step: 15 },
    { type: 'start_comfort_timer', ms: call.limits.comfortAfterMs },
    { type: 'redeem', entry, pin },
  ]
}

/** A comfort sound is never cut: the result waits for its end. */
function validating(state: State & { at: 'validating' }, event: Event): Step {
  const { call, sounds, result } = state
  switch (event.type) {
    case 'result':
      if (sounds > 0) return [{ ...state, result: event.result }]
      return tellResult(call, event.result, { type: 'stop_comfort_timer' })
    case 'comfort_timer':
      return sounds === 0 ? comfort(call, 1) : [state]
    case 'played':
      return result ? tellResult(call, result) : comfort(call, sounds + 1)
    default:
      return [state]
  }
}

/** A tone, then words, then tones for as long as it takes. */
function comfort(call: Call, sounds: number): Step {
  const clips = sounds === 2 ? phrase(call.language, 'one-moment') : [TONES.comfort]
  return [
    { at: 'validating', call, sounds },
    { type: 'play', clips },
  ]
}

function tellResult(call: Call, result: EntryResult, ...before: Action[]): Step {
  const wrong = result.outcome === 'unusable' ? call.wrong + 1 : call.wrong
  const [clips, sequel] = guidanceFor(result, {
    ...call.limits,
    language: call.language,
    cap: call.cap,
    triesLeft: call.limits.tries - wrong,
  })
  const cards = sequel === 'ask_next_card' ? call.cards + 1 : call.cards
  const [state, ...actions] = tell({ ...call, wrong, cards }, clips, sequel)
  const charged = result.outcome === 'redeemed' || result.outcome === 'units_added'
  if (!charged) return [state, ...before, ...actions]
  return [{ ...state, charged }, ...before, { type: 'take_step', step: 17 }, ...actions]
}

/** Who hears a result to its end needs no receipt; who leaves before gets one (requirements §4). */
function heard({ call, sequel, charged }: Telling, atMs: number): Step {
  const [state, ...actions] = told(call, sequel, atMs)
  if (!charged) return [state, ...actions]
  return [state, { type: 'report_heard', entry: call.entries }, ...actions]
}

// ⑱: another card, or the end.

function told(call: Call, sequel: Sequel, atMs: number): Step {
  if (sequel === 'ask_number') return askAgain(call, [], atMs)
  if (sequel === 'ask_next_card') return askNextCard(call, atMs)
  return [{ at: 'ended', call, ending: { by: 'ivr', because: sequel } }, { type: 'hang_up' }]
}

/** Keys typed during the result are no answer to a question not yet heard (kazoo #1198). */
function askNextCard(call: Call, atMs: number): Step {
  const { language, limits } = call
  if (call.cards >= limits.cardsPerCall) {
    const over = phrase(language, 'cards-per-call', { cards: limits.cardsPerCall })
    return tell(call, [...over, ...phrase(language, 'goodbye')], 'cards_over')
  }
  if (call.closing) return tell(call, phrase(language, 'goodbye'), 'closing')
  return (
    cutShort(call, atMs) ?? [
      { at: 'asking_next_card', call },
      { type: 'flush_keys' },
      readKey(call, phrase(language, 'next-card'), limits.nextCardWaitMs, atMs),
    ]
  )
}

const anotherCard = (call: Call, atMs: number): Step => cutShort(call, atMs) ?? askPermission(call)

const goodbye = (call: Call): Step => tell(call, phrase(call.language, 'goodbye'), 'finished')

const unavailable = (call: Call): Step =>
  tell(call, phrase(call.language, 'try-again-later'), 'unavailable')

/** Says why nothing more is asked, where the program ends or the call's time is over. */
function cutShort(call: Call, atMs: number): Step | undefined {
  if (call.closing) return tell(call, phrase(call.language, 'try-again-later'), 'closing')
  if (atMs < call.limits.callTimeMs) return undefined
  return tell(call, phrase(call.language, 'call-time-over'), 'time_over')
}

const tell = (
  call: Call,
  clips: readonly ClipFile[],
  sequel: Sequel,
): readonly [Telling, ...Action[]] => [
  { at: 'telling', call, sequel },
  ...report(call, sequel),
  { type: 'play', clips },
]

/** Told as the last guidance begins, so that scp knows it before the call ends. */
function report(call: Call, sequel: Sequel): Action[] {
  const notice = noticeOf(sequel, call)
  return notice ? [{ type: 'report', notice, entries: call.entries }] : []
}

/** No wait goes beyond the call's time. */
const readKey = (
  { limits }: Call,
  clips: readonly ClipFile[],
  waitMs: number,
  atMs: number,
): Action => ({
  type: 'read_key',
  clips,
  waitMs: Math.min(waitMs, Math.max(0, limits.callTimeMs - atMs)),
})

function callerGone({ at, call }: State): Step {
  const stop: Action[] = at === 'validating' ? [{ type: 'stop_comfort_timer' }] : []
  return [{ at: 'ended', call, ending: { by: 'caller', during: at } }, ...stop]
}
