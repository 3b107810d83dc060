import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { EpochMs } from '../../domain/clock.js'
import { syncFile, syncFolder } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { askStatus } from '../../platform/status.js'
import { openStore } from '../../platform/store.js'
import { scpStore } from '../../scp/config.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'
import { markRestored } from '../../scp/store/restoration.js'
import { PROGRAMS } from '../programs.js'
import { type BackedUpFile, checkFiles, described, readManifest } from './manifest.js'

export interface PutBackOptions {
  readonly home: Home
  readonly backup: string
  /** The stores to put back, by name; all of them without. */
  readonly only?: readonly string[] | undefined
  readonly now: () => EpochMs
  readonly tell: (line: string) => void
}

/**
 * Puts a backup back into a home. Nothing is ever overwritten: throws `BACKUP_REFUSED` while a program
 * runs, when one of the files is there with another content, when a store is there at all, or when the
 * backup is not as it was taken. scp's store takes no calls until what CRS accepted since is burned.
 */
export async function putBack({ home, backup, only, now, tell }: PutBackOptions): Promise<void> {
  const { files, takenAt } = readManifest(backup)
  const chosen = only ? chosenOf(home, backup, files, only) : files
  await refuseBesidePrograms(home)
  checkFiles(backup, chosen)
  for (const file of chosen) refuseOver(home, file)
  const stores: string[] = []
  for (const { path } of chosen) {
    const target = join(home.folder, path)
    if (existsSync(target)) continue
    mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 })
    const part = `${target}.part`
    // What a restore that was cut short left must not run over the copy.
    for (const left of [part, `${part}-wal`, `${part}-shm`]) rmSync(left, { force: true })
    copyFileSync(join(backup, path), part)
    if (target === scpStore(home)) fence(part, takenAt, now())
    syncFile(part)
    // Stores get their names last, so that a restore cut short can be done again.
    if (isStore(home, path)) stores.push(target)
    else renameSync(part, target)
  }
  for (const target of stores) renameSync(`${target}.part`, target)
  for (const folder of new Set(chosen.map(({ path }) => join(home.folder, path, '..')))) {
    syncFolder(folder)
  }
  tell(`${chosen.length} files, ${stores.length} of them stores`)
}

/** The stores that were asked for, and nothing else. */
function chosenOf(
  home: Home,
  backup: string,
  files: readonly BackedUpFile[],
  only: readonly string[],
): BackedUpFile[] {
  return only.map(name => {
    const file = files.find(({ path }) => isStore(home, path) && basename(path, '.sqlite') === name)
    if (file) return file
    throw new Fault('BACKUP_REFUSED', `${backup} has no store ${name}.`)
  })
}

async function refuseBesidePrograms(home: Home): Promise<void> {
  for (const { name } of PROGRAMS) {
    if (await askStatus(home, name)) {
      throw new Fault('BACKUP_REFUSED', `The program ${name} runs in ${home.folder}.`)
    }
  }
}

/** A home that lives is never written over; a file that is there already, to the byte, is as good as put back. */
function refuseOver(home: Home, { path, sha256 }: BackedUpFile): void {
  const target = join(home.folder, path)
  // SQLite runs a log that lies beside a store over it, whosever store it was.
  if (isStore(home, path) && existsSync(`${target}-wal`)) {
    const what = `The write-ahead log ${target}-wal is there: keep it with the store it belongs to.`
    throw new Fault('BACKUP_REFUSED', what)
  }
  if (!existsSync(target)) return
  if (isStore(home, path)) throw new Fault('BACKUP_REFUSED', `The store ${target} is there.`)
  if (described(home.folder, path).sha256 !== sha256) {
    throw new Fault('BACKUP_REFUSED', `${target} is there, with another content.`)
  }
}

/** Lets a store take no calls before it has what CRS accepted since the backup. */
function fence(path: string, takenAt: number, now: EpochMs): void {
  const store = openStore(path, MIGRATIONS)
  try {
    markRestored(store, takenAt, now)
  } finally {
    store.close()
  }
}

const isStore = (home: Home, path: string): boolean =>
  path.startsWith(`${relative(home.folder, home.stores)}/`)
