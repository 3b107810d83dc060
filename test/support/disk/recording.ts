import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One act of a program on its disk, as `recorder.c` kept it. Files are inodes, so a new name changes none. */
export type Act =
  | {
      readonly act: 'write'
      readonly file: number
      readonly offset: number
      readonly bytes: Buffer
    }
  | { readonly act: 'truncate'; readonly file: number; readonly length: number }
  | {
      readonly act: 'flush_began' | 'flushed' | 'flush_failed'
      readonly file: number
      readonly flush: number
    }
  /** A new file, or another name of one that is there. */
  | { readonly act: 'create' | 'link'; readonly file: number; readonly path: string }
  | { readonly act: 'rename'; readonly from: string; readonly to: string }
  | { readonly act: 'unlink'; readonly path: string }
  /** What the program told the world by then. */
  | { readonly act: 'tell'; readonly line: string }

const HEAD = 24

/** Reads what the recorder kept, a record cut short by a kill left out. */
export function readRecording(file: string): Act[] {
  const log = readFileSync(file)
  const acts: Act[] = []
  for (let at = 0; at + HEAD <= log.length; ) {
    const end = at + HEAD + log.readUInt32LE(at + 4)
    if (end > log.length) break
    acts.push(actOf(log.subarray(at, at + HEAD), log.subarray(at + HEAD, end)))
    at = end
  }
  return acts
}

function actOf(head: Buffer, bytes: Buffer): Act {
  const file = Number(head.readBigUInt64LE(8))
  const number = Number(head.readBigUInt64LE(16))
  const [one = '', other = ''] = head.readUInt32LE(0) > 4 ? bytes.toString().split('\0') : []
  switch (head.readUInt32LE(0)) {
    case 1:
      return { act: 'write', file, offset: number, bytes }
    case 2:
      return { act: 'truncate', file, length: number }
    case 3:
      return { act: 'flush_began', file, flush: number }
    case 4:
      return { act: 'flushed', file, flush: number }
    case 5:
      return { act: other === '' ? 'create' : 'link', file, path: one }
    case 6:
      return { act: 'rename', from: one, to: other }
    case 7:
      return { act: 'unlink', path: one }
    case 9:
      return { act: 'flush_failed', file, flush: number }
    default:
      return { act: 'tell', line: one.trim() }
  }
}

/** A folder and all below it, by inode: where a recording begins. */
export interface FilesByInode {
  readonly root: string
  /** Folders, by inode; their flushes make names durable. */
  readonly folders: ReadonlyMap<number, string>
  readonly names: ReadonlyMap<string, number>
  readonly contents: ReadonlyMap<number, Buffer>
}

/** Reads a folder whose programs are at rest. */
export function filesByInode(root: string): FilesByInode {
  const folders = new Map([[statSync(root).ino, root]])
  const names = new Map<string, number>()
  const contents = new Map<number, Buffer>()
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name)
    const found = statSync(path)
    if (found.isDirectory()) folders.set(found.ino, path)
    if (!found.isFile()) continue
    names.set(path, found.ino)
    contents.set(found.ino, readFileSync(path))
  }
  return { root, folders, names, contents }
}
