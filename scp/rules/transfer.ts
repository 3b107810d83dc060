import { FILES_TOGETHER_MAX } from '../../domain/deliveries.js'
import type { JstDay } from '../../domain/jst.js'

/**
 * The sending side of the road to CRS (seed 004 §3.2(3) ⑳ ㉑, §4.2; docs/formats/transfer-to-crs.md):
 * closed files go in order, each until it is acknowledged. The first goes alone, and so does whatever
 * follows a trouble; as long as all goes well, those that wait go several in one request.
 *
 *   resting ──written──► finding ──found──► sending ──acknowledged──► finding
 *      ▲                    │                │ │  ▲
 *      └───────nothing──────┘         refused│ │  └──gap: from where CRS says
 *                                            │ └──failed──► waiting ──timer──► finding
 *                              stopped ◄─────┘
 *                                 └──written──► finding
 *
 * Pure: an action starts the one timer, an event says that it fired. What a state does not list changes
 * nothing.
 */
export type State =
  /** All that is written is acknowledged. */
  | { readonly name: 'resting' }
  /** The store is asked what comes next; `again`: something was written meanwhile. */
  | { readonly name: 'finding'; readonly from: From; readonly again: boolean }
  | { readonly name: 'sending'; readonly dues: Dues; readonly afterGap: boolean }
  | { readonly name: 'waiting'; readonly from: From }
  /** CRS refuses: the next quarter-hour asks again. */
  | { readonly name: 'stopped'; readonly due: Due }

/** What a node owes CRS: a quarter-hour file by its number, or the close of a day. */
export type Due = number | JstDay

/** What goes in one request, in order. */
export type Dues = readonly [Due, ...Due[]]

/** Where to go on: at the first file that is not acknowledged, with one file, or after one. */
export type From = 'first' | { readonly at: Due } | { readonly after: Due }

/** Why a file is not taken though it came whole, by fault code; each needs a person. */
export type Refusal =
  | 'CONTENT_CHANGED'
  | 'FILE_MALFORMED'
  | 'DAY_CLOSE_DIFFERS'
  | 'CLOSED_FILE_CHANGED'

/** Why nothing is known of a file, by fault code; it is sent again by itself. */
export type Failure =
  | 'PEER_UNREACHABLE'
  | 'PEER_ANSWER_INVALID'
  | 'SIGNATURE_WRONG'
  | 'STORE_FAILED'
  | 'OVERLOADED'
  | 'FOLDER_NOT_WRITABLE'

export type Event =
  /** A quarter-hour was closed and its file is on disk. */
  | { readonly type: 'written' }
  | { readonly type: 'found'; readonly dues: Dues | undefined }
  /** The acknowledgements are on disk, of what was sent up to there. */
  | { readonly type: 'acknowledged'; readonly through: Due }
  | { readonly type: 'gap'; readonly expected: Due }
  | { readonly type: 'refused'; readonly because: Refusal }
  | { readonly type: 'failed'; readonly because: Failure }
  | { readonly type: 'timer' }

export type Action =
  /** Asks for what comes next, and for `max` files at most. */
  | { readonly type: 'find'; readonly from: From; readonly max: number }
  | { readonly type: 'send'; readonly dues: Dues }
  | { readonly type: 'start_timer'; readonly ms: number }
  | { readonly type: 'raise_alarm'; readonly code: Refusal | Failure }
  | { readonly type: 'clear_alarm'; readonly code: Refusal | Failure }

/** What outlasts the states: failures in a row, and the alarm that stands. */
export interface Troubles {
  readonly failures: number
  readonly alarm: Refusal | Failure | undefined
}

export interface Sending {
  readonly state: State
  readonly troubles: Troubles
}

export type Step = readonly [Sending, ...Action[]]

/** At start: whatever the last run left unacknowledged. */
export const begin: Step = [
  {
    state: { name: 'finding', from: 'first', again: false },
    troubles: { failures: 0, alarm: undefined },
  },
  { type: 'find', from: 'first', max: 1 },
]

