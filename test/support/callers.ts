import { setTimeout as after } from 'node:timers/promises'
import type { Msisdn } from '../../domain/msisdn.js'
import { parseDigit } from '../../platform/rtp/telephone-event.js'
import {
  type CallingPlace,
  callingPlace,
  handsetOf,
} from '../../switch-sim/handset/calling-place.js'
import { Ears } from '../../switch-sim/handset/ears.js'
import type {
  CallEnding,
  CallProgress,
  KeyWay,
  Phone,
  PhoneCall,
} from '../../switch-sim/handset/phone.js'
import { demonstrationPasswords } from '../../switch-sim/mls/subscribers/demonstration.js'
import type { Network } from './network.js'
import { transcript } from './transcript.js'

/** How long anything that a caller waits for may take on a busy machine, in ms. */
const PATIENCE_MS = 60_000

/** How often a waiting caller listens, in ms. */
const LISTEN_EVERY_MS = 50

/** The project's own handsets, calling a network under test. They are switched off with the test. */
export class Callers {
  readonly #place: CallingPlace
  readonly #passwords: ReadonlyMap<string, string>
  readonly #phones = new Map<string, Promise<Phone>>()

  constructor(t: { teardown(end: () => unknown): unknown }, network: Network) {
    this.#place = callingPlace({ home: () => network.home, given: () => network.environment })
    this.#passwords = demonstrationPasswords(network.home)
    t.teardown(() => this.off())
  }

  /**
   * Dials 1400, or another number, from a number; calls of one number share its handset. `extraHeaders` are
   * whole header lines.
   */
  async call(
    from: string,
    dialled = '1400',
    extraHeaders: readonly string[] = [],
  ): Promise<TestCall> {
    const phone = this.#phones.get(from) ?? this.#on(from)
    this.#phones.set(from, phone)
    return TestCall.dial(await phone, from, { dialled, extraHeaders }, this.#place)
  }

  /** Dials 1400 from each number at once. */
  calls(from: readonly string[]): Promise<TestCall[]> {
    return Promise.all(from.map(number => this.call(number)))
  }

  /** Switches every handset off; those of a network that has ended are only forgotten. */
  async off(): Promise<void> {
    const phones = await Promise.allSettled(this.#phones.values())
    this.#phones.clear()
    for (const phone of phones) {
      if (phone.status === 'fulfilled') await phone.value.off().catch(() => {})
    }
  }

  #on(number: string): Promise<Phone> {
    return handsetOf(this.#place, number as Msisdn, this.#passwords.get(number))
  }
}

/** One call to 1400, heard and keyed by a test. */
export class TestCall {
  readonly from: string
  readonly ended: Promise<CallEnding>
  readonly #call: PhoneCall
  /** Resolves when it is answered. */
  readonly answered: Promise<void>
  readonly #ears: Ears
  readonly #place: CallingPlace
  #ending: CallEnding | undefined

  private constructor(call: PhoneCall, answered: Promise<void>, from: string, place: CallingPlace) {
    this.from = from
    this.#call = call
    this.answered = answered
    this.#place = place
    this.#ears = new Ears(call.heard, place.library, () => performance.now())
    this.ended = call.ended
    call.ended.then(ending => {
      this.#ending = ending
    })
  }

  static async dial(
    phone: Phone,
    from: string,
    { dialled, extraHeaders }: { dialled: string; extraHeaders: readonly string[] },
    place: CallingPlace,
  ): Promise<TestCall> {
    let tellAnswered = () => {}
    const answered = new Promise<void>(resolve => {
      tellAnswered = resolve
    })
    const told = ({ type }: CallProgress) => type === 'answered' && tellAnswered()
    const call = await phone.call(dialled, told, extraHeaders)
    return new TestCall(call, answered, from, place)
  }

  /** Call-ID at the handset, which the ladder of the logs begins with. */
  get callId(): string {
    return this.#call.callId
  }

  /** Whether the call has ended. */
  get over(): boolean {
    return this.#ending !== undefined
  }

  /** Waits until one of these clips was heard to its end: which one. */
  async hears(...clips: readonly string[]): Promise<string> {
    const heard = () => this.#ears.clips.find(one => one.whole && clips.includes(one.clip))?.clip
    await this.#until(`hear ${clips.join(' or ')}`, () => heard() !== undefined)
    return heard() ?? ''
  }

  /** Waits until a clip was heard to its end so many times. */
  hearsTimes(times: number, clip: string): Promise<void> {
    const heard = () => this.#ears.clips.filter(one => one.whole && one.clip === clip).length
    return this.#until(`hear ${clip} ${times} times`, () => heard() >= times)
  }

  /** Waits until there is any sound. */
  sound(): Promise<void> {
    return this.#until('hear anything', () => this.#ears.beganMs !== undefined)
  }

  /** Waits until something sounds that has not begun yet: the next guidance. */
  soundsAgain(): Promise<void> {
    this.#ears.forget()
    return this.#until('hear anything more', () => this.#ears.firstSoundMs !== undefined)
  }

  /** Waits until the network has ended the call. */
  async release(): Promise<CallEnding> {
    await this.#until('be released', () => this.over)
    return this.ended
  }

  /** Once it is answered, presses keys one after the other, in the audio (RFC 4733) or by INFO. */
  async key(keys: string, way: KeyWay = 'rtp'): Promise<void> {
    await Promise.race([this.answered, this.ended])
    for (const digit of [...keys].map(parseDigit)) {
      if (digit) await Promise.race([this.#call.press(digit, way), this.ended])
    }
  }

  /** Ends a number that is keyed by `#`: how long until the first packet of what is said then, in ms. */
  async verdictMs(): Promise<number> {
    const first = new Promise<number>(resolve => {
      this.#call.onHeard(() => resolve(performance.now()))
    })
    const beganMs = performance.now()
    await this.key('#')
    const heardMs = await Promise.race([first, this.ended])
    if (typeof heardMs === 'number') return heardMs - beganMs
    throw new Error(`${this.from} heard no verdict: ${this.transcript()}`)
  }

  /** Hangs up, and waits until the call has ended. */
  async hangUp(): Promise<void> {
    await this.#call.hangUp()
    await this.ended
  }

  /** Everything heard so far, sample by sample. */
  transcript(): string[] {
    return transcript(this.#call.heard, this.#place.library)
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      this.#ears.listen()
      if (this.over) this.#ears.last()
      if (isSo()) return
      if (this.over || performance.now() > deadline) {
        const ending = JSON.stringify(this.#ending ?? 'still up')
        throw new Error(`${this.from} waited in vain to ${what} (${ending}): ${this.transcript()}`)
      }
      await after(LISTEN_EVERY_MS)
    }
  }
}

/** The `n`-th demonstration number of a mobile phone, from 1 to 1000; English is spoken to every tenth. */
export const subscriber = (n: number): string => `0901000${`${n}`.padStart(4, '0')}`

/** Waits until every call was greeted: lock and cap were asked for all before any of them keys. */
export const allAsked = (calls: readonly TestCall[]): Promise<unknown> =>
  Promise.all(calls.map(call => call.hears('ja/welcome', 'en/welcome')))

/** Keys all digits, and then ends every number at the same moment. */
export async function keyAtOnce(calls: readonly TestCall[], pins: readonly string[]) {
  await Promise.all(calls.map((call, n) => call.key(pins[n] ?? '')))
  await Promise.all(calls.map(call => call.key('#')))
}

export const hangUp = (calls: readonly TestCall[]): Promise<unknown> =>
  Promise.all(calls.map(call => call.hangUp()))
