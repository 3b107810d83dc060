import type { HeardFrame } from '../../engines/media/recording/heard-audio.js'
import { AMPLITUDE_0_DBM0, COLUMN_HZ, keyAt, ROW_HZ } from '../../engines/media/tones/key-tones.js'
import { ToneInput } from '../../engines/media/tones/tone-input.js'
import { encodeG711, type G711Law, SAMPLE_RATE } from '../../platform/rtp/g711.js'
import type { Digit } from '../../platform/rtp/telephone-event.js'
import { seededChance } from '../../platform/seeded-chance.js'
import { HandScheduler } from './hand-scheduler.js'

/** A key as a phone makes it: two tones, then silence. */
export interface ToneKey {
  readonly digit: Digit
  readonly ms?: number
  readonly pauseMs?: number
  /** How far each tone is off, as a share: 0.015 is 1.5 %. */
  readonly rowOff?: number
  readonly columnOff?: number
  /** Level of each tone. */
  readonly rowDbm0?: number
  readonly columnDbm0?: number
}

/** Row and column of every key. */
const PLACES = new Map(
  ROW_HZ.flatMap((_, row) =>
    COLUMN_HZ.map((__, column) => [keyAt(row, column) ?? '0', [row, column] as const] as const),
  ),
)

export const EVERY_KEY: readonly Digit[] = [...PLACES.keys()]

const samplesIn = (ms: number) => Math.round((ms * SAMPLE_RATE) / 1_000)

/** Sines of some frequencies and levels together. */
export function sines(
  length: number,
  parts: readonly (readonly [hertz: number, dbm0: number])[],
): Float64Array {
  const sound = new Float64Array(length)
  for (const [hertz, dbm0] of parts) {
    const amplitude = AMPLITUDE_0_DBM0 * 10 ** (dbm0 / 20)
    for (let at = 0; at < length; at++) {
      sound[at] = (sound[at] ?? 0) + amplitude * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE)
    }
  }
  return sound
}

/** One after the other. */
export function inTurn(...parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const silence = (ms: number): Float64Array => new Float64Array(samplesIn(ms))

/** The sound of a key: 40 ms and 40 ms of pause unless said, each tone at −10 dBm0. */
export function soundOf(key: ToneKey): Float64Array {
  const [row = 0, column = 0] = PLACES.get(key.digit) ?? []
  const { ms = 40, pauseMs = 40, rowOff = 0, columnOff = 0, rowDbm0 = -10, columnDbm0 = -10 } = key
  const tones = sines(samplesIn(ms), [
    [(ROW_HZ[row] ?? 0) * (1 + rowOff), rowDbm0],
    [(COLUMN_HZ[column] ?? 0) * (1 + columnOff), columnDbm0],
  ])
  return inTurn(tones, silence(pauseMs))
}

/** White noise over a sound, so far below two tones of −10 dBm0. */
export function withNoise(sound: Float64Array, snrDb: number, chance: () => number): Float64Array {
  const tones = (AMPLITUDE_0_DBM0 * 10 ** (-10 / 20)) ** 2
  const deviation = Math.sqrt(tones / 10 ** (snrDb / 10))
  return sound.map(sample => {
    const radius = Math.sqrt(-2 * Math.log(1 - chance()))
    return sample + deviation * radius * Math.cos(2 * Math.PI * chance())
  })
}

/** A sound as packets of 20 ms, as a phone sends them. */
export function packetsOf(sound: Float64Array, law: G711Law = 'PCMU'): HeardFrame[] {
  const clipped = new Int16Array(sound.length)
  for (let at = 0; at < sound.length; at++) {
    clipped[at] = Math.max(-32_635, Math.min(32_635, sound[at] ?? 0))
  }
  const octets = encodeG711(law, clipped)
  return Array.from({ length: Math.ceil(octets.length / 160) }, (_, at) => ({
    ...{ law, payload: octets.subarray(at * 160, (at + 1) * 160), timestamp: at * 160 },
  }))
}

/** The keys that are found in packets, and how long each was, ms. */
export function keysIn(packets: readonly HeardFrame[]): { keys: string; lengthsMs: number[] } {
  const scheduler = new HandScheduler()
  let keys = ''
  const lengthsMs: number[] = []
  const input = new ToneInput(scheduler, {
    toneHeard(digit, units) {
      keys += digit
      lengthsMs.push(units / 8)
    },
  })
  for (const packet of packets) {
    input.take(packet)
    scheduler.pass(20)
  }
  scheduler.pass(1_000)
  return { keys, lengthsMs }
}

/** The keys in a sound that comes whole. */
export const keysHeard = (sound: Float64Array, law?: G711Law): string =>
  keysIn(packetsOf(inTurn(sound, silence(60)), law)).keys

/** How many of so many keys are heard at a distance from noise, and whether those are right, in order. */
export function keysInNoise(snrDb: number, count: number, seed: number) {
  const chance = seededChance(seed)
  const off = () => (chance() * 2 - 1) * 0.015
  const keyed = Array.from({ length: count }, () => EVERY_KEY[Math.floor(chance() * 16)] ?? '0')
  const sounds = keyed.flatMap(digit => [
    silence(chance() * 5),
    soundOf({ digit, ms: 50, pauseMs: 45, rowOff: off(), columnOff: off() }),
  ])
  const heard = keysHeard(withNoise(inTurn(...sounds), snrDb, chance))
  return { share: heard.length / count, right: isPart(heard, keyed.join('')) }
}

/** Whether a text is what is left of another, in order. */
export function isPart(part: string, whole: string): boolean {
  let at = 0
  for (const character of whole) if (character === part.charAt(at)) at++
  return at === part.length
}
