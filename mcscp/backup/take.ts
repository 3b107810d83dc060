import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { EpochMs } from '../../domain/clock.js'
import { syncFile, syncFolder, writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { copyStore } from '../../platform/store.js'
import {
  type BackedUpFile,
  described,
  isBackedUpPath,
  type Manifest,
  manifestIn,
} from './manifest.js'

/**
 * Stores in the order they are copied, while their programs run. Each is copied before the one that hands
 * on to it and can do so again: CRS asks scp for what it lacks, billing CRS. Who keeps an outbox for another
 * is copied before that other, so that nothing is taken for handed over that is not there.
 */
const ORDER = ['billing', 'aris', 'crs', 'scp', 'units', 'subscribers', 'noc']

export interface TakeOptions {
  readonly home: Home
  /** A folder that is not there yet. */
  readonly backup: string
  readonly withKeys: boolean
  readonly now: () => EpochMs
  /** Told of each thing that was copied. */
  readonly tell: (line: string) => void
}

/**
 * Takes a backup of a home whose programs may run: each store as it is at one moment, checked, and the
 * files that were closed before that. Throws `BACKUP_REFUSED` when the folder is there or nothing is to be
 * backed up, or a file has a name that could not be put back; `STORE_DAMAGED` when a store is damaged.
 */
export async function takeBackup({
  home,
  backup,
  withKeys,
  now,
  tell,
}: TakeOptions): Promise<Manifest> {
  const stores = storesIn(home)
  if (stores.length === 0) throw new Fault('BACKUP_REFUSED', `There is no store in ${home.stores}.`)
  if (existsSync(backup)) throw new Fault('BACKUP_REFUSED', `${backup} is there already.`)
  for (const folder of [home.stores, ...foldersOf(home, withKeys), ...madeOf(home)]) {
    refuseNames(home, folder)
  }
  mkdirSync(backup, { recursive: true, mode: 0o700 })
  const takenAt = now()
  const files: BackedUpFile[] = []
  const copyFolders = (folders: readonly string[]) => {
    for (const folder of folders) {
      const copied = copyFolder(home, backup, folder)
      files.push(...copied)
      if (copied.length > 0) tell(`${relative(home.folder, folder)}: ${copied.length} files`)
    }
  }
  copyFolders(foldersOf(home, withKeys))
  mkdirSync(join(backup, within(home, home.stores)), { mode: 0o700 })
  for (const store of stores) {
    const path = within(home, store)
    await copyStore(store, join(backup, path))
    const file = described(backup, path)
    files.push(file)
    tell(`${path}: ${file.length} bytes, whole`)
  }
  copyFolders(madeOf(home))
  for (const folder of new Set(files.map(({ path }) => join(backup, path, '..'))))
    syncFolder(folder)
  const manifest: Manifest = { form: 1, takenAt, withKeys, files }
  writeDurably(manifestIn(backup), `${JSON.stringify(manifest, undefined, 1)}\n`, 0o600)
  return manifest
}

/** Stores that are there, in the order they are copied. */
function storesIn(home: Home): string[] {
  const place = (name: string) => {
    const at = ORDER.indexOf(basename(name, '.sqlite'))
    return at === -1 ? ORDER.length : at
  }
  return readdirSync(home.stores)
    .filter(name => name.endsWith('.sqlite'))
    .sort((a, b) => place(a) - place(b))
    .map(name => join(home.stores, name))
}

/** What of a home is files: closed ones, and what its operator wrote. Keys and cards are worth money. */
const foldersOf = (home: Home, withKeys: boolean): string[] => [
  home.settingsFile,
  home.clockFile,
  home.codeTables,
  home.guidance,
  home.quarterHourFiles,
  home.hourlyFiles,
  home.billingFiles,
  ...(withKeys ? [home.keys, home.cards] : []),
]

/**
 * What billing makes once: error reports, and a folder of deliveries for each receiver. They are copied after its
 * store, so that none is missing which the store says was made; one that it does not know yet is made again alike.
 */
const madeOf = (home: Home): string[] => [
  home.errorReports,
  ...foldersIn(home.billingDeliveries).map(name => join(home.billingDeliveries, name)),
]

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(name => statSync(join(folder, name)).isDirectory())
}

/** Said before anything is copied: a backup that is taken can be put back. */
function refuseNames(home: Home, folder: string): void {
  for (const path of pathsIn(home, folder).filter(one => !isBackedUpPath(one))) {
    const what = `The file ${JSON.stringify(path)} in ${home.folder} has a name that cannot be put back: rename it.`
    throw new Fault('BACKUP_REFUSED', what)
  }
}

/** A folder's files, or one file. */
function copyFolder(home: Home, backup: string, from: string): BackedUpFile[] {
  return pathsIn(home, from)
    .filter(path => statSync(join(home.folder, path), { throwIfNoEntry: false }))
    .map(path => {
      mkdirSync(join(backup, path, '..'), { recursive: true, mode: 0o700 })
      copyFileSync(join(home.folder, path), join(backup, path))
      syncFile(join(backup, path))
      return described(backup, path)
    })
}

/** What is in a folder and no folder itself, or one file; files that are being written are left out. */
function pathsIn(home: Home, from: string): string[] {
  const found = statSync(from, { throwIfNoEntry: false })
  if (!found) return []
  const names = found.isFile() ? [''] : readdirSync(from)
  return names
    .filter(
      name =>
        !name.endsWith('.part') &&
        !statSync(join(from, name), { throwIfNoEntry: false })?.isDirectory(),
    )
    .map(name => within(home, join(from, name)))
}

const within = (home: Home, path: string): string => relative(home.folder, path)
