import { createHash } from 'node:crypto'

/** What the clips were made of and what came out: `clips/manifest.json`. */
export interface Manifest {
  /** Of this file's own format. */
  readonly version: 1
  /** By file within the folder of clips, in order of name. */
  readonly clips: Readonly<Record<string, ManifestEntry>>
}

export interface ManifestEntry {
  /** What is heard. */
  readonly text: string
  /** SHA-256 of everything the clip is made from: words, neighbours, pauses, voice, settings. */
  readonly madeFrom: string
  /** SHA-256 of the file. */
  readonly bytes: string
  readonly durationMs: number
}

/** SHA-256 in hexadecimal. */
export const sha256 = (content: Buffer | string): string =>
  createHash('sha256').update(content).digest('hex')
