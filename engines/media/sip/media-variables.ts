import { type AudioStream, maySend, PACKET_MS } from '../../../platform/audio-offer.js'
import { SAMPLE_RATE } from '../../../platform/rtp/g711.js'
import type { RtpSession } from '../rtp/session.js'
import type { Descriptions } from './session-description.js'

/** What an agreed stream makes known, in FreeSWITCH's variables (esl-protocol §2). */
export function mediaVariables(
  stream: AudioStream,
  rtp: RtpSession,
  descriptions: Descriptions,
): ReadonlyMap<string, string> {
  const { law, audioType, keyType, remote } = stream
  const rate = String(SAMPLE_RATE)
  const keys = keyType === undefined ? [] : [String(keyType)]
  const [local = ''] = /(?<=^c=IN IP[46] )\S+/m.exec(descriptions.sent) ?? []
  return new Map([
    ['remote_media_ip', remote.address],
    ['remote_media_port', String(remote.port)],
    ['remote_audio_media_flow', maySend(stream) ? 'sendrecv' : 'sendonly'],
    ['rtp_use_codec_name', law],
    ['rtp_use_codec_rate', rate],
    ['rtp_use_codec_ptime', String(PACKET_MS)],
    ['rtp_use_pt', String(audioType)],
    ['rtp_audio_recv_pt', String(audioType)],
    ['read_codec', law],
    ['read_rate', rate],
    ['write_codec', law],
    ['write_rate', rate],
    ['rtp_local_sdp_str', descriptions.sent],
    ['local_media_ip', local],
    ['local_media_port', String(rtp.port)],
    ['rtp_use_ssrc', String(rtp.ssrc)],
    ...keys.map(type => ['rtp_2833_send_payload', type] as [string, string]),
    ...keys.map(type => ['rtp_2833_recv_payload', type] as [string, string]),
  ])
}
