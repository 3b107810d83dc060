import type { Digit } from '../../../platform/rtp/telephone-event.js'
import { type Look, STEP, ToneWindow } from './tone-window.js'

/** Told what is keyed by tones. */
export interface ToneListener {
  /** A key was pressed and released. `durationUnits` are 1/8,000 s. */
  toneHeard(digit: Digit, durationUnits: number): void
}

/** Looks, 5 ms each, that must find the same key before it counts. */
const LEAST_LOOKS = 3

/** Q.24: 40 ms must be accepted; of so many steps a tone of 40 ms fills at least seven, one of 25 ms six at most. */
const LEAST_STEPS = 7

/** A step holds the tones when its power is between these shares of theirs. */
const LEAST_SHARE = 0.4
const MOST_SHARE = 2.5

/** Steps of silence that end a key: 25 ms. Q.24: an interruption of 10 ms must not, a pause of 40 ms must. */
const QUIET_STEPS = 5

/** Steps in other sound that end a key: 40 ms without its tones. */
const LOST_STEPS = 8

/** A key that is down. */
interface Pressed {
  readonly digit: Digit
  readonly power: number
  steps: number
  quiet: number
  lost: number
}

/**
 * Finds keys in sound (ITU-T Q.24), one for each press:
 *
 *   listening ──the same key in three looks, and sounding for 35 ms──► pressed
 *   pressed ──25 ms of silence, or 40 ms of other sound──► listening, the key is told
 *
 * Samples are taken as they come; a short gap, of lost packets, is passed over.
 */
export class KeyToneDetector {
  readonly #listener: ToneListener
  readonly #window = new ToneWindow()
  readonly #step = new Float64Array(STEP)
  /** Power of the last steps, the newest last. */
  readonly #powers = new Float64Array(LEAST_STEPS)
  #filled = 0
  #found: Digit | undefined
  #looks = 0
  #pressed: Pressed | undefined

  constructor(listener: ToneListener) {
    this.#listener = listener
  }

  /** Whether a key is down. */
  get isDown(): boolean {
    return this.#pressed !== undefined
  }

  /** Samples of 16 bits, in order. */
  take(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at++) {
      this.#step[this.#filled++] = samples[at] ?? 0
      if (this.#filled === STEP) this.#look()
    }
  }

  /** Some samples were lost: what sounds may sound on, and is looked at anew. */
  skip(): void {
    this.#filled = 0
    this.#window.clear()
    this.#forget()
  }

  /** The sound is over: a key that is down is released. */
  end(): void {
    this.skip()
    this.#release()
  }

  #forget(): void {
    this.#looks = 0
    this.#found = undefined
    this.#powers.fill(0)
  }

  #look(): void {
    this.#filled = 0
    this.#powers.copyWithin(0, 1)
    const power = powerOf(this.#step)
    this.#powers[LEAST_STEPS - 1] = power
    const look = this.#window.take(this.#step)
    if (this.#pressed) this.#follow(this.#pressed, look, power)
    else this.#listen(look)
  }

  #listen({ pure, digit, power }: Look): void {
    if (!pure || digit === undefined || digit !== this.#found) this.#looks = 0
    this.#found = pure ? digit : undefined
    if (!pure || digit === undefined) return
    this.#looks++
    if (this.#looks < LEAST_LOOKS || !this.#soundsFor(power)) return
    this.#pressed = { digit, power, steps: LEAST_STEPS, quiet: 0, lost: 0 }
  }

  /** Whether every one of the last steps holds tones of that power. */
  #soundsFor(power: number): boolean {
    return this.#powers.every(one => one >= power * LEAST_SHARE && one <= power * MOST_SHARE)
  }

  #follow(pressed: Pressed, { digit }: Look, power: number): void {
    pressed.steps++
    pressed.quiet = power < pressed.power * LEAST_SHARE ? pressed.quiet + 1 : 0
    pressed.lost = digit === pressed.digit ? 0 : pressed.lost + 1
    if (pressed.quiet >= QUIET_STEPS || pressed.lost >= LOST_STEPS) this.#release()
  }

  #release(): void {
    const pressed = this.#pressed
    this.#pressed = undefined
    if (!pressed) return
    this.#forget()
    const steps = pressed.steps - Math.max(pressed.quiet, pressed.lost)
    this.#listener.toneHeard(pressed.digit, steps * STEP)
  }
}

function powerOf(step: Float64Array): number {
  let squares = 0
  for (let at = 0; at < STEP; at++) squares += (step[at] ?? 0) ** 2
  return squares / STEP
}
