import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { syncFile } from './durable-file.js'
import { Fault, systemErrorCode } from './fault.js'

export type { Database } from 'better-sqlite3'

/** Pages copied between two looks at other work. */
const PAGES_AT_ONCE = 4_096

/** How long a connection waits for another process's lock before it gives up (fault test XF8). */
const BUSY_TIMEOUT_MS = 2_000

/**
 * Opens a program's store, brings it to the newest form, and promises that a commit is on disk when it
 * returns: WAL with `synchronous=FULL`, set and read back, because a re-opened WAL store would
 * otherwise run at NORMAL and lose acknowledged charges in a power cut.
 *
 * `migrations` are numbered by their place and only ever appended; each runs in one transaction with
 * its number, so that a kill between or inside them leaves a store the next start can go on with.
 * Throws `STORE_DAMAGED`, `STORE_TOO_NEW` or `FOLDER_NOT_WRITABLE`, each before anything is written,
 * the write-ahead log of a killed program included.
 */
export function openStore(path: string, migrations: readonly string[]): Database {
  let store: Database | undefined
  try {
    checkFolder(path)
    checkBeforeWriting(path, migrations)
    store = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS })
    makeDurable(store)
    takeOver(store)
    migrate(store, migrations)
    return store
  } catch (error) {
    store?.close()
    throw openFault(error, path)
  }
}

/** Opens a store to read it beside its writer. */
export function openStoreToRead(path: string): Database {
  try {
    checkFolder(path)
    const store = new Sqlite(path, {
      readonly: true,
      fileMustExist: true,
      timeout: BUSY_TIMEOUT_MS,
    })
    store.pragma('query_only = 1')
    return store
  } catch (error) {
    throw openFault(error, path)
  }
}

/**
 * Opens a store for a command that only looks, by statements of its newest form; `undefined` when its program
 * never ran here, and nothing is made. Throws `STORE_TOO_OLD` when the program has not run since it was updated,
 * and `STORE_TOO_NEW`.
 */
export function openStoreToLook(path: string, migrations: readonly string[]): Database | undefined {
  if (!existsSync(path)) return undefined
  const store = openStoreToRead(path)
  const form = formOf(store)
  if (form === migrations.length) return store
  store.close()
  const what = `The store ${path} has form ${form}; this command knows ${migrations.length}.`
  throw new Fault(form > migrations.length ? 'STORE_TOO_NEW' : 'STORE_TOO_OLD', what)
}

/**
 * Opens a store beside its writer to read it and to take checkpoints, off the commit path: a checkpoint
 * moves what was committed from the write-ahead log to its place while the writer goes on.
 */
export function openStoreToCheckpoint(path: string): Database {
  try {
    checkFolder(path)
    const store = new Sqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
    makeDurable(store)
    store.pragma('query_only = 1')
    return store
  } catch (error) {
    throw openFault(error, path)
  }
}

/**
 * Takes a checkpoint of what no reader or writer holds back. Waits for neither; one that finds the disk
 * full is taken up by the next, since all that it would move stands in the write-ahead log.
 */
export function checkpoint(store: Database): void {
  try {
    store.pragma('wal_checkpoint(PASSIVE)')
  } catch (error) {
    if (!passes(error)) throw error
  }
}

/**
 * Copies a store that a program may be writing to, as it is at this moment, and checks the copy. Throws
 * `STORE_DAMAGED` when the copy is not whole, whatever is wrong with the store itself.
 */
export async function copyStore(path: string, to: string): Promise<void> {
  const store = openStoreToRead(path)
  try {
    // A copy begins anew whenever another process commits, unless it reads inside a transaction.
    store.exec('BEGIN')
    store.prepare('SELECT count(*) FROM sqlite_schema').get()
    await store.backup(to, { progress: () => PAGES_AT_ONCE })
  } finally {
    store.close()
  }
  checkCopy(path, to)
  syncFile(to)
}

