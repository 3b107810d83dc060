import type { Logger } from '../../../platform/log.js'
import type { SessionDescription } from '../../../platform/sdp.js'
import { type AudioOpening, answered, type CallAudioListener } from '../call-audio.js'
import { RtpSession, type RtpSurroundings } from '../rtp/session.js'
import { SessionDescriptions } from '../sip/session-description.js'
import { reachAt } from './candidate-addresses.js'
import { DtlsCarrier } from './dtls-carrier.js'
import { type LinkCertificate, makeCertificate } from './dtls-link.js'
import { IceLite } from './ice-lite.js'
import { SecureDescriptions } from './secure-descriptions.js'
import { readSecure } from './secure-offer.js'

/** A browser's call. */
export interface BrowserCall {
  readonly offer: Buffer
  readonly description: SessionDescription
  readonly around: RtpSurroundings
  readonly listener: CallAudioListener
  readonly log: Logger
}

/** One certificate serves all calls of an engine. */
let certificate: Promise<LinkCertificate> | undefined

/** Opens the road to a browser, and answers its offer. The road is built while the call goes on. */
export async function openBrowserAudio(call: BrowserCall): Promise<AudioOpening> {
  const { offer, description, around, listener, log } = call
  const { address, ports, time } = around
  const secure = readSecure(description, address)
  if (!secure) return { outcome: 'refused' }
  certificate ??= makeCertificate()
  const ours = await certificate
  const ice = await IceLite.open({ ...reachAt(address), ports })
  if (!ice) return { outcome: 'no_room' }
  const carrier = new DtlsCarrier({
    ice,
    certificate: ours,
    fingerprints: secure.fingerprints,
    time,
    lost: reason => {
      log.warn({ reason }, 'the audio of a browser was lost')
      listener.audioLost()
    },
  })
  const session = new RtpSession(around, listener, carrier)
  const plain = new SessionDescriptions(address, carrier.port, String(around.random32()))
  const { credentials, candidates } = ice
  const { mid, bundled } = secure
  const end = { credentials, candidates, fingerprint: ours.fingerprint, mid, bundled }
  return answered(offer, session, new SecureDescriptions(plain, end, address, secure.identity))
}
