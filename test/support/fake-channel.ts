import type { ClipFile } from '../../guidance-audio/phrase.js'
import type { Channel, Gone } from '../../ivr/channel.js'
import { type Key, parseKey } from '../../ivr/dialogue.js'
import type { VirtualTime } from './virtual-time.js'

/** How long every clip of a fake channel is, in ms. */
export const CLIP_MS = 1_000

/** The caller's line without a media engine: clips take their time, keys wait in a queue, as there. */
export class FakeChannel implements Channel {
  readonly callSession: string | undefined
  readonly language: string | undefined
  readonly dialled: string
  /** What the caller was played, up to where a key or the end of the call cut it, and what was done. */
  readonly heard: string[] = []
  /** What the channel is busy with. */
  busy: 'answer' | 'play' | 'read' | undefined
  readonly #time: VirtualTime
  readonly #keys: Key[] = []
  readonly #listeners: ((why: Gone) => void)[] = []
  #keyed: (() => void) | undefined
  #gone: Gone | undefined

  constructor(
    time: VirtualTime,
    session: string | undefined,
    language?: string,
    dialled = 'charge',
  ) {
    this.dialled = dialled
    this.#time = time
    this.callSession = session
    this.language = language
  }

  /** The caller presses keys. */
  press(keys: string): void {
    for (const text of keys) {
      const key = parseKey(text)
      if (key) this.#keys.push(key)
    }
    this.#keyed?.()
  }

  /** The caller hangs up, or the line is lost. */
  leave(why: Gone = 'hung_up'): void {
    if (this.#gone) return
    this.#gone = why
    this.#keyed?.()
    for (const listener of this.#listeners.splice(0)) listener(why)
  }

  async answer(): Promise<'answered' | 'gone'> {
    this.heard.push('answer')
    return this.#gone ? 'gone' : 'answered'
  }

  async play(clips: readonly ClipFile[]): Promise<'played' | 'gone'> {
    await this.#say(clips, false)
    return this.#gone ? 'gone' : 'played'
  }

  async readKey(clips: readonly ClipFile[], waitMs: number): Promise<Key | undefined | 'gone'> {
    await this.#say(clips, true)
    if (this.#keys.length === 0) await this.#pass(waitMs, 'read', true)
    return this.#gone ? 'gone' : this.#keys.shift()
  }

  async flushKeys(): Promise<void> {
    this.#keys.length = 0
    if (!this.#gone) this.heard.push('flush')
  }

  async hangup(): Promise<void> {
    if (!this.#gone) this.heard.push('hang up')
    this.leave()
  }

  async refuse(): Promise<void> {
    this.heard.push('refuse')
    this.leave()
  }

  onGone(listener: (why: Gone) => void): void {
    if (this.#gone) listener(this.#gone)
    else this.#listeners.push(listener)
  }

  async #say(clips: readonly ClipFile[], cuttable: boolean): Promise<void> {
    for (const clip of clips) {
      if (this.#gone || (cuttable && this.#keys.length > 0)) return
      this.heard.push(clip)
      await this.#pass(CLIP_MS, cuttable ? 'read' : 'play', cuttable)
    }
  }

  /** Lets time pass until it is over, the call is, or, where that counts, a key comes. */
  #pass(ms: number, busy: 'play' | 'read', untilKey: boolean): Promise<void> {
    if (this.#gone) return Promise.resolve()
    this.busy = busy
    return new Promise(resolve => {
      const timer = this.#time.after(ms, () => done())
      const done = () => {
        timer.stop()
        this.#keyed = undefined
        this.busy = undefined
        resolve()
      }
      this.#keyed = () => {
        if (this.#gone || (untilKey && this.#keys.length > 0)) done()
      }
    })
  }
}
