import { encodeG711, SAMPLE_RATE } from '../../../platform/rtp/g711.js'
import { Clip, type Prompt } from './clip.js'
import { FRAME_BYTES } from './frame-source.js'

/**
 * Tones as FreeSWITCH writes them: `%(on,off,f1,f2…)` sounds the frequencies (Hz) together for `on` ms,
 * then is silent for `off` ms; several stand behind each other. `v=-13` sets the level of each frequency
 * for what follows (dB below full scale), `loops=3` plays all three times, `loops=-1` for ever.
 */
export interface ToneStream {
  readonly cadences: readonly Cadence[]
  /** Times the whole is played, `Infinity` for ever. */
  readonly times: number
}

interface Cadence {
  readonly onMs: number
  readonly offMs: number
  readonly frequencies: readonly number[]
  readonly levelDb: number
}

/** FreeSWITCH's own level of one frequency. */
const DEFAULT_LEVEL_DB = -7

/** Longest tone that is computed, ms: one hour a text could ask for would fill the memory. */
const LONGEST_MS = 120_000

const CADENCE = /^%\(([\d.,\s]+)\)$/
const LEVEL = /^v=(-?\d+(?:\.\d+)?)$/
const LOOPS = /^(?:loops|l)=(-?\d+)$/i

/** Reads a tone; `undefined` when it cannot be read. */
export function parseToneStream(text: string): ToneStream | undefined {
  const cadences: Cadence[] = []
  let levelDb = DEFAULT_LEVEL_DB
  let times = 1
  for (const part of text.replaceAll(')%', ');%').split(';')) {
    if (part === '') continue
    const [, numbers] = CADENCE.exec(part) ?? []
    const [, level] = LEVEL.exec(part) ?? []
    const [, loops] = LOOPS.exec(part) ?? []
    if (numbers !== undefined) {
      const cadence = parseCadence(numbers, levelDb)
      if (!cadence) return undefined
      cadences.push(cadence)
    } else if (level !== undefined) levelDb = Math.min(0, Number(level))
    else if (loops !== undefined) times = Number(loops) < 0 ? Infinity : Math.max(1, Number(loops))
    else return undefined
  }
  const lengthMs = cadences.reduce((sum, { onMs, offMs }) => sum + onMs + offMs, 0)
  return lengthMs > 0 && lengthMs <= LONGEST_MS ? { cadences, times } : undefined
}

function parseCadence(numbers: string, levelDb: number): Cadence | undefined {
  const [onMs, offMs, ...frequencies] = numbers.split(',').map(Number)
  const all = [onMs, offMs, ...frequencies]
  if (onMs === undefined || offMs === undefined || all.some(one => !Number.isFinite(one))) {
    return undefined
  }
  return { onMs, offMs, frequencies, levelDb }
}

/** The tone as audio. */
export function tonePrompt({ cadences, times }: ToneStream): Prompt {
  const once = Int16Array.from(cadences.flatMap(cadence => [...samplesOf(cadence)]))
  // For ever: as often as it takes to end with a whole frame, so that no silence falls between.
  const passes = times === Infinity ? FRAME_BYTES / commonDivisor(once.length, FRAME_BYTES) : 1
  const samples = new Int16Array(once.length * passes)
  for (let pass = 0; pass < passes; pass++) samples.set(once, pass * once.length)
  return { clip: new Clip('PCMU', encodeG711('PCMU', samples)), times }
}

function samplesOf({ onMs, offMs, frequencies, levelDb }: Cadence): Int16Array {
  const samples = new Int16Array(samplesIn(onMs) + samplesIn(offMs))
  const amplitude = 32_767 * 10 ** (levelDb / 20)
  // Together they must not exceed full scale.
  const each = amplitude / Math.max(1, frequencies.length)
  for (let at = 0; at < samplesIn(onMs); at++) {
    const sum = frequencies.reduce(
      (level, frequency) => level + Math.sin((2 * Math.PI * frequency * at) / SAMPLE_RATE),
      0,
    )
    samples[at] = Math.round(sum * each)
  }
  return samples
}

const samplesIn = (ms: number) => Math.round((ms * SAMPLE_RATE) / 1_000)

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))
