import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { mediaSettings, productDialplan } from '../../engines/media/config.js'
import type { DialplanEntry } from '../../engines/media/dialplan.js'
import { type Media, type MediaConfig, startMedia } from '../../engines/media/main.js'
import type { SipResponse } from '../../engines/signalling/sip/message.js'
import { systemClock } from '../../platform/clock.js'
import { formatWav } from '../../platform/rtp/wav.js'
import { parseSdp } from '../../platform/sdp.js'
import { readSettings } from '../../platform/settings.js'
import { AudioPhone } from './audio-phone.js'
import { RawPhone } from './raw-phone.js'

/** Half a second of samples that are all different from silence. */
export const CLIP = Buffer.from(Uint8Array.from({ length: 4_000 }, (_, at) => at % 120))

/** Opens engines whose every clip is CLIP, in a folder that is gone with the test. */
export function engines(t: Test) {
  const clips = t.testdir({ announcement: {} })
  for (const name of ['clip', 'announcement/not-permitted']) {
    writeFileSync(join(clips, `${name}.wav`), formatWav({ encoding: 'PCMU', samples: CLIP }))
  }
  return (applicationPort: number, more: Partial<MediaConfig> = {}) =>
    engine(clips, applicationPort, more)
}

/** An engine on free ports; `charge` goes to the application at a port. */
async function engine(clips: string, applicationPort: number, more: Partial<MediaConfig>) {
  const given = {
    MCSCP_MEDIA_CHARGE_APPLICATION: `127.0.0.1:${applicationPort}`,
    MCSCP_MEDIA_CLIPS: clips,
  }
  const dialplan: DialplanEntry[] = [
    ...productDialplan(readSettings(mediaSettings, given)),
    {
      destination: 'ring',
      actions: [
        ['ring_ready', ''],
        ['sleep', '60000'],
      ],
    },
    {
      destination: 'clip',
      actions: [
        ['answer', ''],
        ['playback', 'clip.wav'],
      ],
    },
    {
      destination: 'park',
      actions: [
        ['answer', ''],
        ['park', ''],
      ],
    },
    {
      destination: 'end',
      actions: [
        ['answer', ''],
        ['hangup', 'USER_BUSY'],
      ],
    },
    { destination: 'refuse', actions: [['respond', '486 Busy Here']] },
    { destination: 'nothing', actions: [] },
  ]
  const media = await startMedia({
    sip: [{ protocol: 'udp', host: '127.0.0.1', port: 0 }],
    rtp: { address: '127.0.0.1', first: 24_000, last: 24_998 },
    eventSocket: { host: '127.0.0.1', port: 0, password: 'a-password-of-this-test' },
    dialplan,
    clips,
    mostCalls: 100,
    mediaTimeoutMs: 0,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    ...more,
  })
  const sip = await RawPhone.open(media.listening.sip[0]?.port ?? 0)
  const audio = await AudioPhone.open()
  return {
    media,
    sip,
    audio,
    async close() {
      await media.close()
      sip.close()
      audio.close()
    },
  }
}

/** An offer of µ-law and keys. */
export const offer = (port: number, ...lines: string[]) =>
  [
    'v=0',
    `o=- 1 1 IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 8 96`,
    'a=rtpmap:96 telephone-event/8000',
    ...lines,
    '',
  ].join('\r\n')

/** Where an answer wants audio to be sent. */
export const audioPortOf = ({ body }: SipResponse): number =>
  parseSdp(body.toString('utf8'))?.media[0]?.port ?? 0

/** The one channel there is. */
export const channelOf = ({ switchboard }: Media) => {
  const [channel] = switchboard.channels
  if (!channel) throw new Error('this test has no call')
  return channel
}
