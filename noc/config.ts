import { join } from 'node:path'
import type { Home } from '../platform/home.js'
import { nocPortSetting } from '../platform/person-settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'

/** The settings of the MCSCP's operation part. */
export const nocSettings = {
  port: nocPortSetting,
  simulation: simulationSetting,
}

/** noc's store: accounts, sessions, the history of charge traffic. */
export const nocStore = (home: Home): string => join(home.stores, 'noc.sqlite')

/** Socket on which scp tells its charge traffic and does what the card office asks. */
export const scpSocketOf = (home: Home): string => join(home.sockets, 'scp.sock')

/** The password of a demonstration account, owner-only; without a name, of the first look's. */
export const demonstrationAccountFile = (home: Home, name = 'account'): string =>
  join(home.keys, `demonstration-noc-${name}`)
