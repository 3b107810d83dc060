/** FIPS 180-4 §4.2.2: the first 32 bits of the cube roots of the first 64 primes, fractions alone. */
const ROUND_CONSTANTS = fractions(64, prime => Math.cbrt(prime))

/** FIPS 180-4 §5.3.3: the same of the square roots of the first eight. */
const INITIAL = fractions(8, prime => Math.sqrt(prime))

function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every(prime => candidate % prime !== 0)) primes.push(candidate)
  }
  return Uint32Array.from(primes, prime => (root(prime) % 1) * 2 ** 32)
}

/**
 * SHA-256 of a text as UTF-8, in lower-case hexadecimal. The browser's own answers later (`crypto.subtle`), and
 * sip.js wants the answer to a challenge at once.
 */
export function sha256(text: string): string {
  const state = Uint32Array.from(INITIAL)
  const padded = pad(new TextEncoder().encode(text))
  for (let at = 0; at < padded.byteLength; at += 64)
    compress(state, new DataView(padded.buffer, at))
  return Array.from(state, word => word.toString(16).padStart(8, '0')).join('')
}

/** FIPS 180-4 §5.1.1: a one, zeros, and the length in bits. */
function pad(octets: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((octets.length + 9) / 64) * 64)
  padded.set(octets)
  padded[octets.length] = 0x80
  new DataView(padded.buffer).setUint32(padded.length - 4, octets.length * 8)
  return padded
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** FIPS 180-4 §6.2.2: one block. */
function compress(state: Uint32Array, block: DataView): void {
  const w = new Uint32Array(64)
  const at = (words: Uint32Array, index: number): number => words[index] ?? 0
  for (let t = 0; t < 64; t++) {
    if (t < 16) {
      w[t] = block.getUint32(t * 4)
      continue
    }
    const [early, late] = [at(w, t - 15), at(w, t - 2)]
    const first = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
    const second = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
    w[t] = at(w, t - 16) + first + at(w, t - 7) + second
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const choice = (e & f) ^ (~e & g)
    const high = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const one = (h + high + choice + at(ROUND_CONSTANTS, t) + at(w, t)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const low = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + low + majority) | 0]
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[index] = at(state, index) + word
  }
}
