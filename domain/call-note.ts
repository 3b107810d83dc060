import type { EpochMs } from './clock.js'

/** Who takes part in a call, in the order in which a ladder shows them. */
export const CALL_PARTIES = ['handset', 'switch', 'scp', 'media', 'ivr', 'crs'] as const
export type CallParty = (typeof CALL_PARTIES)[number]

/**
 * The names under which the programs know one call: its Call-ID between phone and switch, between switch and
 * MCSCP, and between MCSCP and media engine; and its call session. A note that has two of them says that
 * they are one call's.
 */
export const CALL_NAMES = ['phone', 'mcscp', 'session', 'media'] as const
export type CallNames = Readonly<Partial<Record<(typeof CALL_NAMES)[number], string>>>

/** What a program notes of a call as it goes: for people who watch, and for nothing else. */
export type CallNote =
  /** A step of Figure 3 was taken. */
  | { readonly type: 'step'; readonly call: CallNames; readonly step: number }
  /** The MCSCP let the call in. */
  | {
      readonly type: 'let_in'
      readonly call: CallNames
      readonly scenario: string
      readonly kind: string
      readonly msisdn: string
    }
  /** One told another something that is no SIP; nothing of what was keyed. */
  | {
      readonly type: 'told'
      readonly call: CallNames
      readonly from: CallParty
      readonly to: CallParty
      readonly what: string
    }
  /** The two names are one call's. */
  | { readonly type: 'linked'; readonly call: CallNames }
  /** The program that notes it has nothing more to do with the call. */
  | { readonly type: 'ended'; readonly call: CallNames }

/** A note in a program's trail; places grow, and `at` is by the machine's clock, as log lines are. */
export type PlacedNote = CallNote & { readonly place: number; readonly at: EpochMs }

/** A SIP message as a signalling engine saw it pass, keys and credentials made `x`. */
export interface SeenMessage {
  readonly place: number
  readonly at: EpochMs
  readonly callId: string
  readonly direction: 'in' | 'out'
  /** The whole message, or its beginning. */
  readonly text: string
}
