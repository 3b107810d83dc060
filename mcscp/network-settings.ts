import { DEFAULT_HOME } from '../platform/home.js'
import { LOG_LEVELS } from '../platform/log.js'
import { oneOf, setting, someText } from '../platform/settings.js'

/** Settings that concern every program. The home folder is read from the environment alone. */
export const networkSettings = {
  home: setting('MCSCP_HOME', someText, {
    default: DEFAULT_HOME,
    about: 'folder of the stores, files, keys and logs; environment only',
  }),
  logLevel: setting('MCSCP_LOG_LEVEL', oneOf(LOG_LEVELS), {
    default: 'info',
    about: 'least severe log line that is kept',
  }),
}
