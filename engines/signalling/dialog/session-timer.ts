import type { Headers } from '../sip/headers.js'

/** RFC 4028 §4: the least interval anyone may ask for, in seconds. */
export const MIN_SESSION_S = 90

/** Who sends the refreshes, as a Session-Expires says it: the client or server of that transaction. */
export type Refresher = 'uac' | 'uas'

/** A Session-Expires value (RFC 4028 §4). */
export interface SessionExpires {
  readonly intervalS: number
  readonly refresher: Refresher | undefined
}

/** The agreement that one 2xx made. */
export interface SessionTimer {
  readonly intervalS: number
  /** Whether the refreshes are ours to send. */
  readonly ours: boolean
}

/** Reads a Session-Expires; `undefined` when there is none, or it is malformed. */
export function sessionExpiresOf(headers: Headers): SessionExpires | undefined {
  const match = /^\s*(\d{1,9})\s*(;.*)?$/.exec(headers.get('Session-Expires') ?? '')
  if (!match) return undefined
  const refresher = /;\s*refresher\s*=\s*(ua[cs])\b/i.exec(match[2] ?? '')?.[1]?.toLowerCase()
  return {
    intervalS: Number(match[1]),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  }
}

/**
 * Whether an INVITE or UPDATE asks for less than anyone may (RFC 4028 §9): it is answered 422 with our
 * Min-SE, if its sender knows what that means.
 */
export const asksTooLittle = (request: Headers): boolean =>
  supportsTimer(request) && (sessionExpiresOf(request)?.intervalS ?? MIN_SESSION_S) < MIN_SESSION_S

/** What the server of an INVITE or UPDATE puts into its 2xx (RFC 4028 §9, Table 2). */
export interface SessionAnswer {
  readonly timer: SessionTimer
  /** Value of Session-Expires. */
  readonly sessionExpires: string
  /** RFC 4028 §9: if the refresher is `uac`, the 2xx requires `timer`. */
  readonly requiresTimer: boolean
}

/**
 * The session timer of our 2xx: what its maker wishes, else the one that is running, within what the
 * request allows; else what the request asks for. `undefined`: there is none.
 */
export function answerSession(
  request: Headers,
  answer: Headers,
  running: SessionTimer | undefined,
): SessionAnswer | undefined {
  const asked = sessionExpiresOf(request)
  const wished = sessionExpiresOf(answer) ?? continued(running)
  if (!asked && !wished) return undefined
  const known = supportsTimer(request)
  const intervalS = intervalOf(asked, wished, minSeOf(request))
  // Table 2: without support only we can refresh; who was named is kept; else it is ours to choose.
  const refresher = known ? (asked?.refresher ?? wished?.refresher ?? 'uac') : 'uas'
  return {
    timer: { intervalS, ours: refresher === 'uas' },
    sessionExpires: `${intervalS};refresher=${refresher}`,
    requiresTimer: refresher === 'uac',
  }
}

/** The session timer that the peer's 2xx to our INVITE or UPDATE agreed to (RFC 4028 §7.2). */
export function agreedSession(answer: Headers): SessionTimer | undefined {
  const agreed = sessionExpiresOf(answer)
  if (!agreed) return undefined
  const intervalS = Math.max(agreed.intervalS, MIN_SESSION_S)
  // §7.2: a 2xx must name the refresher; if it does not, it is safe to do the work ourselves.
  return { intervalS, ours: agreed.refresher !== 'uas' }
}

/** RFC 4028 §10: the refresher sends its refresh once half the interval has passed. */
export const refreshAfterMs = ({ intervalS }: SessionTimer): number => (intervalS * 1_000) / 2

/** RFC 4028 §10: BYE at the latest a third of the interval before its end, but no more than 32 s. */
export const expireAfterMs = ({ intervalS }: SessionTimer): number =>
  (intervalS - Math.min(32, intervalS / 3)) * 1_000

/** A timer that is running goes on with the same refresher. */
const continued = (running: SessionTimer | undefined): SessionExpires | undefined =>
  running && { intervalS: running.intervalS, refresher: running.ours ? 'uas' : 'uac' }

const supportsTimer = (headers: Headers): boolean =>
  headers.all('Supported').includes('timer') || headers.all('Require').includes('timer')

function minSeOf(headers: Headers): number {
  const value = Number.parseInt(headers.get('Min-SE') ?? '', 10)
  return Number.isSafeInteger(value) ? Math.max(value, MIN_SESSION_S) : MIN_SESSION_S
}

/** §9: the server may lower the interval, not below Min-SE, and must not raise it. */
function intervalOf(
  asked: SessionExpires | undefined,
  wished: SessionExpires | undefined,
  minS: number,
): number {
  const most = Math.max(asked?.intervalS ?? Number.MAX_SAFE_INTEGER, MIN_SESSION_S)
  return Math.min(Math.max(wished?.intervalS ?? most, minS), most)
}
