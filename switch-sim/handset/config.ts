import { join } from 'node:path'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { domainName, folderPath, ipAddress, portNumber, setting } from '../../platform/settings.js'

/** Settings of other programs that a handset reads to find the network: same names, same defaults. */
export const handsetSettings = {
  switchHost: setting('MCSCP_SWITCH_SIP_HOST', ipAddress, {
    default: '127.0.0.1',
    about: 'address of the signalling engine of the switch for SIP',
  }),
  switchWsPort: setting('MCSCP_SWITCH_SIP_WS_PORT', portNumber, {
    default: '5066',
    about: 'port of the signalling engine of the switch for SIP over WebSocket, or off',
    source: 'RFC 7118',
  }),
  domain: setting('MCSCP_SWITCH_DOMAIN', domainName, {
    default: 'mls.mcscp',
    about: 'domain of the numbers that the switch asserts',
  }),
  clips: setting('MCSCP_MEDIA_CLIPS', folderPath, {
    default: join(PRODUCT_FOLDER, 'guidance-audio', 'clips'),
    about: 'folder of the guidance',
  }),
}
