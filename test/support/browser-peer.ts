import { RTCPeerConnection, RTCRtpCodecParameters, RtcpRrPacket, RtpHeader } from 'werift'
import type { RtpPacket } from '../../platform/rtp/packet.js'

/** What a browser's offer names: G.711, and keys at both clocks, as Chromium does. */
const CODECS = [
  new RTCRtpCodecParameters({
    mimeType: 'audio/PCMU',
    clockRate: 8_000,
    channels: 1,
    payloadType: 0,
  }),
  new RTCRtpCodecParameters({
    mimeType: 'audio/telephone-event',
    clockRate: 48_000,
    channels: 1,
    payloadType: 110,
  }),
  new RTCRtpCodecParameters({
    mimeType: 'audio/telephone-event',
    clockRate: 8_000,
    channels: 1,
    payloadType: 126,
  }),
]

/** The audio of a browser without one: a WebRTC peer in Node, on loopback, that asks no server. */
export class BrowserPeer {
  readonly #connection: RTCPeerConnection
  /** Payloads of audio, in the order they came. */
  readonly heard: Buffer[] = []
  /** RTCP in clear, in the order it came. */
  readonly reported: Buffer[] = []

  /** A peer with its offer. */
  static async offering(): Promise<{ peer: BrowserPeer; offer: string }> {
    const peer = new BrowserPeer()
    return { peer, offer: await peer.#offer() }
  }

  private constructor() {
    this.#connection = new RTCPeerConnection({
      codecs: { audio: CODECS },
      iceServers: [],
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
    })
    this.#connection.addTransceiver('audio', { direction: 'sendrecv' })
  }

  async #offer(): Promise<string> {
    const connection = this.#connection
    const offer = await connection.createOffer()
    // Without this it asks a public STUN server, whatever it was told.
    for (const { connection: ice } of connection.iceTransports) delete ice.stunServer
    await connection.setLocalDescription(offer)
    for (const transport of connection.dtlsTransports) {
      transport.onRtp.subscribe(packet => this.heard.push(packet.payload))
      // werift tells of no BYE: it is read beside it.
      transport.iceTransport.connection.onData.subscribe(datagram => {
        const kind = datagram[1] ?? 0
        if (kind >= 192 && kind <= 223) this.reported.push(transport.srtcp.decrypt(datagram))
      })
    }
    return connection.localDescription?.sdp ?? ''
  }

  /** Takes the answer; audio flows once `connected` resolves. */
  async take(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer })
  }

  /** How far it has come: `new`, `connecting`, `connected`, `failed`, … */
  get state(): string {
    return this.#connection.connectionState
  }

  /** Sends a packet as it stands. */
  async send({ payload, sequence, ...header }: RtpPacket): Promise<void> {
    const [transport] = this.#connection.dtlsTransports
    await transport?.sendRtp(payload, new RtpHeader({ ...header, sequenceNumber: sequence }))
  }

  /** Sends a receiver's report that tells of nobody. */
  async report(ssrc: number): Promise<void> {
    const [transport] = this.#connection.dtlsTransports
    await transport?.sendRtcp([new RtcpRrPacket({ ssrc, reports: [] })])
  }

  /** Vanishes without a word. */
  close(): Promise<void> {
    return this.#connection.close()
  }
}
