import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { DigitSource } from './call-leg.js'

/** A key that was pressed and not yet read. */
export interface QueuedDigit {
  readonly digit: Digit
  readonly durationUnits: number
  readonly source: DigitSource
  /** Whether its event has been sent: a digit is told once, whoever reads it later. */
  told: boolean
}

/** Most digits that wait (FreeSWITCH keeps as many). What is keyed beyond is dropped. */
export const MOST_WAITING = 100

/** Keys typed ahead, in order, until an application reads them. */
export class DigitQueue {
  readonly #waiting: QueuedDigit[] = []

  get length(): number {
    return this.#waiting.length
  }

  /** Adds a key; whether there was room. */
  add(digit: QueuedDigit): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false
    this.#waiting.push(digit)
    return true
  }

  /** The next key, left in its place. */
  get first(): QueuedDigit | undefined {
    return this.#waiting[0]
  }

  /** Takes the next key. */
  take(): QueuedDigit | undefined {
    return this.#waiting.shift()
  }

  /** Keys whose event has not been sent, in order. */
  untold(): QueuedDigit[] {
    return this.#waiting.filter(({ told }) => !told)
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting.length = 0
  }
}