/** Pause before a request is made again: 1, 2, 4 … at most 60 s. */
export const pauseMs = (failures: number): number => Math.min(60_000, 1_000 * 2 ** (failures - 1))

/** Failures in a row after which an alarm is raised: half a minute of silence. */
const ALARM_AT = 5

export function next({ state, troubles }: Sending, event: Event): Step {
  switch (state.name) {
    case 'resting':
      return event.type === 'written' ? find('first', troubles) : [{ state, troubles }]
    case 'finding':
      return whileFinding(state, troubles, event)
    case 'sending':
      return whileSending(state, troubles, event)
    case 'waiting':
      return event.type === 'timer' ? find(state.from, troubles) : [{ state, troubles }]
    case 'stopped':
      // «A node that stopped looks again at every new quarter-hour, so a repaired CRS needs no command.»
      return event.type === 'written' ? find({ at: state.due }, troubles) : [{ state, troubles }]
  }
}

function find(from: From, troubles: Troubles, max = 1): Step {
  return [
    { state: { name: 'finding', from, again: false }, troubles },
    { type: 'find', from, max },
  ]
}

function whileFinding(
  state: Extract<State, { name: 'finding' }>,
  troubles: Troubles,
  event: Event,
): Step {
  switch (event.type) {
    case 'written':
      return [{ state: { ...state, again: true }, troubles }]
    case 'found':
      if (event.dues !== undefined) return send(event.dues, false, troubles)
      return state.again ? find(state.from, troubles) : [{ state: { name: 'resting' }, troubles }]
    case 'failed':
      return failed(state.from, event.because, troubles)
    default:
      return [{ state, troubles }]
  }
}

const send = (dues: Dues, afterGap: boolean, troubles: Troubles): Step => [
  { state: { name: 'sending', dues, afterGap }, troubles },
  { type: 'send', dues },
]

function whileSending(
  state: Extract<State, { name: 'sending' }>,
  troubles: Troubles,
  event: Event,
): Step {
  const { dues, afterGap } = state
  const [due] = dues
  switch (event.type) {
    case 'acknowledged':
      return acknowledged(event.through, dues, troubles)
    case 'gap':
      // «sends again from there»; a second gap at once is no way forward, so it waits in between.
      if (afterGap || event.expected === due) {
        return failed({ at: event.expected }, 'PEER_ANSWER_INVALID', troubles)
      }
      return send([event.expected], true, troubles)
    case 'refused':
      return refused(due, event.because, troubles)
    case 'failed':
      return failed({ at: due }, event.because, troubles)
    default:
      return [{ state, troubles }]
  }
}

function acknowledged(through: Due, dues: Dues, { alarm }: Troubles): Step {
  // What stopped CRS half-way is learnt from the next file alone.
  const max = through === dues.at(-1) ? FILES_TOGETHER_MAX : 1
  const [sending, ...actions] = find({ after: through }, { failures: 0, alarm: undefined }, max)
  return alarm ? [sending, { type: 'clear_alarm', code: alarm }, ...actions] : [sending, ...actions]
}

function refused(due: Due, because: Refusal, { alarm }: Troubles): Step {
  const stopped = {
    state: { name: 'stopped', due },
    troubles: { failures: 0, alarm: because },
  } as const
  return alarm === because ? [stopped] : [stopped, { type: 'raise_alarm', code: because }]
}

function failed(from: From, because: Failure, { failures: before, alarm }: Troubles): Step {
  const failures = before + 1
  // A wrong key does not mend itself, so nobody need wait to be told.
  const telling = alarm !== because && (failures >= ALARM_AT || because === 'SIGNATURE_WRONG')
  const waiting: Sending = {
    state: { name: 'waiting', from },
    troubles: { failures, alarm: telling ? because : alarm },
  }
  const timer: Action = { type: 'start_timer', ms: pauseMs(failures) }
  return telling ? [waiting, { type: 'raise_alarm', code: because }, timer] : [waiting, timer]
}
