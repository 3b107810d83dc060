import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import { APPROVAL_MS } from '../rules/approval.js'
import type { ImportTerms } from '../rules/import-line.js'
import { checkImport, type ImportCheck, ImportFile } from './import-file.js'

/** Begins the name of a file that came by the screens; nobody but scp keeps it. */
const BEGINNING = 'upload-'

/** Bad lines that are told one by one. */
const TOLD_MAX = 100

/** What a file that came holds, and under which name it lies. */
export interface UploadedImport extends ImportCheck {
  readonly file: string
  /** The first bad lines. */
  readonly lines: readonly { readonly line: number; readonly problem: string }[]
}

/** Whether a file came by the screens: scp takes it away again when its import is over. */
export const isUploaded = (file: string): boolean => file.startsWith(BEGINNING)

/**
 * Keeps another maker's list that came by the screens, readable by its owner alone, and reads it through
 * (docs/formats/card-import.md). Its name says what it holds, so the same list is kept once. Those that nobody asked
 * to have imported, or whose approval is too old by now, go. `now`: the machine's, in ms.
 */
export async function keepUpload(
  folder: string,
  batch: number,
  text: string,
  terms: ImportTerms,
  now: number,
): Promise<UploadedImport> {
  const bytes = Buffer.from(text, 'utf8')
  const digest = createHash('sha256').update(bytes).digest('hex')
  const file = `${BEGINNING}${`${batch}`.padStart(6, '0')}-${digest.slice(0, 16)}.csv`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await dropOld(folder, now)
  await write(join(folder, file), bytes)
  const lines: { line: number; problem: string }[] = []
  const opened = await ImportFile.open(join(folder, file))
  try {
    const check = await checkImport(opened, terms, (line, problem) => {
      if (lines.length < TOLD_MAX) lines.push({ line, problem })
    })
    return { ...check, file, lines }
  } catch (error) {
    await rm(join(folder, file), { force: true })
    throw error
  } finally {
    await opened.close()
  }
}

/** Takes a file that came by the screens away; one that an operator laid there stays. */
export async function dropUpload(folder: string, file: string): Promise<void> {
  if (isUploaded(file)) await rm(join(folder, file), { force: true })
}

async function dropOld(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isUploaded(name)) continue
    const { mtimeMs } = await stat(join(folder, name))
    if (now - mtimeMs > APPROVAL_MS) await rm(join(folder, name), { force: true })
  }
}

async function write(path: string, bytes: Buffer): Promise<void> {
  try {
    const file = await open(`${path}.part`, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    // In place of one of the same content, which an import may be reading.
    await rename(`${path}.part`, path)
  } catch (cause) {
    const code = systemErrorCode(cause)
    throw new Fault('FOLDER_NOT_WRITABLE', `The list cannot be kept: ${code}.`, { cause })
  }
}
