import { SAMPLE_RATE } from '../../../platform/rtp/g711.js'
import type { Digit } from '../../../platform/rtp/telephone-event.js'
import { AMPLITUDE_0_DBM0, COLUMN_HZ, keyAt, ROW_HZ } from './key-tones.js'

/** Samples from one look to the next: 5 ms. */
export const STEP = 40

/** Samples that are looked at together: 25 ms, so that a tone of 40 ms fills three looks whatever its begin. */
const LENGTH = 200

/**
 * Q.24: what is off by 1.5 % is accepted, what is off by 3.5 % is refused. In between, halfway.
 */
const MOST_DEVIATION = 0.025

/** Q.24 (NTT): −24 dBm of each tone is accepted, −29 dBm refused. */
const LEAST_AMPLITUDE = AMPLITUDE_0_DBM0 / 10 ** (27 / 20)

/** Most that one tone may be above the other, as a ratio of amplitudes: 10 dB, where 8 dB must be accepted. */
const MOST_TWIST = 10 ** (10 / 20)

/** Least share of the two tones in all that sounds. Speech has other tones and harmonics beside any two. */
const LEAST_PURITY = 0.75

/** What the last 25 ms hold. */
export interface Look {
  /** The two tones of a key and nothing else beside them. */
  readonly pure: boolean
  /** The key whose tones sound, alone or among other sound. */
  readonly digit: Digit | undefined
  /** Mean square of the two tones. */
  readonly power: number
}

const NOTHING: Look = { pure: false, digit: undefined, power: 0 }

/** A Hann window, which keeps the row's tone out of the column's. */
const WINDOW = Float64Array.from(
  { length: LENGTH },
  (_, at) => Math.sin((Math.PI * (at + 0.5)) / LENGTH) ** 2,
)
const WINDOW_SUM = WINDOW.reduce((sum, weight) => sum + weight, 0)
const WINDOW_SQUARES = WINDOW.reduce((sum, weight) => sum + weight * weight, 0)

/** Two tones just loud enough, as a mean square: less need not be looked at. */
const LEAST_POWER = LEAST_AMPLITUDE ** 2

/** One frequency of Goertzel's filter, with what it gave at the last two looks. */
class Filter {
  readonly #radians: number
  readonly #twice: number
  readonly #cos: number
  readonly #sin: number
  real = 0
  imaginary = 0
  #realBefore = 0
  #imaginaryBefore = 0

  constructor(hertz: number) {
    this.#radians = (2 * Math.PI * hertz) / SAMPLE_RATE
    this.#cos = Math.cos(this.#radians)
    this.#sin = Math.sin(this.#radians)
    this.#twice = 2 * this.#cos
  }

  /** Goertzel's recurrence over weighted samples. */
  run(weighted: Float64Array): void {
    let one = 0
    let two = 0
    const twice = this.#twice
    for (let at = 0; at < LENGTH; at++) {
      const next = (weighted[at] ?? 0) + twice * one - two
      two = one
      one = next
    }
    this.#realBefore = this.real
    this.#imaginaryBefore = this.imaginary
    this.real = one - two * this.#cos
    this.imaginary = two * this.#sin
  }

  /** Square of what was found. */
  get square(): number {
    return this.real * this.real + this.imaginary * this.imaginary
  }

  /**
   * How far the tone is off, as a share of the frequency: its phase has turned by so much more, or less, from
   * the last look to this than the frequency's own would have.
   */
  get deviation(): number {
    const real = this.real * this.#realBefore + this.imaginary * this.#imaginaryBefore
    const imaginary = this.imaginary * this.#realBefore - this.real * this.#imaginaryBefore
    const turned = Math.atan2(imaginary, real) - this.#radians * STEP
    const wrapped = turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI))
    return wrapped / (this.#radians * STEP)
  }
}

/** Amplitude of the tone at a frequency. */
function amplitudeAt(hertz: number, weighted: Float64Array): number {
  const filter = new Filter(hertz)
  filter.run(weighted)
  return (2 * Math.sqrt(filter.square)) / WINDOW_SUM
}

/**
 * Looks for the two tones of a key in the last 25 ms, every 5 ms: Goertzel's filter at the eight frequencies, and
 * how exactly the two strongest are met.
 */
export class ToneWindow {
  readonly #samples = new Float64Array(LENGTH)
  readonly #weighted = new Float64Array(LENGTH)
  readonly #rows = ROW_HZ.map(hertz => new Filter(hertz))
  readonly #columns = COLUMN_HZ.map(hertz => new Filter(hertz))
  #filled = 0
  /** Whether the filters have looked at the samples one step before. */
  #follows = false

  /** Forgets all that was heard. */
  clear(): void {
    this.#filled = 0
    this.#follows = false
  }

  /** Takes the samples of a step, and looks. */
  take(step: Float64Array): Look {
    this.#samples.copyWithin(0, STEP)
    this.#samples.set(step, LENGTH - STEP)
    this.#filled = Math.min(LENGTH, this.#filled + STEP)
    const power = this.#weigh()
    if (this.#filled < LENGTH || power < LEAST_POWER) {
      this.#follows = false
      return NOTHING
    }
    for (const filter of this.#rows) filter.run(this.#weighted)
    for (const filter of this.#columns) filter.run(this.#weighted)
    const followed = this.#follows
    this.#follows = true
    return followed ? this.#judge(power) : NOTHING
  }

  /** Weighs the samples; their mean square. */
  #weigh(): number {
    let squares = 0
    for (let at = 0; at < LENGTH; at++) {
      const weighted = (this.#samples[at] ?? 0) * (WINDOW[at] ?? 0)
      this.#weighted[at] = weighted
      squares += weighted * weighted
    }
    return squares / WINDOW_SQUARES
  }

  #judge(power: number): Look {
    const row = strongest(this.#rows)
    const column = strongest(this.#columns)
    const rowOff = this.#rows[row]?.deviation ?? 1
    const columnOff = this.#columns[column]?.deviation ?? 1
    if (Math.abs(rowOff) > MOST_DEVIATION || Math.abs(columnOff) > MOST_DEVIATION) return NOTHING
    const low = amplitudeAt((ROW_HZ[row] ?? 0) * (1 + rowOff), this.#weighted)
    const high = amplitudeAt((COLUMN_HZ[column] ?? 0) * (1 + columnOff), this.#weighted)
    if (Math.min(low, high) < LEAST_AMPLITUDE) return NOTHING
    if (low > high * MOST_TWIST || high > low * MOST_TWIST) return NOTHING
    const ofTones = (low * low + high * high) / 2
    const pure = ofTones >= LEAST_PURITY * power
    return { pure, digit: keyAt(row, column), power: ofTones }
  }
}

function strongest(filters: readonly Filter[]): number {
  let best = 0
  for (let at = 1; at < filters.length; at++) {
    if ((filters[at]?.square ?? 0) > (filters[best]?.square ?? 0)) best = at
  }
  return best
}
