import { setTimeout as wait } from 'node:timers/promises'
import type { Msisdn } from '../../domain/msisdn.js'
import { Fault } from '../../platform/fault.js'
import type { ClearCard } from '../../scp/cards/issue.js'
import { type CallResult, resultsIn } from '../../switch-sim/handset/call-result.js'
import { Caller } from '../../switch-sim/handset/caller.js'
import { type CallerStep, key } from '../../switch-sim/handset/caller-script.js'
import {
  type CallingPlace,
  callingPlace,
  handsetOf,
} from '../../switch-sim/handset/calling-place.js'
import { Ears } from '../../switch-sim/handset/ears.js'
import type { CallEnding, CallProgress, Phone, PhoneCall } from '../../switch-sim/handset/phone.js'
import {
  demonstrationNumbers,
  demonstrationPasswords,
} from '../../switch-sim/mls/subscribers/demonstration.js'
import { HungUpAudio } from './hung-up-audio.js'
import type { Network } from './network.js'

/** One call as its caller saw it. */
export interface CallStory {
  readonly number: Msisdn
  /** Absent where a number was keyed that is no card's. */
  readonly card?: ClearCard
  readonly ending: CallEnding
  /** Whether the caller was told nothing for so long as to give up. */
  readonly leftHanging: boolean
  /** Results that were told, in order. */
  readonly told: readonly CallResult[]
}

export interface SteadyCallersOptions {
  /** Calls at once. */
  readonly lines: number
  readonly cards: readonly ClearCard[]
  /** From 0 up to 1. */
  readonly chance: () => number
}

/** Of so many lines one is a guesser's. */
const GUESSERS_ONE_IN = 4

/** Pause before a handset that was not served tries again, in ms. */
const AGAIN_MS = 500

/** How long a caller listens to an announcement, in ms. */
const ANNOUNCEMENT_MS = 1_000

/** A call that tells nothing for so long has been forgotten by the network, in ms. */
const PATIENCE_MS = 60_000

/**
 * Callers who call again and again, several at once, whatever becomes of the network. A caller keys one
 * card until its result is told, as people do who were cut off; then comes another with another card.
 * Guessers key numbers that are no card's, until their handset is locked.
 */
export class SteadyCallers {
  readonly stories: CallStory[] = []
  /** What still arrives at handsets that have hung up. */
  readonly hungUpAudio = new HungUpAudio()
  readonly #chance: () => number
  readonly #place: CallingPlace
  readonly #passwords: ReadonlyMap<string, string>
  readonly #numbers: Msisdn[]
  readonly #guessers: Msisdn[]
  readonly #cards: ClearCard[]
  readonly #lines: Promise<unknown>
  /** When calls that have not ended began, by a monotonic clock. */
  readonly #inProgress = new Set<{ readonly atMs: number }>()
  #over = false

  constructor({ home, environment }: Network, { lines, cards, chance }: SteadyCallersOptions) {
    this.#chance = chance
    this.#place = callingPlace({ home: () => home, given: () => environment })
    this.#passwords = demonstrationPasswords(home)
    this.#numbers = [...demonstrationNumbers('mobile')]
    this.#guessers = this.#numbers.splice(this.#numbers.length / 2)
    this.#cards = [...cards]
    this.#lines = Promise.all(
      Array.from({ length: lines }, (_, line) =>
        line % GUESSERS_ONE_IN === GUESSERS_ONE_IN - 1
          ? this.#keepGuessing()
          : this.#keepCharging(),
      ),
    )
  }

  /** Calls that began before a moment of the monotonic clock and have not ended. */
  begunBefore(moment: number): number {
    return [...this.#inProgress].filter(({ atMs }) => atMs < moment).length
  }

  /** No new callers; resolves when those there are have all been told what they called for. */
  async end(): Promise<void> {
    this.#over = true
    await this.#lines
  }

  async #keepCharging(): Promise<void> {
    while (!this.#over) {
      const [number, card] = [this.#numbers.shift(), this.#cards.shift()]
      if (!number || !card) throw new Error('too few numbers or cards')
      let told: readonly CallResult[] = []
      while (!told.some(result => result === 'charged' || result === 'already_yours')) {
        told = await this.#call(number, card)
      }
    }
  }

  async #keepGuessing(): Promise<void> {
    while (!this.#over) {
      const number = this.#guessers.shift()
      if (!number) throw new Error('too few numbers')
      let told: readonly CallResult[] = []
      while (!this.#over && !told.includes('locked')) told = await this.#call(number)
    }
  }

  /** One call, if the switch is there; what its caller was told. */
  async #call(number: Msisdn, card?: ClearCard): Promise<readonly CallResult[]> {
    const phone = await this.#handset(number)
    const begun = { atMs: performance.now() }
    this.#inProgress.add(begun)
    const story = phone && (await this.#callWith(phone, number, card))
    this.#inProgress.delete(begun)
    // What the switch does not take any more is not waited for.
    void phone?.off().catch(() => {})
    if (story) this.stories.push(story)
    if (!story || story.told.length === 0) await wait(AGAIN_MS)
    return story?.told ?? []
  }

  async #handset(number: Msisdn): Promise<Phone | undefined> {
    try {
      return await handsetOf(this.#place, number, this.#passwords.get(number))
    } catch (error) {
      if (error instanceof Fault && error.code === 'PEER_UNREACHABLE') return undefined
      throw error
    }
  }

  async #callWith(
    phone: Phone,
    number: Msisdn,
    card: ClearCard | undefined,
  ): Promise<CallStory | undefined> {
    let call: PhoneCall | undefined
    let leftHanging = false
    const hangUp = () => void call?.hangUp().catch(() => {})
    // What sounds before the answer is an announcement.
    const progress = (told: CallProgress) =>
      told.type === 'provisional' && told.status === 183 && setTimeout(hangUp, ANNOUNCEMENT_MS)
    call = await phone.call('1400', progress).catch(() => undefined)
    if (!call) return undefined

    const { audioPort, heard } = call
    const patience = setTimeout(() => {
      leftHanging = true
      hangUp()
    }, PATIENCE_MS)
    // A caller who has been told the result hangs up.
    const ears = new Ears(
      heard,
      this.#place.library,
      () => performance.now(),
      clip => {
        if (resultsIn([clip]).length > 0) hangUp()
      },
    )
    const ending = await new Caller(call, ears, 'rtp').run(this.#script(card))
    clearTimeout(patience)
    this.hungUpAudio.listen(audioPort)
    return { number, ...(card ? { card } : {}), ending, leftHanging, told: resultsIn(ears.clips) }
  }

  /** Half of the callers know the guidance and do not wait for its end. */
  #script(card: ClearCard | undefined): CallerStep[] {
    const pin =
      card?.pin ?? Array.from({ length: 14 }, () => Math.floor(this.#chance() * 10)).join('')
    const before: CallerStep[] =
      this.#chance() < 0.5
        ? [{ type: 'wait_for_question' }]
        : [{ type: 'wait_for_guidance' }, { type: 'wait', ms: 400 }]
    return [...before, key(`${pin}#`), { type: 'wait_for_end' }]
  }
}
