import type { Timer } from '../../signalling/scheduler.js'
import type { MonotonicTime } from '../monotonic-time.js'

/** Something that sends one packet every 20 ms while it is on the wheel. */
export interface WheelMember {
  /**
   * Its turn: `round` counts periods of 20 ms since the wheel began, and is what its RTP timestamp
   * follows. Rounds that came far too late are left out, never sent in a burst.
   */
  turn(round: number): void
}

/** Milliseconds between two turns of a member: one packet of audio. */
const PERIOD_MS = 20

/** The members are spread over so many moments of a period, so that no burst of all leaves at once. */
const SLOTS = 4

const TICK_MS = PERIOD_MS / SLOTS

/** After a stall at most this many ticks are made up for (60 ms); what is older would only be late. */
const CATCH_UP_TICKS = 12

/**
 * One timer for the audio of all calls: every 5 ms a quarter of the members has its turn. It follows the
 * monotonic clock, not the timer, so that it never drifts; it rests while nobody is on it.
 */
export class SenderWheel {
  readonly #time: MonotonicTime
  readonly #began: number
  readonly #slots: readonly Set<WheelMember>[] = Array.from({ length: SLOTS }, () => new Set())
  #done = 0
  #timer: Timer | undefined
  /** Ticks left out after stalls, for the counters. */
  ticksSkipped = 0
  /** Turns that came a whole period or more after their moment, for the counters. */
  packetsLate = 0

  constructor(time: MonotonicTime) {
    this.#time = time
    this.#began = time.now()
  }

  /** How many members have turns. */
  get members(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.size, 0)
  }

  /** Gives a member a turn every 20 ms, in the slot with the fewest. Its first comes within 20 ms. */
  join(member: WheelMember): void {
    let emptiest = this.#slots[0]
    for (const slot of this.#slots) {
      if (slot.has(member)) return
      if (!emptiest || slot.size < emptiest.size) emptiest = slot
    }
    emptiest?.add(member)
    if (this.#timer) return
    this.#done = this.#due()
    this.#rest()
  }

  /** Takes a member off; from within its own turn too. */
  leave(member: WheelMember): void {
    for (const slot of this.#slots) slot.delete(member)
  }

  /** Stops for good. */
  close(): void {
    for (const slot of this.#slots) slot.clear()
    this.#timer?.stop()
    this.#timer = undefined
  }

  #due(): number {
    return Math.floor((this.#time.now() - this.#began) / TICK_MS)
  }

  #rest(): void {
    const nextAt = this.#began + (this.#done + 1) * TICK_MS
    const delayMs = Math.max(1, Math.floor(nextAt - this.#time.now()))
    this.#timer = this.#time.scheduler.after(delayMs, this.#wake)
  }

  readonly #wake = (): void => {
    this.#timer = undefined
    const due = this.#due()
    const oldest = due - CATCH_UP_TICKS
    if (this.#done < oldest) {
      this.ticksSkipped += oldest - this.#done
      this.#done = oldest
    }
    while (this.#done < due) {
      this.#done++
      const round = Math.floor(this.#done / SLOTS)
      const slot = this.#slots[this.#done % SLOTS]
      if (due - this.#done >= SLOTS) this.packetsLate += slot?.size ?? 0
      slot?.forEach(member => {
        member.turn(round)
      })
    }
    if (this.members > 0) this.#rest()
  }
}
