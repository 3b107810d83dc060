import type { AudioStream } from '../../platform/audio-offer.js'
import type { Logger } from '../../platform/log.js'
import { parseSdp } from '../../platform/sdp.js'
import { type RtpListener, RtpSession, type RtpSurroundings } from './rtp/session.js'
import { type Descriptions, SessionDescriptions } from './sip/session-description.js'
import { isSecure } from './webrtc/secure-offer.js'

/** What the audio of a call tells its leg. */
export interface CallAudioListener extends RtpListener {
  /** The road of the audio is gone, or never came to be. */
  audioLost(): void
}

/** What opening the audio for an offer leads to, in the order it is checked. */
export type AudioOpening =
  /** No port to be had: 503. */
  | { readonly outcome: 'no_room' }
  /** No description, or one that cannot be read: 400. */
  | { readonly outcome: 'malformed' }
  /** Nothing in common: 488. */
  | { readonly outcome: 'refused' }
  | {
      readonly outcome: 'opened'
      readonly session: RtpSession
      readonly descriptions: Descriptions
      /** Absent when the offer is left to us. */
      readonly stream?: AudioStream
    }

/**
 * Opens the audio that an INVITE's offer asks for: bare RTP, or the road to a browser. What the latter needs is
 * loaded when a browser first calls, so that an engine without one neither waits for it nor holds it.
 */
export async function openCallAudio(
  offer: Buffer,
  around: RtpSurroundings,
  listener: CallAudioListener,
  log: Logger,
): Promise<AudioOpening> {
  const description = parseSdp(offer.toString('utf8'))
  if (!description || !isSecure(description)) return openPlain(offer, around, listener)
  const { openBrowserAudio } = await import('./webrtc/browser-audio.js')
  return openBrowserAudio({ offer, description, around, listener, log })
}

async function openPlain(
  offer: Buffer,
  around: RtpSurroundings,
  listener: RtpListener,
): Promise<AudioOpening> {
  const session = await RtpSession.open(around, listener)
  if (!session) return { outcome: 'no_room' }
  const descriptions = new SessionDescriptions(
    around.address,
    session.port,
    String(around.random32()),
  )
  return answered(offer, session, descriptions)
}

/** The audio with the stream that its offer agrees; closed again where it agrees none. */
export function answered(
  offer: Buffer,
  session: RtpSession,
  descriptions: Descriptions,
): AudioOpening {
  if (offer.length === 0) return { outcome: 'opened', session, descriptions }
  const taken = descriptions.answer(offer)
  if (taken.outcome === 'agreed') {
    return { outcome: 'opened', session, descriptions, stream: taken.stream }
  }
  session.close()
  return taken
}
