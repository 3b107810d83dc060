import { decodeG711, encodeG711, type G711Law, SAMPLE_RATE } from './g711.js'

/** How a WAV file holds its samples. */
export type WavEncoding = 'PCM16' | G711Law

/** One channel of speech at 8,000 samples a second. */
export interface Wav {
  readonly encoding: WavEncoding
  /** As the file has them: 16-bit little-endian words, or G.711 octets. */
  readonly samples: Buffer
}

/** What reading a file gives: the first reason it is refused, in the order they are checked. */
export type WavReading =
  | { readonly outcome: 'not_riff_wave' }
  | { readonly outcome: 'no_format' }
  | { readonly outcome: 'unsupported'; readonly what: string }
  | { readonly outcome: 'no_samples' }
  | { readonly outcome: 'read'; readonly wav: Wav }

/** RFC 2361: WAVE format tags. */
const FORMAT_TAGS = new Map<number, WavEncoding>([
  [0x0001, 'PCM16'],
  [0x0006, 'PCMA'],
  [0x0007, 'PCMU'],
])

/** The tag stands in the first two octets of a sub-format instead. */
const EXTENSIBLE = 0xfffe

/** Reads a RIFF WAVE file of one channel, 8 kHz, 16-bit linear, µ-law or A-law. */
export function readWav(file: Buffer): WavReading {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF') {
    return { outcome: 'not_riff_wave' }
  }
  if (file.toString('latin1', 8, 12) !== 'WAVE') return { outcome: 'not_riff_wave' }
  const chunks = chunksOf(file)
  const format = chunks.get('fmt ')
  if (!format || format.length < 16) return { outcome: 'no_format' }
  const encoding = encodingOf(format)
  if (typeof encoding !== 'string') return { outcome: 'unsupported', what: encoding.what }
  const samples = chunks.get('data')
  if (!samples) return { outcome: 'no_samples' }
  const whole = encoding === 'PCM16' ? samples.length & ~1 : samples.length
  return { outcome: 'read', wav: { encoding, samples: samples.subarray(0, whole) } }
}

/** Chunks by name, the first of each. A length beyond the file's end (a file still written) ends with it. */
function chunksOf(file: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>()
  let at = 12
  while (at + 8 <= file.length) {
    const name = file.toString('latin1', at, at + 4)
    const begin = at + 8
    const end = Math.min(begin + file.readUInt32LE(at + 4), file.length)
    if (!chunks.has(name)) chunks.set(name, file.subarray(begin, end))
    // Chunks begin at even offsets.
    at = end + (end & 1)
  }
  return chunks
}

function encodingOf(format: Buffer): WavEncoding | { what: string } {
  const stated = format.readUInt16LE(0)
  const tag = stated === EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : stated
  const encoding = FORMAT_TAGS.get(tag)
  if (!encoding) return { what: `format ${tag}` }
  const channels = format.readUInt16LE(2)
  if (channels !== 1) return { what: `${channels} channels` }
  const rate = format.readUInt32LE(4)
  if (rate !== SAMPLE_RATE) return { what: `${rate} samples a second` }
  const bits = format.readUInt16LE(14)
  return bits === bitsOf(encoding) ? encoding : { what: `${bits} bits` }
}

const bitsOf = (encoding: WavEncoding) => (encoding === 'PCM16' ? 16 : 8)

/** A file that `readWav` reads back as it was. */
export function formatWav({ encoding, samples }: Wav): Buffer {
  const tag = [...FORMAT_TAGS].find(([, named]) => named === encoding)?.[0] ?? 0
  const sampleBytes = bitsOf(encoding) / 8
  const format = Buffer.alloc(encoding === 'PCM16' ? 16 : 18)
  format.writeUInt16LE(tag, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(SAMPLE_RATE, 4)
  format.writeUInt32LE(SAMPLE_RATE * sampleBytes, 8)
  format.writeUInt16LE(sampleBytes, 12)
  format.writeUInt16LE(bitsOf(encoding), 14)
  // Formats other than linear state how many samples there are.
  const count = Buffer.alloc(4)
  count.writeUInt32LE(samples.length / sampleBytes)
  const fact = encoding === 'PCM16' ? [] : [chunk('fact', count)]
  const chunks = [chunk('fmt ', format), ...fact, chunk('data', samples)]
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE', 'latin1'), ...chunks]))
}

function chunk(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8, name, 'latin1')
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length & 1)])
}

/** The samples as octets of a law. */
export function wavAs(law: G711Law, { encoding, samples }: Wav): Buffer {
  if (encoding === law) return samples
  return encodeG711(law, linearOf({ encoding, samples }))
}

/** The samples as 16-bit numbers. */
export function linearOf({ encoding, samples }: Wav): Int16Array {
  if (encoding !== 'PCM16') return decodeG711(encoding, samples)
  return Int16Array.from({ length: samples.length / 2 }, (_, at) => samples.readInt16LE(at * 2))
}
