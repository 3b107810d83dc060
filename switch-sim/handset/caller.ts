import { setTimeout as after } from 'node:timers/promises'
import { resultsIn } from './call-result.js'
import type { CallerStep } from './caller-script.js'
import type { Ears } from './ears.js'
import type { CallEnding, KeyWay, PhoneCall } from './phone.js'

/** How often a waiting caller listens, in ms. */
const LISTEN_EVERY_MS = 40

/** Guidance that asks for keys, by the beginning of its id. */
const QUESTION = /\/(?:enter-number|next-card)/

/** Quiet this long after a question, or after words we do not know, is for us to speak into, in ms. */
const AFTER_QUESTION_MS = 900
const AFTER_ANYTHING_MS = 2_500

/** Longest that a caller waits for any guidance, in ms. */
const PATIENCE_MS = 30_000

/** What a caller tells of itself while it calls. */
export interface CallerEvents {
  /** All keys of one step have been pressed. */
  readonly keyed?: (atMs: number) => void
  readonly hungUp?: () => void
}

/** A caller at work: does the steps of a script on one call. */
export class Caller {
  readonly #call: PhoneCall
  readonly #ears: Ears
  readonly #keyWay: KeyWay
  readonly #events: CallerEvents
  #ending: CallEnding | undefined
  #resultsSeen = 0

  constructor(call: PhoneCall, ears: Ears, keyWay: KeyWay, events: CallerEvents = {}) {
    this.#call = call
    this.#ears = ears
    this.#keyWay = keyWay
    this.#events = events
    call.ended.then(ending => {
      this.#ending = ending
    })
  }

  /** Does every step, or as many as the call lasts; how the call ended. */
  async run(script: readonly CallerStep[]): Promise<CallEnding> {
    for (const step of script) {
      if (this.#ending) break
      await Promise.race([this.#do(step), this.#call.ended])
    }
    if (!this.#ending) await this.#hangUp()
    const ending = await this.#call.ended
    this.#ears.listen()
    this.#ears.last()
    return ending
  }

  async #do(step: CallerStep): Promise<void> {
    switch (step.type) {
      case 'wait_for_guidance':
        this.#ears.forget()
        return this.#until(() => this.#ears.firstSoundMs !== undefined)
      case 'wait_for_question':
        return this.#until(() => this.#asked())
      case 'wait_for_result':
        return this.#resultTold()
      case 'wait':
        return void (await after(step.ms))
      case 'key':
        return this.#key(step.keys)
      case 'hang_up':
        return this.#hangUp()
      case 'wait_for_end':
        return this.#until(() => false, Number.POSITIVE_INFINITY)
    }
  }

  async #key(keys: Extract<CallerStep, { type: 'key' }>['keys']): Promise<void> {
    for (const digit of keys) {
      if (this.#ending) return
      await Promise.race([this.#call.press(digit, this.#keyWay), this.#call.ended])
    }
    this.#ears.forget()
    this.#events.keyed?.(performance.now())
  }

  async #resultTold(): Promise<void> {
    const results = () => resultsIn(this.#ears.clips).length
    await this.#until(() => results() > this.#resultsSeen && this.#asked())
    this.#resultsSeen = results()
  }

  /** Whether guidance waits for keys. */
  #asked(): boolean {
    const { newClips, quietMs } = this.#ears
    const question = newClips.some(({ clip }) => QUESTION.test(clip))
    return quietMs > (question ? AFTER_QUESTION_MS : AFTER_ANYTHING_MS)
  }

  async #hangUp(): Promise<void> {
    this.#events.hungUp?.()
    await this.#call.hangUp()
  }

  /** Listens until something is so, the call has ended, or patience is over. */
  async #until(isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      this.#ears.listen()
      if (isSo() || this.#ending || performance.now() > deadline) return
      await after(LISTEN_EVERY_MS)
    }
  }
}
