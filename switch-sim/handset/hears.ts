import {
  type ClipLibrary,
  type LibraryClip,
  LOOK_UP_OCTETS,
  oneZero,
  QUIET,
} from './clip-library.js'
import { CAME, type Heard } from './heard.js'

/** One clip that a handset heard. */
export interface HeardClip {
  readonly clip: string
  readonly text: string
  /** Where it begins in what was heard, in samples. */
  readonly at: number
  /** Samples of it that were heard. */
  readonly length: number
  /** Samples from its first to its last, pauses of the sender within it included. */
  readonly span: number
  /** Whether all of it was heard; a clip is cut by a key, a hang-up, or a fault. */
  readonly whole: boolean
}

/** Fewest samples that make a clip that was cut worth telling: 100 ms. */
export const TOLD_FROM = 800

/** How far behind the newest sample is read while more may come late, in samples: 200 ms. */
const BEHIND = 1_600

/**
 * Recognises the clips in what a handset hears, by comparing samples: a clip was played when its octets
 * came, in order, where no packet was lost. A sender that falls behind makes a pause and goes on; that
 * does not cut a clip. Of clips that begin alike the longest that fits is told.
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
      this.#at += best.told?.span ?? 1
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
      const { length, span, reached } = agreeing(samples, sound, this.#at, through)
      const whole = length === samples.length
      if (!whole && reached) undecided = true
      if (length < TOLD_FROM && !whole) continue
      const better =
        !told || (whole && !told.whole) || (whole === told.whole && length > told.length)
      if (better) told = { clip: id, text, at: this.#at, length, span, whole }
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

interface Agreement {
  /** Octets of the clip that are what was heard. */
  readonly length: number
  /** The same with the pauses between them. */
  readonly span: number
  /** Whether all was read that may be. */
  readonly reached: boolean
}

/** How much of a clip is what was heard from `from` on; what no packet brought agrees with anything. */
function agreeing(
  clip: Buffer,
  { samples, came }: Sound,
  from: number,
  through: number,
): Agreement {
  let length = 0
  let end = from
  let at = from
  while (length < clip.length && at < through) {
    if (came[at] !== CAME.pause) {
      const same = clip[length] === oneZero(samples[at] ?? QUIET)
      if (!same && came[at] === CAME.with_packet) break
      length++
      end = at + 1
    }
    at++
  }
  return { length, span: end - from, reached: at >= through }
}
