import type { CallParty } from '../../domain/call-note.js'

/** A call as the list of calls shows it. Moments are ms by the machine's clock, as log lines are. */
export interface CallRow {
  /** Names the call to who asks for its ladder. */
  readonly id: string
  /** The subscriber's number; masked for who may not see numbers; absent before the MCSCP knows it. */
  readonly caller?: string
  readonly kind?: string
  readonly scenario?: string
  readonly beganAt: number
  readonly endedAt?: number
  /** The newest step of Figure 3, from 1 to 21, and when it was taken. */
  readonly step?: number
  readonly steppedAt?: number
}

/** The calls in progress, and those that ended last. */
export interface CallList {
  /** When it was told, so that a page can tell how long ago things are. */
  readonly at: number
  readonly inProgress: number
  readonly rows: readonly CallRow[]
  /** Programs that gave no answer when they were asked last. */
  readonly silent: readonly string[]
}

/** How a line of a ladder was told. */
export type LadderWay = 'sip' | 'event-socket' | 'http' | 'step'

/** One line of a call's ladder. */
export interface LadderLine {
  readonly at: number
  readonly way: LadderWay
  readonly from: CallParty
  readonly to: CallParty
  /** `INVITE`, `180 Ringing`, `playback ja/welcome`; of a step nothing: its words stand in the glossary. */
  readonly what: string
  readonly step?: number
  /** What the caller hears, in the words of the guidance, where it is played now. */
  readonly says?: string
  /** A SIP message as it passed, keys and credentials made `x`; only for who may see numbers. */
  readonly text?: string
}

/** A call and all that passed between those who take part in it, oldest first. */
export interface CallLadder {
  readonly row: CallRow
  /** Its Call-ID at the MCSCP, by which the charge-operation log knows it. */
  readonly callId?: string
  readonly lines: readonly LadderLine[]
}

export type CallMessage =
  | ({ readonly type: 'calls' } & CallList)
  | { readonly type: 'ladder'; readonly ladder: CallLadder | null }
