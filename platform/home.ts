import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault, systemErrorCode } from './fault.js'
import { PRODUCT_FOLDER } from './product-files.js'

/** The folder that holds all a running network writes, and where each kind of thing lies in it. */
export interface Home {
  readonly folder: string
  /** mcscp.conf, the operator's settings. */
  readonly settingsFile: string
  /** The network's clock, there once it was set (architecture, point 9). */
  readonly clockFile: string
  /** SQLite stores, one a program. */
  readonly stores: string
  /** Log files, one a program. */
  readonly logs: string
  /** Journals of alarms, one a program. */
  readonly alarms: string
  /** Secrets and keys, each file of mode 0600. */
  readonly keys: string
  /** Unix sockets of the running programs. */
  readonly sockets: string
  /** Quarter-hour files on their way to CRS. */
  readonly quarterHourFiles: string
  /** Hourly files and day closes that billing fetches from CRS. */
  readonly hourlyFiles: string
  /** What billing fetched from CRS, as it came. */
  readonly billingFiles: string
  /** What billing makes for other systems: a folder a kind. */
  readonly billingDeliveries: string
  /** Bills as PDF, a folder a month of use. */
  readonly bills: string
  /** Billing data as TSV, and tables as CSV. */
  readonly billingExports: string
  /** Daily error reports, as PDF and CSV. */
  readonly errorReports: string
  /** Code tables of the operator, each in place of the product's of the same name. */
  readonly codeTables: string
  /** Guidance clips that operators took in, and which are in force. */
  readonly guidance: string
  /** Print files, and the demonstration cards. */
  readonly cards: string
  /** Files of another maker's cards, where a key custodian puts them. */
  readonly cardImports: string
}

/** The layout of a home folder. Makes nothing. */
export const homeAt = (folder: string): Home => ({
  folder,
  settingsFile: join(folder, 'mcscp.conf'),
  clockFile: join(folder, 'network-clock'),
  stores: join(folder, 'store'),
  logs: join(folder, 'log'),
  alarms: join(folder, 'alarms'),
  keys: join(folder, 'keys'),
  sockets: join(folder, 'run'),
  quarterHourFiles: join(folder, 'quarter-hour-files'),
  hourlyFiles: join(folder, 'hourly-files'),
  billingFiles: join(folder, 'billing-files'),
  billingDeliveries: join(folder, 'billing-deliveries'),
  bills: join(folder, 'bills'),
  billingExports: join(folder, 'billing-exports'),
  errorReports: join(folder, 'error-reports'),
  codeTables: join(folder, 'code-tables'),
  guidance: join(folder, 'guidance'),
  cards: join(folder, 'cards'),
  cardImports: join(folder, 'card-imports'),
})

/** Where the network lives unless MCSCP_HOME says otherwise. */
export const DEFAULT_HOME = join(PRODUCT_FOLDER, 'var')

/** Makes the home's folders, owner-only. Throws `FOLDER_NOT_WRITABLE` for the first that cannot be written. */
export function makeHome(home: Home): void {
  const { settingsFile: _settings, clockFile: _clock, ...folders } = home
  for (const folder of Object.values(folders)) {
    try {
      makeFolder(folder)
      accessSync(folder, constants.W_OK | constants.X_OK)
    } catch (cause) {
      const why = systemErrorCode(cause)
      throw new Fault('FOLDER_NOT_WRITABLE', `The folder ${folder} cannot be written: ${why}.`, {
        cause,
      })
    }
  }
}

/** Makes a folder and those above it. Node's own `recursive` never returns where /proc refuses one. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return
    const above = dirname(folder)
    if (code !== 'ENOENT' || isFolder(above)) throw error
    makeFolder(above)
    mkdirSync(folder, { mode: 0o700 })
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
