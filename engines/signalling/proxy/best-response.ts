import type { SipResponse } from '../sip/message.js'

/** RFC 3261 §16.7 item 6: of the 4xx these are preferred, as the caller can do something about them. */
const HELPFUL: ReadonlySet<number> = new Set([401, 407, 415, 420, 484])

/**
 * The response that goes back when no target accepted (RFC 3261 §16.7 items 6 and 7): a 6xx, else one of
 * the lowest class. Challenges of all targets go with it, and a 503, which spoke of the target, becomes a
 * 500. `undefined` when there is none.
 */
export function bestOf(responses: readonly SipResponse[]): SipResponse | undefined {
  const [best] = [...responses].sort((one, other) => rank(one) - rank(other))
  if (!best) return undefined
  if (best.status === 503) {
    return { ...best, status: 500, reason: 'Server Internal Error', headers: best.headers.clone() }
  }
  return best.status === 401 || best.status === 407 ? withAllChallenges(best, responses) : best
}

function rank({ status }: SipResponse): number {
  if (status >= 600) return 0
  const kind = Math.floor(status / 100) * 10
  return HELPFUL.has(status) ? kind : kind + 1
}

function withAllChallenges(best: SipResponse, responses: readonly SipResponse[]): SipResponse {
  const headers = best.headers.clone()
  for (const other of responses) {
    if (other === best || (other.status !== 401 && other.status !== 407)) continue
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      for (const value of other.headers.all(name)) headers.add(name, value)
    }
  }
  return { ...best, headers }
}
