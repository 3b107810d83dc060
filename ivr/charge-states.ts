import type { CallNotice } from '../domain/call-notice.js'
import type { Pin } from '../domain/card.js'
import type { Language, Permission } from '../domain/charge-answer.js'
import type { Yen } from '../domain/yen.js'
import type { EntryLimits, KeyedNumber } from './card-number-entry.js'
import type { EntryResult, HangUpReason, Sequel } from './charge-guidance.js'
import type { VoiceAction, VoiceEvent } from './dialogue.js'

/** Where a charge call stands; the diagram is at `next` (`charge-dialogue.ts`). */
export type State =
  | { readonly at: 'answering'; readonly call: Call }
  | { readonly at: 'asking_permission'; readonly call: Call }
  | { readonly at: 'welcoming'; readonly call: Call }
  /** A 9 was keyed during the welcome: the other language, or the beginning of a number. */
  | { readonly at: 'choosing_language'; readonly call: Call; readonly keyed: KeyedNumber }
  | { readonly at: 'collecting'; readonly call: Call; readonly keyed: KeyedNumber }
  /** `sounds` counts the comfort sounds begun; `result` waits for the one that plays. */
  | {
      readonly at: 'validating'
      readonly call: Call
      readonly sounds: number
      readonly result?: EntryResult
    }
  /** `charged`: a card that was just charged is told of. */
  | {
      readonly at: 'telling'
      readonly call: Call
      readonly sequel: Sequel
      readonly charged?: true
    }
  | { readonly at: 'asking_next_card'; readonly call: Call }
  | { readonly at: 'ended'; readonly call: Call; readonly ending: Ending }

/** Who ended the call, and where it stood. */
export type Ending =
  | { readonly by: 'caller'; readonly during: State['at'] }
  | { readonly by: 'ivr'; readonly because: HangUpReason }

export type Event = VoiceEvent | ChargeEvent

export type ChargeEvent =
  /** ⑬ was answered. */
  | { readonly type: 'permission'; readonly permission: Permission }
  /** ⑬ could not be asked. */
  | { readonly type: 'permission_failed' }
  /** ⑯ was answered, or it is known that it will not be. */
  | { readonly type: 'result'; readonly result: EntryResult }
  | { readonly type: 'comfort_timer' }

export type Action = VoiceAction | ChargeAction

export type ChargeAction =
  | { readonly type: 'ask_permission' }
  | { readonly type: 'redeem'; readonly entry: number; readonly pin: Pin }
  | { readonly type: 'start_comfort_timer'; readonly ms: number }
  | { readonly type: 'stop_comfort_timer' }
  /** A step of Figure 3 was taken. */
  | { readonly type: 'take_step'; readonly step: 14 | 15 | 17 }
  /** The result of a charge was heard to its end; else a receipt is owed (requirements §4). */
  | { readonly type: 'report_heard'; readonly entry: number }
  /** The caller is told why the call ends; scp cannot know it. */
  | { readonly type: 'report'; readonly notice: CallNotice; readonly entries: number }

export type Step = readonly [State, ...Action[]]

/** Every limit of a charge call; fixed when the call begins. */
export interface ChargeLimits extends EntryLimits {
  /** Most numbers of a wrong format a call, silence included; and, apart, most wrong numbers. */
  readonly tries: number
  /** Most cards a call. */
  readonly cardsPerCall: number
  /** Longest silence after the question for another card, in ms. */
  readonly nextCardWaitMs: number
  /** Pause after the welcome in which a 9 may still choose the language, in ms. */
  readonly welcomeWaitMs: number
  /** Silence after a 9 that makes it the choice of a language, in ms. */
  readonly languageWaitMs: number
  /** Validation longer than this is not left silent, in ms. */
  readonly comfortAfterMs: number
  /** After this much of a call nothing more is asked, in ms. */
  readonly callTimeMs: number
  /** Whether the other language is offered. */
  readonly offerLanguage: boolean
  readonly sayRoomLeft: boolean
  readonly sayTriesLeft: boolean
}

/** What a call has come to. */
export interface Call {
  readonly limits: ChargeLimits
  readonly language: Language
  /** Card numbers handed on, counted from 1. */
  readonly entries: number
  /** Cards dealt with: registered, found registered before, or too much for this month. */
  readonly cards: number
  /** Numbers that scp refused. */
  readonly wrong: number
  /** Silences and wrong formats. */
  readonly missed: number
  /** Those of them in which something was keyed. */
  readonly mistyped: number
  readonly cap?: Yen
  readonly greeted: boolean
  readonly closing: boolean
}
