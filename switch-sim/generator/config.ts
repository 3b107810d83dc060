import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../../platform/home.js'
import { portNumber, setting } from '../../platform/settings.js'
import { simulationSetting } from '../../platform/simulation-setting.js'
import { handsetSettings } from '../handset/config.js'

const portOrOff = z
  .union([z.literal('off'), portNumber], 'must be a port from 0 to 65535, or off')
  .describe('0 to 65535, or off')

/** The settings of the traffic generator: whether it may be, and where its handsets find the network. */
export const generatorSettings = {
  simulation: simulationSetting,
  switchHost: handsetSettings.switchHost,
  switchWsPort: setting('MCSCP_SWITCH_SIP_WS_PORT', portOrOff, {
    default: '5066',
    about: 'port of the signalling engine of the switch for SIP over WebSocket, or off',
    source: 'RFC 7118',
  }),
  domain: handsetSettings.domain,
  clips: handsetSettings.clips,
}

/** Socket on which runs are asked for and told of. */
export const generatorSocket = (home: Home): string => join(home.sockets, 'generator.sock')

/** Socket on which scp makes demonstration cards. */
export const cardMakerSocket = (home: Home): string => join(home.sockets, 'scp.sock')
