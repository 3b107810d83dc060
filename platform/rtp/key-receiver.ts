import { timestampDistance } from './packet.js'
import { type Digit, LONGEST_EVENT, type TelephoneEvent } from './telephone-event.js'

/**
 * The receiver of keys sent as RTP (RFC 4733): makes one digit of the many packets of one key press,
 * whatever the network loses, doubles or reorders.
 *
 *   idle ──packet──► pressed ──end, quiet, or a later press──► idle, one digit
 *                       └──packet of the same press──► pressed
 *
 * All packets of a key press carry the timestamp of its beginning (RFC 4733 §2.5.1.2), so that the
 * timestamp names the press. Packets of a press at or before the last one reported are late copies.
 *
 * Pure: `start_quiet_timer` (restarting it if it runs) and `stop_quiet_timer` are actions, `quiet` says
 * it fired. What is remembered is of one source (SSRC); a new source begins with `silent`.
 */
export interface ReceiverState {
  readonly pressed?: Pressed
  /** Timestamp of the newest segment of the last press reported; that and older ones are late copies. */
  readonly reportedThrough?: number
  /** The digit reported last, where its end was not seen: the key may still be down. */
  readonly unfinished?: Digit
}

/** A key press that has been seen but not reported. */
interface Pressed {
  readonly digit: Digit
  /** Timestamp that names the press: of its first segment. */
  readonly timestamp: number
  /** Timestamp of the segment in progress. */
  readonly segment: number
  /** Duration of the segments before this one. */
  readonly before: number
  /** Longest duration seen in this segment. */
  readonly duration: number
}

export type ReceiverEvent =
  | { readonly type: 'packet'; readonly timestamp: number; readonly event: TelephoneEvent }
  | { readonly type: 'quiet' }

export type ReceiverAction =
  | { readonly type: 'pressed'; readonly digit: Digit }
  | { readonly type: 'digit'; readonly digit: Digit; readonly duration: number }
  | { readonly type: 'start_quiet_timer' }
  | { readonly type: 'stop_quiet_timer' }

export type ReceiverStep = readonly [ReceiverState, ...ReceiverAction[]]

/** Nothing received yet. */
export const silent: ReceiverState = {}

/**
 * How long after the last packet of an unfinished press its end counts as lost. Senders repeat packets
 * every 20 to 60 ms, so this bears two lost in a row; ending too early costs only the stated duration.
 */
export const QUIET_MS = 150

/**
 * A timestamp further back than this is no late copy but a sender that began a new time line without a
 * new SSRC: 5 s, far beyond what a network reorders.
 */
const OLDEST_COPY = 5 * 8_000

/** What a packet, or the lack of any, means. */
export function next(state: ReceiverState, event: ReceiverEvent): ReceiverStep {
  const { pressed } = state
  if (event.type === 'quiet') return pressed ? report(pressed, false) : [state]
  if (pressed) return whilePressed(pressed, state, event.timestamp, event.event)
  if (isLateCopy(state, event.timestamp)) return [state]
  if (isRestOfReported(state, event.timestamp, event.event)) {
    return [{ ...state, reportedThrough: event.timestamp }]
  }
  return begin(state, event.timestamp, event.event)
}

function whilePressed(
  pressed: Pressed,
  state: ReceiverState,
  timestamp: number,
  event: TelephoneEvent,
): ReceiverStep {
  const distance = timestampDistance(pressed.segment, timestamp)
  if (distance === 0) return goOn(state, pressed, event)
  if (distance === LONGEST_EVENT && event.digit === pressed.digit) {
    return goOn(state, nextSegment(pressed, timestamp), event)
  }
  const ofEarlierSegment = distance < 0 && timestampDistance(pressed.timestamp, timestamp) >= 0
  if (ofEarlierSegment || isLateCopy(state, timestamp)) return [state]
  if (distance > 0 || distance <= -OLDEST_COPY) {
    // A later press has begun, so that the end of this one was lost.
    const [reported, ...actions] = report(pressed, false)
    const [begun, ...more] = begin(reported, timestamp, event)
    return [begun, ...actions, ...more]
  }
  // A press before the one in progress, all of whose other packets were lost: it goes first.
  const { digit, duration } = event
  return [
    { pressed, reportedThrough: timestamp },
    { type: 'digit', digit, duration },
  ]
}

const isLateCopy = ({ reportedThrough }: ReceiverState, timestamp: number): boolean => {
  if (reportedThrough === undefined) return false
  const distance = timestampDistance(reportedThrough, timestamp)
  return distance <= 0 && distance > -OLDEST_COPY
}

/** A further segment of a long press that was already reported, when it fell quiet. */
const isRestOfReported = (
  { reportedThrough, unfinished }: ReceiverState,
  timestamp: number,
  event: TelephoneEvent,
): boolean =>
  reportedThrough !== undefined &&
  unfinished === event.digit &&
  timestampDistance(reportedThrough, timestamp) === LONGEST_EVENT

function begin(state: ReceiverState, timestamp: number, event: TelephoneEvent): ReceiverStep {
  const { digit, duration } = event
  const pressed = { digit, timestamp, segment: timestamp, before: 0, duration }
  const [after, ...actions] = goOn(state, pressed, event)
  return [after, { type: 'pressed', digit }, ...actions]
}

function goOn(state: ReceiverState, pressed: Pressed, event: TelephoneEvent): ReceiverStep {
  // Two codes under one timestamp cannot both be true; the first seen stands.
  if (event.digit !== pressed.digit) return [state]
  const longer = { ...pressed, duration: Math.max(pressed.duration, event.duration) }
  return event.end
    ? report(longer, true)
    : [{ ...state, pressed: longer }, { type: 'start_quiet_timer' }]
}

/**
 * RFC 4733 §2.5.1.3: an event longer than the duration field can state is a series of contiguous
 * segments, each beginning where the one before reached the longest duration.
 */
const nextSegment = (pressed: Pressed, timestamp: number): Pressed => ({
  ...pressed,
  segment: timestamp,
  before: pressed.before + LONGEST_EVENT,
  duration: 0,
})

const report = (pressed: Pressed, ended: boolean): ReceiverStep => [
  { reportedThrough: pressed.segment, ...(ended ? {} : { unfinished: pressed.digit }) },
  { type: 'stop_quiet_timer' },
  { type: 'digit', digit: pressed.digit, duration: pressed.before + pressed.duration },
]
