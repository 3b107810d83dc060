import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from './fault.js'

/** The folder of the product's own files: sources, clips, docs. This file runs from `dist/platform`. */
export const PRODUCT_FOLDER = fileURLToPath(new URL('../..', import.meta.url))

/** The folder that holds all a running network writes, and where each kind of thing lies in it. */
export interface Home {
  readonly folder: string
  /** mcscp.conf, the operator's settings. */
  readonly settingsFile: string
  /** SQLite stores, one a program. */
  readonly stores: string
  /** Log files, one a program. */
  readonly logs: string
  /** Secrets and keys, each file of mode 0600. */
  readonly keys: string
  /** Unix sockets of the running programs. */
  readonly sockets: string
  /** Quarter-hour files on their way to CRS. */
  readonly quarterHourFiles: string
  /** Hourly files and day closes that billing fetches from CRS. */
  readonly hourlyFiles: string
  /** Code tables of the operator, each in place of the product's of the same name. */
  readonly codeTables: string
  /** Print files, and the demonstration cards. */
  readonly cards: string
}

/** The layout of a home folder. Makes nothing. */
export const homeAt = (folder: string): Home => ({
  folder,
  settingsFile: join(folder, 'mcscp.conf'),
  stores: join(folder, 'store'),
  logs: join(folder, 'log'),
  keys: join(folder, 'keys'),
  sockets: join(folder, 'run'),
  quarterHourFiles: join(folder, 'quarter-hour-files'),
  hourlyFiles: join(folder, 'hourly-files'),
  codeTables: join(folder, 'code-tables'),
  cards: join(folder, 'cards'),
})

/** Where the network lives unless MCSCP_HOME says otherwise. */
export const DEFAULT_HOME = join(PRODUCT_FOLDER, 'var')

/** Makes the home's folders, owner-only. Throws `FOLDER_NOT_WRITABLE` for the first that cannot be written. */
export function makeHome(home: Home): void {
  const { settingsFile: _file, ...folders } = home
  for (const folder of Object.values(folders)) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      accessSync(folder, constants.W_OK | constants.X_OK)
    } catch (cause) {
      throw new Fault('FOLDER_NOT_WRITABLE', `The folder ${folder} cannot be written.`, { cause })
    }
  }
}
