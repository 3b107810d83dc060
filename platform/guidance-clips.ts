import { join } from 'node:path'
import type { Home } from './home.js'
import { Type } from './schema.js'

/**
 * Clips that operators took in, in place of the product's (requirement M-05): each lies under the SHA-256 of
 * its bytes, so that none ever changes, and a call in progress finds those that it began with.
 */
export const takenClip = (folder: string, sha256: string): string => join(folder, `${sha256}.wav`)

/** Where scp tells ivr which of them are in force, and from when. */
export const guidanceFile = ({ guidance }: Pick<Home, 'guidance'>): string =>
  join(guidance, 'in-force.json')

/** What that file holds: in order of time, and the last whose moment has come is in force. */
export const guidanceForm = Type.Object({
  /** Of this format. */
  version: Type.Literal(1),
  standing: Type.Array(
    Type.Object({
      from: Type.Integer(),
      /** Clip by its name, as `ja/welcome.wav`, to the SHA-256 of the one to play; others are the product's. */
      clips: Type.Record(Type.String(), Type.String()),
    }),
  ),
})

/** The least that stands before the samples of a WAV file. */
const HEADER_BYTES = 44

/** What is wrong with a WAV file that is to be a clip: all are µ-law of 8 kHz, one channel (ITU-T G.711). */
export function clipMistake(bytes: Buffer): string | undefined {
  const marks = [bytes.subarray(0, 4), bytes.subarray(8, 16)].map(mark => mark.toString('latin1'))
  if (marks.join(' ') !== 'RIFF WAVEfmt ' || bytes.length < HEADER_BYTES) return 'it is no WAV file'
  const [law, channels] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)]
  const [rate, bits] = [bytes.readUInt32LE(24), bytes.readUInt16LE(34)]
  if (law === 7 && channels === 1 && rate === 8_000 && bits === 8) return undefined
  return `it must be µ-law of 8 kHz, one channel: it is of format ${law}, ${rate} Hz, ${channels} channels, ${bits} bits`
}
