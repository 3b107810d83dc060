import type { ClipLibrary } from './clip-library.js'
import type { Heard } from './heard.js'
import { ClipListener, type HeardClip } from './hears.js'

/** µ-law octets from here on, sign left out, are as quiet as the pauses of a voice (±120 of 32,635). */
const QUIET_FROM = 0x70

/** Fewest loud octets of one packet that make a sound: a click is none. */
const SOUND_FROM = 8

/**
 * What a caller notices in what is heard: that guidance speaks, that it has fallen quiet, and which clips
 * it was. `nowMs` is monotonic.
 */
export class Ears {
  readonly #heard: Heard
  readonly #listener: ClipListener
  readonly #nowMs: () => number
  readonly #onClip: (clip: HeardClip) => void
  readonly #clips: HeardClip[] = []
  #forgotten = 0
  #looked = 0
  #soundMs: number | undefined
  #firstSoundMs: number | undefined
  #beganMs: number | undefined

  constructor(
    heard: Heard,
    library: ClipLibrary,
    nowMs: () => number,
    onClip: (clip: HeardClip) => void = () => {},
  ) {
    this.#heard = heard
    this.#listener = new ClipListener(heard, library)
    this.#nowMs = nowMs
    this.#onClip = onClip
  }

  /** Listens to what has come since the last time. */
  listen(): void {
    const { samples } = this.#heard
    const loud = samples.subarray(this.#looked).reduce((count, octet) => count + isLoud(octet), 0)
    this.#looked = samples.length
    if (loud >= SOUND_FROM) {
      this.#soundMs = this.#nowMs()
      this.#firstSoundMs ??= this.#soundMs
      this.#beganMs ??= this.#soundMs
    }
    this.#tell(this.#listener.next())
  }

  /** Tells the clips that the end of the call cut or completed. */
  last(): void {
    this.#tell(this.#listener.last())
  }

  /** Forgets what has sounded until now, to notice the next guidance. */
  forget(): void {
    this.listen()
    this.#forgotten = this.#clips.length
    this.#soundMs = undefined
    this.#firstSoundMs = undefined
  }

  /** When guidance was first heard since `forget`; `undefined` when there was none. */
  get firstSoundMs(): number | undefined {
    return this.#firstSoundMs
  }

  /** When anything was heard for the first time; `undefined` when nothing was. */
  get beganMs(): number | undefined {
    return this.#beganMs
  }

  /** How long it has been quiet since guidance was heard, in ms; 0 when none was heard yet. */
  get quietMs(): number {
    return this.#soundMs === undefined ? 0 : this.#nowMs() - this.#soundMs
  }

  /** The clips since `forget`, in order. */
  get newClips(): readonly HeardClip[] {
    return this.#clips.slice(this.#forgotten)
  }

  /** Every clip so far, in order. */
  get clips(): readonly HeardClip[] {
    return this.#clips
  }

  #tell(clips: readonly HeardClip[]): void {
    this.#clips.push(...clips)
    for (const clip of clips) this.#onClip(clip)
  }
}

const isLoud = (octet: number): number => ((octet & 0x7f) < QUIET_FROM ? 1 : 0)
