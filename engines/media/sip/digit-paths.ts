import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { DigitSource } from '../channel/call-leg.js'
import {
  type ArbiterEvent,
  type ArbiterState,
  arbitrate,
  undecided,
  WAIT_FOR_RTP_MS,
} from '../channel/digit-arbiter.js'
import { infoCame, type ToneArbiterState, toneCame, unheard } from '../channel/tone-arbiter.js'
import type { MonotonicTime } from '../monotonic-time.js'

/** The ways that keys of one call may come, made one by the arbiters. */
export class DigitPaths {
  readonly #time: MonotonicTime
  readonly #tell: (digit: Digit, durationUnits: number, source: DigitSource) => void
  #state: ArbiterState = undecided
  #tones: ToneArbiterState = unheard
  #timer: Timer | undefined
  #keysInAudio = true

  constructor(
    time: MonotonicTime,
    tell: (digit: Digit, durationUnits: number, source: DigitSource) => void,
  ) {
    this.#time = time
    this.#tell = tell
  }

  /** Whether keys may come in the audio at all: else INFO need not wait for them. */
  agree(keysInAudio: boolean): void {
    this.#keysInAudio = keysInAudio
  }

  keyPressed(digit: Digit): void {
    this.#step({ type: 'rtp_pressed', digit, atMs: this.#time.now() })
  }

  inAudio(digit: Digit, duration: number): void {
    this.#step({ type: 'rtp_digit', press: { digit, duration } })
  }

  byInfo(digit: Digit, duration: number): void {
    if (this.#keysInAudio) {
      this.#step({ type: 'info_digit', press: { digit, duration }, atMs: this.#time.now() })
    } else {
      const [after, isNew] = infoCame(this.#tones, digit, this.#time.now())
      this.#tones = after
      if (isNew) this.#tell(digit, duration, 'INFO')
    }
  }

  /** A key in the sound itself; told only while no telephone-event is agreed. */
  inTones(digit: Digit, duration: number): void {
    if (this.#keysInAudio) return
    const [after, isNew] = toneCame(this.#tones, digit, this.#time.now())
    this.#tones = after
    if (isNew) this.#tell(digit, duration, 'INBAND_AUDIO')
  }

  close(): void {
    this.#timer?.stop()
  }

  #step(event: ArbiterEvent): void {
    const [after, ...actions] = arbitrate(this.#state, event)
    this.#state = after
    for (const action of actions) {
      if (action.type === 'digit') {
        this.#tell(action.press.digit, action.press.duration, action.source)
      } else {
        this.#timer = this.#time.scheduler.after(WAIT_FOR_RTP_MS, () =>
          this.#step({ type: 'timer', atMs: this.#time.now() }),
        )
      }
    }
  }
}
