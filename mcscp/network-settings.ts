import { DEFAULT_HOME, type Home, homeAt } from '../platform/home.js'
import { LOG_LEVELS } from '../platform/log.js'
import {
  folderPath,
  type Given,
  momentOr,
  oneOf,
  setting,
  wholeNumberOr,
} from '../platform/settings.js'
import { simulationSetting } from '../platform/simulation-setting.js'

/** Settings that concern every program. The home folder is read from the environment alone. */
export const networkSettings = {
  home: setting('MCSCP_HOME', folderPath, {
    default: DEFAULT_HOME,
    about: 'folder of the stores, files, keys and logs, and of mcscp.conf',
    only: 'environment',
  }),
  logLevel: setting('MCSCP_LOG_LEVEL', oneOf(LOG_LEVELS), {
    default: 'info',
    about: 'least severe log line that is kept',
  }),
  simulation: simulationSetting,
  metricsPort: setting('MCSCP_METRICS_PORT', wholeNumberOr('off', 1, 65_000), {
    default: 'off',
    about:
      'where the first program tells its metrics to Prometheus on loopback; each other one as many ports on as its place in «mcscp programs»; off: none does',
    source: 'requirements §6',
  }),
  clockStart: setting('MCSCP_CLOCK_START', momentOr('now'), {
    default: 'now',
    about:
      'where the clock of a new network begins; read when nothing is stored yet, and in simulation only',
    source: 'architecture, point 9',
  }),
}

/** The home folder that the environment names; needed before mcscp.conf in it can be read. */
export const homeOf = (environment: Given): Home => homeAt(environment.MCSCP_HOME || DEFAULT_HOME)
