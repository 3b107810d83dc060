/** ITU-T Q.23: the two tones of each key, in hertz. */
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1_209, 1_336, 1_477]
export const KEYS = '123456789*0#'

/** How long a key sounds, in seconds, and how loud: it is heard beside guidance. */
const TONE_S = 0.1
const LOUDNESS = 0.06

/** What the phone sounds by, and the silence that it sends: a caller here keys, and needs no microphone. */
export class Sound {
  readonly #context = new AudioContext()
  readonly #microphone = this.#context.createMediaStreamDestination()

  constructor() {
    // Without a source nothing leaves at all, and keys travel among packets of audio.
    const nothing = this.#context.createConstantSource()
    nothing.offset.value = 0
    nothing.connect(this.#microphone)
    nothing.start()
  }

  /** A browser lets sound out once somebody has pressed something. */
  wake(): Promise<void> {
    return this.#context.resume()
  }

  /** A stream of silence. */
  silence(): MediaStream {
    return this.#microphone.stream.clone()
  }

  /** The tone of a key, in this room only. */
  key(key: string): void {
    const at = KEYS.indexOf(key)
    const now = this.#context.currentTime
    const gain = this.#context.createGain()
    gain.gain.setValueAtTime(LOUDNESS, now)
    gain.gain.setTargetAtTime(0, now + TONE_S, 0.01)
    gain.connect(this.#context.destination)
    for (const hertz of [ROWS[Math.floor(at / 3)], COLUMNS[at % 3]]) {
      const tone = this.#context.createOscillator()
      tone.frequency.value = hertz ?? 0
      tone.connect(gain)
      tone.start(now)
      tone.stop(now + TONE_S * 2)
    }
  }

  close(): void {
    void this.#context.close()
  }
}
