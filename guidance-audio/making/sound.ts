import { spawnSync } from 'node:child_process'
import type { Language } from '../../domain/charge-answer.js'
import { encodeG711, SAMPLE_RATE, SILENCE } from '../../platform/rtp/g711.js'
import { formatWav, readWav } from '../../platform/rtp/wav.js'
import type { Interval, Utterance } from './voice.js'

/** Samples of one packet: clips are whole packets, so that none is padded between two clips. */
const PACKET_SAMPLES = 160

/**
 * Level of the speech proper, pauses left out: −15 dBm0, what telephone announcements usually have. A
 * full-scale sine is +3.17 dBm0 (ITU-T G.711 table 5), so 0 dBm0 is 6.18 dB below full scale (RMS).
 */
const SPEECH_LEVEL_DB = -15 - 6.18

/** No sample may come nearer to full scale than this. */
const PEAK_MAX = 0.9

/** Room for what the filters lift; the level is set at the end. */
const ROOM = ['gain', '-15']

/**
 * Telephone band, G.712: below 200 Hz is lost on the way, above 3,400 Hz too. Within it each voice is
 * lifted at the top to the long-term spectrum of normal speech (ANSI S3.5-1997 table 3), from which the
 * Japanese one falls short by 9 dB more: measured over twelve sentences of each.
 */
const BAND_EFFECTS: Readonly<Record<Language, readonly string[]>> = {
  ja: [
    ...ROOM,
    'highpass',
    '200',
    'treble',
    '+10',
    '1200',
    'treble',
    '+4',
    '2200',
    'sinc',
    '-3400',
  ],
  en: [...ROOM, 'highpass', '200', 'treble', '+4', '2200', 'sinc', '-3400'],
}

/** Names every setting of this file: clips are made anew when one changes. */
export const soundSettings = (language: Language): string =>
  `${BAND_EFFECTS[language].join(' ')}; ${SPEECH_LEVEL_DB} dB; fades 1`

/** How a clip begins and ends. */
export interface Edges {
  /** Silence before the first sound. */
  readonly pauseBeforeMs: number
  /** Silence after the last one; 0 joins the next clip at once. */
  readonly pauseAfterMs: number
  /** The clip begins (ends) where the voice does, so its breath is kept. */
  readonly opens: boolean
  readonly closes: boolean
}

/** An utterance in the telephone's band and rate, brought to the level of all clips as a whole. */
export function telephoneSpeech(
  { samples, sampleRate }: Utterance,
  language: Language,
): Float64Array {
  const format = ['-t', 'raw', '-e', 'signed', '-b', '16', '-L', '-c', '1']
  const input = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  const sox = spawnSync(
    'sox',
    [
      ...['-D', '-V1', ...format, '-r', `${sampleRate}`, '-', ...format, '-'],
      ...[...BAND_EFFECTS[language], 'rate', '-v', `${SAMPLE_RATE}`],
    ],
    { input, maxBuffer: 1 << 26 },
  )
  if (sox.status !== 0) throw new Error(`sox failed: ${sox.stderr}`)
  const count = sox.stdout.length / 2
  return levelled(Float64Array.from({ length: count }, (_, at) => sox.stdout.readInt16LE(at * 2)))
}

/** Scales speech to its level; less where a peak would come too near to full scale. */
function levelled(samples: Float64Array): Float64Array {
  const powers: number[] = []
  for (let at = 0; at + PACKET_SAMPLES <= samples.length; at += PACKET_SAMPLES) {
    powers.push(meanSquare(samples.subarray(at, at + PACKET_SAMPLES)))
  }
  const loudest = Math.max(...powers)
  // 30 dB under the loudest moment is a pause or a breath.
  const speech = powers.filter(power => power > loudest / 1000)
  const rms = Math.sqrt(speech.reduce((sum, power) => sum + power, 0) / speech.length)
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const wanted = 32_768 * 10 ** (SPEECH_LEVEL_DB / 20)
  const gain = Math.min(wanted / rms, (32_768 * PEAK_MAX) / peak)
  return samples.map(sample => sample * gain)
}

const meanSquare = (samples: Float64Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length

/** Room kept before the first sound and after the last of an utterance, and the fades. */
const BREATH_BEFORE_MS = 15
const BREATH_AFTER_MS = 40
const FADE_MS = 4

const samplesOf = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1000)

/** Cuts a stretch out of speech at 8 kHz and sets its pauses; whole packets long. */
export function cutOut(speech: Float64Array, interval: Interval, edges: Edges): Int16Array {
  const begin = interval.beginSeconds * SAMPLE_RATE - samplesOf(edges.opens ? BREATH_BEFORE_MS : 0)
  const end = interval.endSeconds * SAMPLE_RATE + samplesOf(edges.closes ? BREATH_AFTER_MS : 0)
  const first = Math.max(0, Math.round(begin))
  const joined = edges.pauseAfterMs === 0
  const length = Math.round(end) - first
  // A joined clip gives or takes up to 10 ms of its neighbour rather than leaving a gap.
  const kept = joined ? Math.round(length / PACKET_SAMPLES) * PACKET_SAMPLES : length
  const own = faded(speech.slice(first, first + kept))
  const lead = samplesOf(edges.pauseBeforeMs)
  const total = lead + kept + samplesOf(edges.pauseAfterMs)
  const clip = new Int16Array(Math.ceil(total / PACKET_SAMPLES) * PACKET_SAMPLES)
  own.forEach((sample, at) => {
    clip[lead + at] = Math.round(sample)
  })
  return clip
}

function faded(samples: Float64Array): Float64Array {
  const length = samplesOf(FADE_MS)
  return samples.map((sample, at) => {
    const fromEdge = Math.min(at, samples.length - 1 - at)
    return fromEdge >= length ? sample : sample * Math.sin((Math.PI / 2) * (fromEdge / length)) ** 2
  })
}

/** The file of a clip: WAV, µ-law, 8 kHz, one channel. */
export const clipFile = (samples: Int16Array): Buffer =>
  formatWav({ encoding: 'PCMU', samples: encodeG711('PCMU', samples) })

/** Files of clips one after the other as one, with silence between them. */
export function joinFiles(files: readonly Buffer[], silenceMs: number): Buffer {
  const silence = Buffer.alloc(samplesOf(silenceMs), SILENCE.PCMU)
  const samples = files.flatMap((file, at) => {
    const reading = readWav(file)
    if (reading.outcome !== 'read') throw new Error(`a clip cannot be read: ${reading.outcome}`)
    return at === 0 ? [reading.wav.samples] : [silence, reading.wav.samples]
  })
  return formatWav({ encoding: 'PCMU', samples: Buffer.concat(samples) })
}
