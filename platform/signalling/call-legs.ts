/**
 * The two legs of a call as switch and scp see them. `signalling.ts` makes them of drachtio's requests
 * and dialogs; nothing else knows of those.
 */

/** A request from a phone or a peer, as far as it is read. */
export interface PhoneRequest {
  readonly method: string
  /** Request-URI. */
  readonly uri: string
  readonly callId: string
  /** Sequence number. */
  readonly cseq: number
  /** Address it came from, without port. */
  readonly address: string
  /** Body, empty when there is none. */
  readonly body: string
  /** A header's value, repeated ones with commas between; the name in any case. */
  header(name: string): string | undefined
}

/** Headers to send; a header with several values goes out once for each. */
export type HeadersToSend = Readonly<Record<string, string | readonly string[]>>

/** The INVITE of a caller, until it is answered finally. */
export interface CallerLeg {
  readonly request: PhoneRequest
  /** Sends 101 to 199, with a session description in early media. */
  progress(status: number, sdp?: string): void
  /** Answers finally, without a dialog; nothing when it was answered or cancelled before. */
  refuse(status: number, headers?: HeadersToSend): void
  /** Answers 200. `undefined` when the caller is gone. */
  answer(sdp: string): Promise<TalkingLeg | undefined>
  /** Told once, when the caller withdraws. */
  onCancel(told: () => void): void
}

/** An INVITE of our own. */
export interface CalledLegRequest {
  readonly uri: string
  readonly headers: HeadersToSend
  readonly sdp: string
  readonly onProgress: (status: number, sdp: string | undefined) => void
}

/** What became of an INVITE of our own. */
export type CalledOutcome =
  | { readonly outcome: 'answered'; readonly leg: TalkingLeg }
  /** `refusal` is what the REFUSAL_HEADER says. */
  | { readonly outcome: 'refused'; readonly status: number; readonly refusal: string | undefined }

export interface CalledLeg {
  readonly outcome: Promise<CalledOutcome>
  /** Withdraws it, at once or as soon as it has been sent. The outcome still comes. */
  cancel(): void
}

/** A leg that was answered: a confirmed dialog (RFC 3261 §12). */
export interface TalkingLeg {
  /** The peer's session description. */
  readonly sdp: string
  /** Sends BYE; nothing when it has ended. */
  hangUp(): void
  /** Told once, when the peer or the engine ends it. */
  onHangUp(told: (reason: string) => void): void
  /** Lets INFO and re-INVITE of the peer pass to the other leg, and its answers back. */
  relayTo(other: TalkingLeg): void
  /** Passes a request of the other leg's peer on; the answer. */
  pass(request: RelayedRequest): Promise<RelayedAnswer>
}

/** A request inside one leg that is meant for the peer of the other. */
export type RelayedRequest =
  | { readonly method: 'INFO'; readonly contentType: string | undefined; readonly body: string }
  /** A new session description: hold, resume, another address. */
  | { readonly method: 'INVITE'; readonly sdp: string }

/** The other peer's final answer; a re-INVITE's has its session description. */
export interface RelayedAnswer {
  readonly status: number
  readonly body?: string
}
