import { SAMPLE_RATE } from '../../platform/rtp/g711.js'

/** One stretch of a tone, in order: a pitch, or silence at 0 Hz. */
interface Beat {
  readonly hertz: number
  readonly ms: number
}

/** Level of a tone's peak within full scale; −24 dBm0 for the comfort tone, which plays for seconds. */
interface Tone {
  readonly peak: number
  readonly beats: readonly Beat[]
}

// biome-ignore format: table
const TONES: Readonly<Record<'cleared' | 'comfort', Tone>> = {
  cleared: { peak: 0.25, beats: [{ hertz: 880, ms: 80 }, { hertz: 0, ms: 20 }, { hertz: 587, ms: 120 }, { hertz: 0, ms: 80 }] },
  comfort: { peak: 0.07, beats: [{ hertz: 440, ms: 120 }, { hertz: 0, ms: 120 }, { hertz: 440, ms: 120 }, { hertz: 0, ms: 1640 }] },
}

export type ToneName = keyof typeof TONES

export const TONE_NAMES = Object.keys(TONES) as readonly ToneName[]

/** What a tone is made of, in words, for the manifest. */
export const toneText = (name: ToneName): string =>
  `${TONES[name].peak} of full scale: ${TONES[name].beats.map(({ hertz, ms }) => `${hertz} Hz ${ms} ms`).join(', ')}`

/** Each beat swells and dies within this time, so that it neither clicks nor sounds like a key. */
const SWELL_MS = 15

/** A tone at 8 kHz. None of its pitches is one of a key's (ITU-T Q.23). */
export function toneSamples(name: ToneName): Int16Array {
  const { peak, beats } = TONES[name]
  return Int16Array.from(beats.flatMap(beat => beatSamples(beat, peak)))
}

function beatSamples({ hertz, ms }: Beat, peak: number): number[] {
  const count = (ms * SAMPLE_RATE) / 1000
  const swell = (SWELL_MS * SAMPLE_RATE) / 1000
  return Array.from({ length: count }, (_, at) => {
    const envelope = Math.min(1, at / swell, (count - 1 - at) / swell)
    return Math.round(32_767 * peak * envelope * Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE))
  })
}
