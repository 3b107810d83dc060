import { DEFAULT_HOME, type Home, homeAt } from '../platform/home.js'
import { LOG_LEVELS } from '../platform/log.js'
import { type Given, oneOf, setting, someText } from '../platform/settings.js'

/** Settings that concern every program. The home folder is read from the environment alone. */
export const networkSettings = {
  home: setting('MCSCP_HOME', someText, {
    default: DEFAULT_HOME,
    about: 'folder of the stores, files, keys and logs, and of mcscp.conf',
    only: 'environment',
  }),
  logLevel: setting('MCSCP_LOG_LEVEL', oneOf(LOG_LEVELS), {
    default: 'info',
    about: 'least severe log line that is kept',
  }),
}

/** The home folder that the environment names; needed before mcscp.conf in it can be read. */
export const homeOf = (environment: Given): Home => homeAt(environment.MCSCP_HOME || DEFAULT_HOME)
