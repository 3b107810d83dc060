/**
 * G.711 (ITU-T G.711, 11/88): one octet a sample, 8,000 samples a second, µ-law (PCMU) or A-law (PCMA).
 * Linear samples are 16 bits wide: the recommendation's 14 bits (µ-law) times 4, 13 bits (A-law) times 8.
 */
export type G711Law = 'PCMU' | 'PCMA'

/** Samples in a second. */
export const SAMPLE_RATE = 8_000

/** Octet of silence: the smallest positive value, in each law. */
export const SILENCE: Readonly<Record<G711Law, number>> = { PCMU: 0xff, PCMA: 0xd5 }

const CODES = 256

/** µ-law: the recommendation's decision values are moved by 33, which is 132 at 16 bits. */
const MU_BIAS = 132

/** Largest magnitude that µ-law encodes, at 16 bits. */
const MU_CLIP = 32_635

function decodeMu(code: number): number {
  const inverted = ~code & 0xff
  const segment = (inverted >> 4) & 0x07
  const magnitude = ((((inverted & 0x0f) << 3) + MU_BIAS) << segment) - MU_BIAS
  return inverted & 0x80 ? -magnitude : magnitude
}

function encodeMu(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const biased = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS
  const segment = 31 - Math.clz32(biased) - 7
  const step = (biased >> (segment + 3)) & 0x0f
  return ~(sign | (segment << 4) | step) & 0xff
}

/** G.711 §3.1: even bits are inverted on the line. */
const A_INVERTED = 0x55

function decodeA(code: number): number {
  const plain = code ^ A_INVERTED
  const segment = (plain >> 4) & 0x07
  const middle = ((plain & 0x0f) << 4) + 8
  const magnitude = segment === 0 ? middle : (middle + 0x100) << (segment - 1)
  return plain & 0x80 ? magnitude : -magnitude
}

function encodeA(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80
  // −1 to −8 are the first negative interval, as 0 to 7 would be the first positive one.
  const magnitude = sample < 0 ? -sample - 1 : sample
  const segment = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7
  const step = (segment === 0 ? magnitude >> 4 : magnitude >> (segment + 3)) & 0x0f
  return (sign | (segment << 4) | step) ^ A_INVERTED
}

const table = (decode: (code: number) => number) =>
  Int16Array.from({ length: CODES }, (_, code) => decode(code))

const LINEAR: Readonly<Record<G711Law, Int16Array>> = {
  PCMU: table(decodeMu),
  PCMA: table(decodeA),
}

const encodeSample: Readonly<Record<G711Law, (sample: number) => number>> = {
  PCMU: encodeMu,
  PCMA: encodeA,
}

const transcoding = (from: G711Law, to: G711Law) =>
  Uint8Array.from({ length: CODES }, (_, code) => encodeSample[to](LINEAR[from][code] ?? 0))

const TO_A = transcoding('PCMU', 'PCMA')
const TO_MU = transcoding('PCMA', 'PCMU')

/** Octets of a law as linear samples. */
export function decodeG711(law: G711Law, octets: Uint8Array): Int16Array {
  const linear = LINEAR[law]
  return Int16Array.from(octets, octet => linear[octet] ?? 0)
}

/** Linear samples as octets of a law. */
export function encodeG711(law: G711Law, samples: Int16Array): Buffer {
  const encode = encodeSample[law]
  const octets = Buffer.allocUnsafe(samples.length)
  for (const [at, sample] of samples.entries()) octets[at] = encode(sample)
  return octets
}

/** Octets of one law as octets of another; the same buffer where the law is the same. */
export function transcodeG711(from: G711Law, to: G711Law, octets: Buffer): Buffer {
  if (from === to) return octets
  const other = to === 'PCMA' ? TO_A : TO_MU
  const transcoded = Buffer.allocUnsafe(octets.length)
  for (const [at, octet] of octets.entries()) transcoded[at] = other[octet] ?? 0
  return transcoded
}
