import { join } from 'node:path'
import { z } from 'zod'
import type { Home } from '../../platform/home.js'
import { type SettingValues, setting, wholeNumberOr } from '../../platform/settings.js'
import { simulationSetting } from '../../platform/simulation-setting.js'

/** aris's store: what may be enquired about. */
export const arisStore = (home: Home): string => join(home.stores, 'aris.sqlite')

/** Socket on which aris answers ivr, and takes billing's updates. */
export const arisSocket = (home: Home): string => join(home.sockets, 'aris.sock')

const webAddressOrNone = z
  .union([z.literal('none').transform(() => undefined), z.url({ protocol: /^https?$/ })], {
    error: 'must be none or an http(s) URL',
  })
  .describe('none, or http(s) URL')

/** The settings of ARIS. */
export const arisSettings = {
  simulation: simulationSetting,
  pagePort: setting('MCSCP_ARIS_PAGE_PORT', wholeNumberOr('off', 0, 65_535), {
    default: '8070',
    about: 'TCP port on loopback of the subscribers’ page; off: there is none',
    source: 'requirement A-02',
  }),
  pageOrigin: setting('MCSCP_ARIS_PAGE_ORIGIN', webAddressOrNone, {
    default: 'none',
    about:
      'address under which browsers reach the subscribers’ page through a proxy, such as https://aris.example.jp; none: on this machine alone',
  }),
  messageGateway: setting('MCSCP_ARIS_SMS_GATEWAY', webAddressOrNone, {
    default: 'none',
    about:
      'where codes for the subscribers’ page are sent to by POST, to go out as SMS; none: a simulation shows them, elsewhere nobody is let in',
    source: 'requirement P-15',
  }),
}

export type ArisValues = SettingValues<typeof arisSettings>
