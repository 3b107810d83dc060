import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../platform/fault.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'

/** One file of a backup. */
export interface BackedUpFile {
  /** Path within the backup, and within the home it came from. */
  readonly path: string
  readonly length: number
  /** Of the whole file, lower-case hexadecimal. */
  readonly sha256: string
}

/** What a backup holds; written last, so that a backup without it is none. */
export interface Manifest {
  readonly form: 1
  /** When the first store was copied, ms since 1970. */
  readonly takenAt: number
  /** Whether keys and card files are among the files. */
  readonly withKeys: boolean
  readonly files: readonly BackedUpFile[]
}

const MANIFEST = 'backup.json'

/**
 * A file of a home, of one of its folders, or of a folder in one: any name that an operator may give, but none that leads out
 * of the home, that cannot be shown on a line, or that is not in UTF-8 (which Node shows as U+FFFD).
 */
const BACKED_UP_PATH =
  /^(?!\.{1,2}(?:\/|$))[^/\\\uFFFD\p{C}]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\\uFFFD\p{C}]+){0,2}$/u

/** Whether a path can stand in a backup: what is taken can be put back. */
export const isBackedUpPath = (path: string): boolean => BACKED_UP_PATH.test(path)

const manifest = compileSchema(
  Type.Object({
    form: Type.Literal(1),
    takenAt: Type.Integer({ minimum: 0 }),
    withKeys: Type.Boolean(),
    files: Type.Array(
      Type.Object({
        path: Type.String({ pattern: BACKED_UP_PATH.source }),
        length: Type.Integer({ minimum: 0 }),
        sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      }),
    ),
  }),
)

/** The manifest's place in a backup. */
export const manifestIn = (backup: string): string => join(backup, MANIFEST)

/** What a folder says it holds. Throws `BACKUP_REFUSED` when that is no backup. */
export function readManifest(backup: string): Manifest {
  let read: unknown
  try {
    read = JSON.parse(readFileSync(manifestIn(backup), 'utf8'))
  } catch (cause) {
    throw new Fault('BACKUP_REFUSED', `${backup} is no whole backup.`, { cause })
  }
  if (manifest.Check(read)) return read
  throw new Fault('BACKUP_REFUSED', `${manifestIn(backup)} is not of a form that is known here.`)
}

/** Describes a file of a backup. */
export function described(backup: string, path: string): BackedUpFile {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(1_048_576)
  const file = openSync(join(backup, path), 'r')
  let length = 0
  try {
    for (let read = 1; read > 0; length += read) {
      read = readSync(file, buffer)
      hash.update(buffer.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
  return { path, length, sha256: hash.digest('hex') }
}

/** Throws `BACKUP_REFUSED` for the first file that is not as it was copied. */
export function checkFiles(backup: string, files: readonly BackedUpFile[]): void {
  for (const { path, length, sha256 } of files) {
    let found: BackedUpFile | undefined
    try {
      found = described(backup, path)
    } catch (cause) {
      throw new Fault('BACKUP_REFUSED', `${join(backup, path)} cannot be read.`, { cause })
    }
    if (found.length !== length || found.sha256 !== sha256) {
      throw new Fault('BACKUP_REFUSED', `${join(backup, path)} is not as it was copied.`)
    }
  }
}
