import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { FileContent } from './file-content.js'
import type { Act, FilesByInode } from './recording.js'

/** What a disk writes whole or not at all, in bytes. */
const SECTOR = 512

type Change = Extract<Act, { act: 'write' | 'truncate' }>

/** A file under a name; an inode that is used again is another file. */
type FileId = number

type Naming =
  | { readonly act: 'named'; readonly path: string; readonly file: FileId }
  | Extract<Act, { act: 'rename' | 'unlink' }>

/** What a power cut may undo, or not, as long as no flush came after it; `at` is its place in the recording. */
type Pending<What> = What & { readonly at: number }

/** A disk as a program's acts leave it: what is flushed stands, the rest is in the cache. */
class Disk {
  readonly #folders: ReadonlyMap<number, string>
  readonly #names: Map<string, FileId>
  readonly #contents = new Map<FileId, FileContent>()
  readonly #pending = new Map<FileId, Pending<Change>[]>()
  readonly #ids = new Map<number, FileId>()
  /** Where in the recording a flush began. */
  readonly #flushes = new Map<number, number>()
  #naming: Pending<Naming>[] = []
  #files = 0

  constructor(start: FilesByInode) {
    this.#folders = start.folders
    for (const [inode, content] of start.contents) {
      this.#contents.set(this.#newFile(inode), new FileContent(content))
    }
    this.#names = new Map([...start.names].map(([path, inode]) => [path, this.#idOf(inode)]))
  }

  carryOut(act: Act, at: number): void {
    switch (act.act) {
      case 'write':
      case 'truncate':
        this.#pendingOf(this.#idOf(act.file)).push({ ...act, at })
        break
      case 'flush_began':
        this.#flushes.set(act.flush, at)
        break
      case 'flushed':
        this.#flushed(act.file, this.#flushes.get(act.flush) ?? at)
        break
      case 'flush_failed':
        this.#flushFailed(act.file, this.#flushes.get(act.flush) ?? at)
        break
      case 'create':
        this.#naming.push({ act: 'named', path: act.path, file: this.#newFile(act.file), at })
        break
      case 'link':
        this.#naming.push({ act: 'named', path: act.path, file: this.#idOf(act.file), at })
        break
      case 'rename':
      case 'unlink':
        this.#naming.push({ ...act, at })
        break
      case 'tell':
    }
  }

  /** What is there when the power comes back: all that was flushed, and of the rest what chance lets through. */
  afterCut(chance: () => number): Map<string, Uint8Array> {
    const names = new Map(this.#names)
    const kept = Math.floor(chance() * (this.#naming.length + 1))
    for (const naming of this.#naming.slice(0, kept)) rename(names, naming)
    return new Map([...names].map(([path, file]) => [path, this.#contentAfterCut(file, chance)]))
  }

  #contentAfterCut(file: FileId, chance: () => number): Uint8Array {
    const content = new FileContent(this.#contentOf(file).bytes())
    // From «nothing got through» to «all of it»; between them in pieces, so that pages are torn.
    const share = [0, chance(), 1][Math.floor(chance() * 3)] ?? 0
    for (const change of this.#pendingOf(file)) {
      if (change.act === 'truncate') {
        if (chance() < share) content.truncate(change.length)
        continue
      }
      for (let at = 0; at < change.bytes.length; at += SECTOR) {
        if (chance() >= share) continue
        content.write(change.offset + at, change.bytes.subarray(at, at + SECTOR))
      }
    }
    return content.bytes()
  }

  /** A flush makes durable what was done before it began: a folder's names, or a file's bytes. */
  #flushed(inode: number, before: number): void {
    const folder = this.#folders.get(inode)
    if (folder !== undefined) {
      const isDone = (naming: Pending<Naming>) => naming.at < before && folderOf(naming) === folder
      for (const naming of this.#naming.filter(isDone)) rename(this.#names, naming)
      this.#naming = this.#naming.filter(naming => !isDone(naming))
      return
    }
    const file = this.#idOf(inode)
    const pending = this.#pendingOf(file)
    const content = this.#contentOf(file)
    const done = pending.filter(({ at }) => at < before)
    for (const change of done) {
      if (change.act === 'truncate') content.truncate(change.length)
      else content.write(change.offset, change.bytes)
    }
    this.#pending.set(file, pending.slice(done.length))
  }

  /**
   * The system marks what it could not write as clean: no later flush brings it to disk, though all who
   * read the file see it. A folder's names are journalled, and stay to be flushed.
   */
  #flushFailed(inode: number, before: number): void {
    if (this.#folders.has(inode)) return
    const file = this.#idOf(inode)
    this.#pending.set(
      file,
      this.#pendingOf(file).filter(({ at }) => at >= before),
    )
  }

  #newFile(inode: number): FileId {
    const file = ++this.#files
    this.#ids.set(inode, file)
    return file
  }

  #idOf(inode: number): FileId {
    return this.#ids.get(inode) ?? this.#newFile(inode)
  }

  #contentOf(file: FileId): FileContent {
    const content = this.#contents.get(file) ?? new FileContent()
    this.#contents.set(file, content)
    return content
  }

  #pendingOf(file: FileId): Pending<Change>[] {
    const pending = this.#pending.get(file) ?? []
    this.#pending.set(file, pending)
    return pending
  }
}

/**
 * The disk after a power cut that follows the first `count` acts, as files below `target`. Shared memory
 * of a store (`-shm`) is in no file that a program writes, and does not outlive the cut.
 */
export function restoreAfterCut(
  start: FilesByInode,
  acts: readonly Act[],
  count: number,
  chance: () => number,
  target: string,
): void {
  const disk = new Disk(start)
  for (const [at, act] of acts.slice(0, count).entries()) disk.carryOut(act, at)
  for (const folder of start.folders.values()) {
    mkdirSync(join(target, relative(start.root, folder)), { recursive: true })
  }
  for (const [path, content] of disk.afterCut(chance)) {
    if (!path.endsWith('-shm')) writeFileSync(join(target, relative(start.root, path)), content)
  }
}

function rename(names: Map<string, FileId>, naming: Naming): void {
  switch (naming.act) {
    case 'named':
      names.set(naming.path, naming.file)
      break
    case 'unlink':
      names.delete(naming.path)
      break
    case 'rename': {
      const file = names.get(naming.from)
      if (file === undefined) return
      names.delete(naming.from)
      names.set(naming.to, file)
    }
  }
}

const folderOf = (naming: Naming): string =>
  dirname(naming.act === 'rename' ? naming.to : naming.path)
