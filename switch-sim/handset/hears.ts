import {
  type ClipLibrary,
  type LibraryClip,
  LOOK_UP_OCTETS,
  oneZero,
  QUIET,
} from './clip-library.js'
import type { Heard } from './heard.js'

/** One clip that a handset heard. */
export interface HeardClip {
  readonly clip: string
  readonly text: string
  /** Where it begins in what was heard, in samples. */
  readonly at: number
  /** Samples of it that were heard. */
  readonly length: number
  /** Whether all of it was heard; a clip is cut by a key, a hang-up, or a fault. */
  readonly whole: boolean
}

/** Fewest samples that make a clip that was cut worth telling: 100 ms. */
const TOLD_FROM = 800

/** How far behind the newest sample is read while more may come late, in samples: 200 ms. */
const BEHIND = 1_600

/**
 * Recognises the clips in what a handset hears, by comparing samples: a clip was played when its octets
 * came, in order, where no packet was lost. Of clips that begin alike the longest that fits is told.
 */
export class ClipListener {
  readonly #heard: Heard
  readonly #library: ClipLibrary
  #at = 0

  constructor(heard: Heard, library: ClipLibrary) {
    this.#heard = heard
    this.#library = library
  }

  /** The clips that ended since the last time, in order. */
  next(): HeardClip[] {
    return this.#read(this.#heard.length - BEHIND, false)
  }

  /** The rest, once nothing more can come: what breaks off at the end was cut. */
  last(): HeardClip[] {
    return this.#read(this.#heard.length, true)
  }

  #read(through: number, atEnd: boolean): HeardClip[] {
    const { samples, came } = this.#heard
    const found: HeardClip[] = []
    while (this.#at + LOOK_UP_OCTETS <= through) {
      const candidates = this.#candidates(samples)
      const best = this.#best(candidates, { samples, came }, through)
      if (best.undecided && !atEnd) return found
      if (best.told) found.push(best.told)
      this.#at += best.told?.length ?? 1
    }
    return found
  }

  /** Clips that begin as what is heard here; none begins with quiet. */
  #candidates(samples: Buffer): readonly LibraryClip[] {
    if (oneZero(samples[this.#at] ?? QUIET) === QUIET) return []
    const beginning = samples.subarray(this.#at, this.#at + LOOK_UP_OCTETS)
    return this.#library.beginningWith(beginning.map(oneZero))
  }

  #best(candidates: readonly LibraryClip[], sound: Sound, through: number): Best {
    let told: HeardClip | undefined
    let undecided = false
    for (const { id, text, samples } of candidates) {
      const length = agreeing(samples, sound, this.#at, through)
      const whole = length === samples.length
      if (!whole && this.#at + length >= through) undecided = true
      if (length < TOLD_FROM && !whole) continue
      const better =
        !told || (whole && !told.whole) || (whole === told.whole && length > told.length)
      if (better) told = { clip: id, text, at: this.#at, length, whole }
    }
    return { told, undecided }
  }
}

/** Every clip in all that was heard of a call, in order. */
export const hears = (heard: Heard, library: ClipLibrary): HeardClip[] =>
  new ClipListener(heard, library).last()

interface Sound {
  readonly samples: Buffer
  readonly came: Buffer
}

interface Best {
  readonly told?: HeardClip | undefined
  readonly undecided: boolean
}

/** How many octets of a clip are what was heard from `at` on; what no packet brought agrees with anything. */
function agreeing(clip: Buffer, { samples, came }: Sound, at: number, through: number): number {
  const most = Math.min(clip.length, through - at)
  for (let index = 0; index < most; index++) {
    if (clip[index] !== oneZero(samples[at + index] ?? QUIET) && came[at + index] === 1)
      return index
  }
  return most
}
