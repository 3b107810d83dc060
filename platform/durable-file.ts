import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Fault, systemErrorCode } from './fault.js'

/** Characters gathered before they are written, so that a file of many lines takes few system calls. */
const GATHERED = 65_536

/**
 * Writes a file so that it is there whole or not at all, whatever stops the machine: temporary name,
 * fsync, rename, fsync of the folder. Throws `FOLDER_NOT_WRITABLE` when the system refuses, for want of
 * space too.
 */
export function writeDurably(path: string, content: string | Uint8Array, mode = 0o640): void {
  writeAllDurably([{ path, content }], mode)
}

/** A file with all that it is to hold. */
export interface WholeFile {
  readonly path: string
  readonly content: string | Uint8Array
}

/** Writes files, in order, as `writeDurably` does, with one flush of each folder's list of names. */
export function writeAllDurably(files: readonly WholeFile[], mode: number): void {
  for (const { path, content } of files) orFault(path, () => writeTemporary(path, [content], mode))
  for (const { path } of files) orFault(path, () => renameSync(temporaryOf(path), path))
  syncFolders(files.map(({ path }) => path))
}

/** A file that never changes, made from parts that are asked for one by one. */
export interface OnceWritten {
  readonly path: string
  readonly parts: Iterable<string>
}

/**
 * Writes files that never change, in order, as `writeDurably` does: each is on disk whole before any is
 * put under its name, and their folders' lists of names once all are. Safe to repeat after a kill: the
 * same content leaves a file as it is. Throws `CLOSED_FILE_CHANGED` when another content stands under a
 * name, and leaves that as it is too; some of the others may have been written then.
 */
export function writeOnceDurably(files: Iterable<OnceWritten>): void {
  const paths: string[] = []
  const left = new Set<string>()
  try {
    for (const { path, parts } of files) {
      paths.push(path)
      left.add(path)
      orFault(path, () => writeTemporary(path, gathered(parts), 0o440))
    }
    for (const path of paths) if (orFault(path, () => putInPlaceOnce(path))) left.delete(path)
  } finally {
    for (const path of left) orFault(path, () => rmSync(temporaryOf(path), { force: true }))
    syncFolders(paths)
  }
}

/**
 * Writes a file that never changes as `writeDurably` does, from parts that come one by one, and answers what their
 * maker answers. Safe to repeat after a kill: what is there is replaced by the same content.
 */
export async function writeStreamDurably<T>(
  path: string,
  parts: AsyncGenerator<string, T>,
): Promise<T> {
  const part = temporaryOf(path)
  const file = orFault(path, () => {
    rmSync(part, { force: true })
    return openSync(part, 'wx', 0o440)
  })
  let made: T
  try {
    for (;;) {
      const next = await parts.next()
      if (next.done) {
        made = next.value
        break
      }
      orFault(path, () => writeWhole(file, next.value))
    }
    orFault(path, () => fsyncSync(file))
    orFault(path, () => renameSync(part, path))
  } finally {
    closeSync(file)
    rmSync(part, { force: true })
  }
  syncFolders([path])
  return made
}

/**
 * Makes a file that is there whole or not at all, unless one of that name is there: of several programs
 * that make it at once one succeeds. Answers whether this one did. A file that is there is left as it is.
 */
export function makeDurably(path: string, content: string, mode: number): boolean {
  return orFault(path, () => {
    const made = `${path}.${process.pid}.part`
    rmSync(made, { force: true })
    try {
      writeNew(made, [content], mode)
      linkSync(made, path)
      return true
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false
      throw error
    } finally {
      rmSync(made, { force: true })
      syncFolder(dirname(path))
    }
  })
}

/** The system's refusal to write (no space, no right) as a fault that names the file. */
function orFault<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (cause instanceof Fault || code === undefined) throw cause
    throw new Fault('FOLDER_NOT_WRITABLE', `${path} cannot be written: ${code}.`, { cause })
  }
}

/** Answers whether the file was put there; else it was there, with the same content. */
function putInPlaceOnce(path: string): boolean {
  if (!existsSync(path)) {
    renameSync(temporaryOf(path), path)
    return true
  }
  if (sameContent(path, temporaryOf(path))) return false
  throw new Fault('CLOSED_FILE_CHANGED', `${path} is not as it was written.`)
}

const temporaryOf = (path: string): string => `${path}.part`

function writeTemporary(path: string, parts: Iterable<string | Uint8Array>, mode: number): void {
  // What a kill left behind has its own mode, and may not be writable.
  if (existsSync(temporaryOf(path))) rmSync(temporaryOf(path), { force: true })
  writeNew(temporaryOf(path), parts, mode)
}

function writeNew(path: string, parts: Iterable<string | Uint8Array>, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    for (const part of parts) writeWhole(file, part)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function writeWhole(file: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}

/** Makes the lists of names durable of the folders in which files are. */
function syncFolders(paths: readonly string[]): void {
  const folders = new Set(paths.map(path => dirname(path)))
  for (const folder of folders) orFault(folder, () => syncFolder(folder))
}

function* gathered(parts: Iterable<string>): Iterable<string> {
  let text = ''
  for (const part of parts) {
    text += part
    if (text.length < GATHERED) continue
    yield text
    text = ''
  }
  yield text
}

function sameContent(one: string, other: string): boolean {
  const files = [openSync(one, 'r'), openSync(other, 'r')]
  try {
    for (;;) {
      const [a, b] = files.map(readPart)
      if (!a || !b || !a.equals(b)) return false
      if (a.length === 0) return true
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}

/** The next bytes of a file: as many as asked for unless it ends. */
function readPart(file: number): Buffer {
  const bytes = Buffer.alloc(GATHERED)
  let length = 0
  for (;;) {
    const read = readSync(file, bytes, length, bytes.length - length, null)
    length += read
    if (read === 0 || length === bytes.length) return bytes.subarray(0, length)
  }
}

/** Makes a file's content durable that was written by other means. */
export const syncFile = (path: string): void => syncFolder(path)

/** Makes a folder's list of names durable. */
export function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
