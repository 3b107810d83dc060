import { type G711Law, SILENCE, transcodeG711 } from '../../../platform/rtp/g711.js'
import { FRAME_BYTES, FRAME_MS, type FrameSource } from './frame-source.js'

/** Recorded or computed audio, cut into frames once and sent to any number of calls. */
export class Clip {
  /** Samples of the audio itself, without the silence that fills its last frame. */
  readonly samples: number
  readonly #octets: Map<G711Law, Buffer>
  readonly #frames = new Map<G711Law, readonly Uint8Array[]>()

  /** Of octets of one law. Those of the other are made when a call needs them. */
  constructor(law: G711Law, octets: Buffer) {
    this.samples = octets.length
    this.#octets = new Map([[law, octets]])
  }

  /** Octets, one a sample. */
  octets(law: G711Law): Buffer {
    const kept = this.#octets.get(law)
    if (kept) return kept
    const other: G711Law = law === 'PCMU' ? 'PCMA' : 'PCMU'
    const made = transcodeG711(other, law, this.octets(other))
    this.#octets.set(law, made)
    return made
  }

  /** The frames in order; the last is filled up with silence. */
  frames(law: G711Law): readonly Uint8Array[] {
    const kept = this.#frames.get(law)
    if (kept) return kept
    const cut = cutFrames(this.octets(law), SILENCE[law])
    this.#frames.set(law, cut)
    return cut
  }

  /** Memory that it holds at most, in bytes: octets and views of both laws. */
  get bytes(): number {
    return 2 * (this.samples + Math.ceil(this.samples / FRAME_BYTES) * 100)
  }
}

function cutFrames(octets: Buffer, silence: number): Uint8Array[] {
  const whole = Math.floor(octets.length / FRAME_BYTES)
  const frames: Uint8Array[] = Array.from({ length: whole }, (_, at) =>
    octets.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES),
  )
  const rest = octets.subarray(whole * FRAME_BYTES)
  if (rest.length > 0) frames.push(Buffer.concat([rest, silentFrame(silence)], FRAME_BYTES))
  return frames
}

const silentFrame = (silence: number) => Buffer.alloc(FRAME_BYTES, silence)

/** One clip after the other, without a gap between them. */
export const joined = (clips: readonly Clip[]): Clip =>
  new Clip('PCMU', Buffer.concat(clips.map(clip => clip.octets('PCMU'))))

/** What can be played: a clip, a number of times, `Infinity` for ever. */
export interface Prompt {
  readonly clip: Clip
  readonly times: number
}

/** Plays a prompt from its beginning; counts what was played. */
export class PromptSource implements FrameSource {
  readonly #prompt: Prompt
  #frame = 0
  #pass = 0

  constructor(prompt: Prompt) {
    this.#prompt = prompt
  }

  next(law: G711Law): Uint8Array | undefined {
    const frames = this.#prompt.clip.frames(law)
    const frame = frames[this.#frame]
    if (frame) {
      this.#frame++
      return frame
    }
    this.#pass++
    if (this.#pass >= this.#prompt.times || frames.length === 0) return undefined
    this.#frame = 1
    return frames[0]
  }

  /** Samples played so far; at the end exactly those of the prompt. */
  get samplesPlayed(): number {
    const { clip } = this.#prompt
    const ofPass = Math.min(this.#frame * FRAME_BYTES, clip.samples)
    return this.#pass >= this.#prompt.times
      ? this.#pass * clip.samples
      : this.#pass * clip.samples + ofPass
  }
}

/** Milliseconds of a number of samples. */
export const msOf = (samples: number): number => Math.round((samples * FRAME_MS) / FRAME_BYTES)
