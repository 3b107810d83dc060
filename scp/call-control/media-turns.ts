import type {
  CalledLeg,
  CalledLegRequest,
  CalledOutcome,
} from '../../platform/signalling/call-legs.js'

/** Shares calls among the media engines of a list: each call begins at the next of them. */
export class MediaTurns {
  #turn = 0

  /** The addresses of a list, `|` between them, in the order in which a call tries them. */
  order(list: string): readonly string[] {
    const addresses = list.split('|')
    const first = this.#turn++ % addresses.length
    return [...addresses.slice(first), ...addresses.slice(0, first)]
  }
}

/**
 * Dials one address after the other until one takes the call. Only an engine that is not there, or has no room, is
 * passed over: what an engine has begun to answer, or refuses for a reason of the call's own, stands.
 */
export function dialInTurn(
  dial: (request: CalledLegRequest) => CalledLeg,
  request: CalledLegRequest,
  uris: readonly string[],
): CalledLeg {
  let leg: CalledLeg | undefined
  let settled = false
  const attempts = async (): Promise<CalledOutcome> => {
    let outcome: CalledOutcome = { outcome: 'refused', status: 503, refusal: undefined }
    for (const uri of uris) {
      leg = dial({
        ...request,
        uri,
        headers: { ...request.headers, To: `<${uri}>` },
        onProgress: (status, sdp) => {
          if (status > 100) settled = true
          request.onProgress(status, sdp)
        },
      })
      outcome = await leg.outcome
      if (settled || outcome.outcome === 'answered' || !isOfEngine(outcome.status)) break
    }
    return outcome
  }
  return {
    outcome: attempts(),
    cancel() {
      settled = true
      leg?.cancel()
    },
  }
}

/** RFC 3261 §21.5: the server failed, and another may not; 408: nobody answered. */
const isOfEngine = (status: number): boolean => status === 408 || (status >= 500 && status < 600)
