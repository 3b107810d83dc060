import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { FrameSource } from '../playback/frame-source.js'
import type { HeardFrame } from '../recording/heard-audio.js'
import type { HangupCause } from './hangup-cause.js'
import type { KeyToSend } from './keys-to-send.js'

/** Who calls whom, as the signalling told it. Texts of the caller's: never part of a command. */
export interface CallFacts {
  /** Number or name that the caller gives as its own. */
  readonly callerNumber: string
  readonly callerName: string
  /** What was dialled: the dialplan decides by it. */
  readonly destination: string
  /** Address that the signalling came from. */
  readonly networkAddress: string
  /** `sofia/internal/<user>@<host>`. */
  readonly channelName: string
  /** `sip_call_id`, `sip_h_X-…` and the like: the first variables of the channel. */
  readonly variables: ReadonlyMap<string, string>
}

/** How a digit reached us. */
export type DigitSource = 'RTP' | 'INFO' | 'INBAND_AUDIO' | 'APP'

/** Who ended the call and how, in FreeSWITCH's words (`sip_hangup_disposition`). */
export type HangupDisposition = 'recv_bye' | 'recv_cancel' | 'send_bye' | 'send_refuse'

/** What a leg tells its channel. */
export interface LegListener {
  digit(digit: Digit, durationUnits: number, source: DigitSource): void
  /** Variables that the signalling or the audio came to know. */
  learned(variables: ReadonlyMap<string, string>): void
  held(held: boolean): void
  /** The other side has hung up, or the leg cannot go on. Told once, and not after `end`. */
  ended(cause: HangupCause, disposition: HangupDisposition): void
}

/**
 * One call as a channel sees it: what it can do to the signalling and the audio, whatever carries them.
 * All but `end` do nothing once the call has ended.
 */
export interface CallLeg {
  readonly facts: CallFacts
  /** Where the leg tells what happens. Set as soon as there is a channel. */
  listen(listener: LegListener): void
  /** 180 Ringing. */
  ring(): void
  /** 183 with a description, so that audio flows before the answer; whether it now does. */
  early(): Promise<boolean>
  /** 200; whether audio now flows. Waits for the ACK when the offer is ours. */
  answer(): Promise<boolean>
  /** Refuses an unanswered call by a SIP status of the application's choice. */
  refuse(status: number, reason: string): void
  /** Ends the call: by the status that says the cause, or by BYE. */
  end(cause: HangupCause): HangupDisposition
  /** Sends a source's frames in place of those before; `drained` when the last was heard. */
  play(source: FrameSource | undefined, drained?: () => void): void
  /** Tells the audio of the caller, packet by packet as it comes; nobody any more when it is `undefined`. */
  hear(listener: ((frame: HeardFrame) => void) | undefined): void
  /** Sends keys to the caller, behind those that still wait; none where the caller takes none. */
  sendKeys(keys: readonly KeyToSend[]): void
  /**
   * Looks for keys in the sound, or no more. Never where telephone-event was agreed, which tells them better.
   */
  detectTones(on: boolean): void
  /** Audio counters, as variables of the hang-up. */
  audioCounts(): ReadonlyMap<string, string>
}
