import { join } from 'node:path'
import type { Home } from '../platform/home.js'
import { portNumber, setting } from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'

/** The settings of the MCSCP's operation part. */
export const nocSettings = {
  port: setting('MCSCP_NOC_PORT', portNumber, {
    default: '14080',
    about: 'port of the operators’ screens, on loopback only',
    source: 'requirement M-03',
  }),
  simulation: simulationSetting,
}

/** noc's store: accounts, sessions, the history of charge traffic. */
export const nocStore = (home: Home): string => join(home.stores, 'noc.sqlite')

/** Socket on which scp tells its charge traffic. */
export const scpSocketOf = (home: Home): string => join(home.sockets, 'scp.sock')

/** The demonstration account with its password, owner-only. */
export const demonstrationAccountFile = (home: Home): string =>
  join(home.keys, 'demonstration-noc-account')
