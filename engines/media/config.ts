import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../../platform/home.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import {
  filePathOr,
  folderPath,
  ipAddress,
  nodeOf,
  onOff,
  portNumber,
  type SettingValues,
  setting,
  wholeNumberBetween,
} from '../../platform/settings.js'
import type { ListenPoint } from '../signalling/agent.js'
import { networks } from '../signalling/config.js'
import { LOOPBACK_NETWORKS } from '../signalling/guard/networks.js'
import type { DialplanEntry } from './dialplan.js'

/** Applications to try in their order, as FreeSWITCH's `socket` takes them. */
const applications = z
  .string()
  .regex(/^[^\s:|]+:\d{1,5}(\|[^\s:|]+:\d{1,5})*$/, 'must be host:port, several with | between')
  .describe('host:port, several with | between')

/** The settings of the media engine. */
export const mediaSettings = {
  node: setting('MCSCP_MEDIA_NODE', nodeOf('media'), {
    default: 'media',
    about: 'name of this node; each of several in a home has its own, and its own ports',
    source: 'requirement M-06',
    only: 'environment',
  }),
  sipHost: setting('MCSCP_MEDIA_SIP_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address of the media engine for SIP',
  }),
  sipPort: setting('MCSCP_MEDIA_SIP_PORT', portNumber, {
    default: '5080',
    about: 'port of the media engine for SIP, UDP and TCP',
  }),
  rtpAddress: setting('MCSCP_MEDIA_RTP_ADDRESS', ipAddress, {
    default: '127.0.0.1',
    about: 'address that callers send their audio to',
  }),
  firstRtpPort: setting('MCSCP_MEDIA_RTP_PORT_FIRST', wholeNumberBetween(1_024, 65_534), {
    default: '16384',
    about: 'first UDP port for audio; even ports are used, and the odd ones beside them for RTCP',
    source: 'RFC 3550 §11',
  }),
  lastRtpPort: setting('MCSCP_MEDIA_RTP_PORT_LAST', wholeNumberBetween(1_024, 65_534), {
    default: '32766',
    about: 'last UDP port for audio',
  }),
  trustedPeers: setting('MCSCP_MEDIA_TRUSTED_PEERS', networks, {
    default: LOOPBACK_NETWORKS,
    about:
      'whose audio may come from another port or address than their session description names, once a call: networks and addresses, commas between',
    source: 'RFC 4961, XR2',
  }),
  mostCalls: setting('MCSCP_MEDIA_MOST_CALLS', wholeNumberBetween(1, 32_000), {
    default: '1000',
    unit: 'calls',
    about: 'most calls at once; beyond, a call is refused before the answer',
  }),
  mediaTimeoutS: setting('MCSCP_MEDIA_TIMEOUT_S', wholeNumberBetween(0, 3_600), {
    default: '60',
    unit: 's',
    about: 'an answered call without any packet for so long is ended; 0 turns this off',
  }),
  inbandKeys: setting('MCSCP_MEDIA_INBAND_KEYS', onOff, {
    default: 'off',
    about:
      'whether keys are looked for in the sound of callers whose phones agree to no telephone-event',
    source: 'ITU-T Q.24',
  }),
  eventSocketPort: setting('MCSCP_MEDIA_EVENT_SOCKET_PORT', portNumber, {
    default: '8021',
    about: 'port of the event socket that applications open, on loopback only',
    source: 'FreeSWITCH uses 8021',
  }),
  eventSocketUsers: setting('MCSCP_MEDIA_EVENT_SOCKET_USERS', filePathOr('none'), {
    default: 'none',
    about:
      'file of those who may open the event socket by a name of their own (userauth), and what each may do',
    source: 'FreeSWITCH keeps them in its directory, as esl-password and esl-allowed-…',
  }),
  charge: setting('MCSCP_MEDIA_CHARGE_APPLICATION', applications, {
    default: '127.0.0.1:8084',
    about: 'application that calls to `charge` and `balance` are handed to',
  }),
  clips: setting('MCSCP_MEDIA_CLIPS', folderPath, {
    default: join(PRODUCT_FOLDER, 'guidance-audio', 'clips'),
    about: 'folder of the guidance: names that are no absolute paths stand in it',
  }),
  recordings: setting('MCSCP_MEDIA_RECORDINGS', filePathOr('none'), {
    default: 'none',
    about: 'folder that applications may record callers into; with none they may not',
  }),
  priority: setting('MCSCP_MEDIA_PRIORITY', wholeNumberBetween(-20, 19), {
    default: '-10',
    about: 'process priority, −20 the highest: audio must not wait for others',
    source: 'architecture, point 3',
  }),
} as const

export type MediaSettings = SettingValues<typeof mediaSettings>

/** The file that holds the password of the event socket; made at the first start. */
export const eventSocketSecretPath = (home: Home): string => join(home.keys, 'media.secret')

/** Where SIP is listened for. */
export const sipListenPoints = ({ sipHost, sipPort }: MediaSettings): ListenPoint[] =>
  (['udp', 'tcp'] as const).map(protocol => ({ protocol, host: sipHost, port: sipPort }))

/** What is wrong between settings that are right one by one. */
export function mediaContradictions({ firstRtpPort, lastRtpPort }: MediaSettings): string[] {
  if (firstRtpPort <= lastRtpPort) return []
  const { firstRtpPort: first, lastRtpPort: last } = mediaSettings
  return [`${first.name} is above ${last.name}: there would be no port for audio`]
}

/**
 * What callers reach: `charge` and `balance`, the dialogues of an application, in which no key is told or kept; and the
 * announcements of the switch, in early media, so that the caller pays nothing (architecture, point 10).
 * `test-call` answers the switch's test number by a tone, until the caller hangs up.
 */
export const productDialplan = ({ charge, clips }: MediaSettings): DialplanEntry[] => [
  {
    destination: 'charge|balance',
    actions: [
      ['set', 'sensitive_dtmf=true'],
      ['socket', `${charge} async full`],
    ],
  },
  {
    destination: 'test-call',
    actions: [
      ['answer', ''],
      ['playback', 'tone_stream://v=-13;%(1000,3000,400);loops=-1'],
    ],
  },
  {
    destination: 'announcement-([a-z0-9-]+)',
    actions: [
      ['pre_answer', ''],
      ['playback', join(clips, 'announcement', '$1.wav')],
      ['hangup', 'CALL_REJECTED'],
    ],
  },
]
