import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../platform/fault.js'
import { SILENCE } from '../../platform/rtp/g711.js'
import { readWav, wavAs } from '../../platform/rtp/wav.js'

/** One piece of guidance as it sounds. */
export interface LibraryClip {
  /** Path below the folder of clips, without `.wav`: `ja/welcome`. */
  readonly id: string
  /** What it says; empty where nothing tells. */
  readonly text: string
  /** µ-law octets, quiet at both ends cut away. */
  readonly samples: Buffer
}

/** How many octets at the beginning of a clip it is looked up by: 2 ms. */
export const LOOK_UP_OCTETS = 16

/** Octet of silence, in the law that handsets speak. */
export const QUIET = SILENCE.PCMU

/** Both zeros of µ-law are one sound; an encoder may write either (ITU-T G.711, Table 2). */
export const oneZero = (octet: number): number => (octet === 0x7f ? QUIET : octet)

/** Clips by the way they begin. */
export class ClipLibrary {
  readonly #byBeginning = new Map<string, LibraryClip[]>()

  constructor(clips: Iterable<LibraryClip>) {
    for (const clip of clips) {
      if (clip.samples.length < LOOK_UP_OCTETS) continue
      const beginning = clip.samples.toString('latin1', 0, LOOK_UP_OCTETS)
      const others = this.#byBeginning.get(beginning)
      if (others) others.push(clip)
      else this.#byBeginning.set(beginning, [clip])
    }
  }

  /** The clips that begin with these octets. */
  beginningWith(octets: Uint8Array): readonly LibraryClip[] {
    return this.#byBeginning.get(Buffer.from(octets).toString('latin1')) ?? []
  }
}

/**
 * Reads a folder of clips, with the texts that its `manifest.json` tells if there is one. Throws
 * `FILE_MALFORMED` for a file that is no clip.
 */
export function readClipLibrary(folder: string): ClipLibrary {
  const texts = textsIn(folder)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const clips = names
    .filter(name => name.endsWith('.wav'))
    .sort()
    .map((name): LibraryClip => {
      const read = readWav(readFileSync(join(folder, name)))
      if (read.outcome !== 'read') {
        throw new Fault('FILE_MALFORMED', `The clip ${name} cannot be read: ${read.outcome}.`)
      }
      const samples = libraryClipSamples(wavAs('PCMU', read.wav))
      return { id: name.slice(0, -'.wav'.length), text: texts.get(name) ?? '', samples }
    })
  return new ClipLibrary(clips)
}

/** The octets of a clip as they are compared: one zero, and no quiet at the ends. */
export function libraryClipSamples(mulaw: Buffer): Buffer {
  const samples = mulaw.map(oneZero)
  let begin = 0
  let end = samples.length
  while (begin < end && samples[begin] === QUIET) begin++
  while (end > begin && samples[end - 1] === QUIET) end--
  return Buffer.from(samples.subarray(begin, end))
}

/** What each clip says, by its path; empty without a manifest that can be read. */
function textsIn(folder: string): ReadonlyMap<string, string> {
  try {
    const { clips } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    return new Map(
      Object.entries(Object(clips)).map(([name, clip]) => [name, `${Object(clip).text ?? ''}`]),
    )
  } catch {
    return new Map()
  }
}