function checkCopy(path: string, copy: string): void {
  const store = new Sqlite(copy)
  try {
    // One file and no write-ahead log beside it.
    store.pragma('journal_mode = DELETE')
    const found = String(store.pragma('integrity_check(1)', { simple: true }))
    if (found !== 'ok') throw new Fault('STORE_DAMAGED', `The store ${path} is damaged: ${found}.`)
  } finally {
    store.close()
  }
}

/** Failures that leave a store as it was: it can be tried again when there is space, or the lock is gone. */
export const passes = (cause: unknown): boolean =>
  ['SQLITE_FULL', 'SQLITE_BUSY'].includes(systemErrorCode(cause) ?? '')

function checkFolder(path: string): void {
  if (!existsSync(dirname(path))) {
    throw new Fault('FOLDER_NOT_WRITABLE', `The folder of the store ${path} is not there.`)
  }
}

/**
 * Looks at a store that is there. When a killed program left a write-ahead log, by a connection that can
 * only read: one that can write would move the log into the store as it closes.
 */
function checkBeforeWriting(path: string, migrations: readonly string[]): void {
  if (!existsSync(path)) return
  const readonly = existsSync(`${path}-wal`)
  const store = new Sqlite(path, { readonly, timeout: BUSY_TIMEOUT_MS })
  try {
    const found = String(store.pragma('quick_check(1)', { simple: true }))
    if (found !== 'ok') throw damaged(path, found.replace(/^\*{3}.*\n/, ''))
    const form = formOf(store)
    if (form > migrations.length) {
      const what = `The store ${path} has form ${form}, newer than this program.`
      throw new Fault('STORE_TOO_NEW', what)
    }
  } finally {
    store.close()
  }
}

const damaged = (path: string, how: string): Fault =>
  new Fault('STORE_DAMAGED', `The store ${path} is damaged: ${how}.`)

const formOf = (store: Database): number => Number(store.pragma('user_version', { simple: true }))

function makeDurable(store: Database): void {
  store.pragma('journal_mode = WAL')
  store.pragma('synchronous = FULL')
  store.pragma('foreign_keys = ON')
  // Checkpoints are taken on a timer off the commit path: an automatic one runs inside a commit.
  store.pragma('wal_autocheckpoint = 0')
  const FULL = 2
  const mode = store.pragma('journal_mode', { simple: true })
  const synchronous = store.pragma('synchronous', { simple: true })
  if (mode !== 'wal' || synchronous !== FULL) {
    throw new Fault('STORE_FAILED', `The store would not be durable: ${mode}, ${synchronous}.`)
  }
}

/**
 * Writes what a program left in the write-ahead log to its place before anything is added to the log.
 * After a failed flush the log may hold what every reader sees and what no later flush brings to disk;
 * what is committed behind that would be lost with it in a power cut (fault test XF5). A reader in the way
 * leaves it to the checkpoints that follow.
 */
function takeOver(store: Database): void {
  store.pragma('wal_checkpoint(TRUNCATE)')
}

function migrate(store: Database, migrations: readonly string[]): void {
  const reached = formOf(store)
  for (const [index, statements] of migrations.entries()) {
    if (index < reached) continue
    store.transaction(() => {
      store.exec(statements)
      store.pragma(`user_version = ${index + 1}`)
    })()
  }
}

function openFault(error: unknown, path: string): unknown {
  const code = systemErrorCode(error)
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return new Fault('STORE_DAMAGED', `The store ${path} is damaged.`, { cause: error })
  }
  if (code?.startsWith('SQLITE_CANTOPEN') || code?.startsWith('SQLITE_READONLY')) {
    return new Fault('FOLDER_NOT_WRITABLE', `The store ${path} cannot be opened.`, { cause: error })
  }
  if (code?.startsWith('SQLITE_')) {
    return new Fault('STORE_FAILED', `The store ${path} failed: ${code}.`, { cause: error })
  }
  return error
}
