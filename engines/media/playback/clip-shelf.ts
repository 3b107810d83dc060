import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SAMPLE_RATE, SILENCE } from '../../../platform/rtp/g711.js'
import { readWav, wavAs } from '../../../platform/rtp/wav.js'
import { Clip, joined, type Prompt } from './clip.js'
import { FRAME_BYTES, FRAME_MS } from './frame-source.js'
import { RecentlyUsed } from './recently-used.js'
import { parseToneStream, tonePrompt } from './tone.js'

/** A clip as it was when its file had this size and time. */
interface Shelved {
  readonly clip: Clip
  readonly size: number
  readonly changedMs: number
}

/** Clips, and as much again of tones, kept in memory, bytes: about half an hour of speech. */
const SHELF_BYTES = 32 * 1024 * 1024

/** Longest file that is read, bytes: half an hour of 16-bit samples. */
const LONGEST_FILE = 32 * 1024 * 1024

/** Longest silence that is counted in frames, ms; beyond it is for ever. */
const LONGEST_SILENCE_MS = 24 * 60 * 60 * 1000

/** Longest prompt that is put together from parts, samples: half an hour. */
const LONGEST_JOINED = 30 * 60 * SAMPLE_RATE

/**
 * Turns what an application names into what can be played: a WAV file, `file_string://a!b`,
 * `tone_stream://%(…)`, `silence_stream://ms`. Files are read once, and again when they have changed.
 */
export class ClipShelf {
  readonly #folder: string
  readonly #files = new RecentlyUsed<Shelved>(SHELF_BYTES, ({ clip }) => clip.bytes)
  readonly #tones = new RecentlyUsed<Prompt>(SHELF_BYTES, ({ clip }) => clip.bytes)
  readonly #silence = new Clip('PCMU', Buffer.alloc(FRAME_BYTES, SILENCE.PCMU))

  /** Names that are no absolute paths stand in this folder. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** What a name stands for; `undefined` when there is no such file, or it cannot be played. */
  async find(name: string): Promise<Prompt | undefined> {
    const [, kind, rest = ''] = /^([a-z_]+):\/\/(.*)$/s.exec(name) ?? []
    if (kind === 'tone_stream') return this.#tone(rest)
    if (kind === 'silence_stream') return this.#silenceOf(rest)
    if (kind === 'file_string') return this.#joined(rest.split('!'))
    if (kind !== undefined || name === '') return undefined
    const clip = await this.#file(resolve(this.#folder, name))
    return clip && { clip, times: 1 }
  }

  #tone(text: string): Prompt | undefined {
    const kept = this.#tones.get(text)
    if (kept) return kept
    const tone = parseToneStream(text)
    const prompt = tone && tonePrompt(tone)
    if (prompt) this.#tones.set(text, prompt)
    return prompt
  }

  /** `silence_stream://1000`, `silence_stream://1000,1400`: the level of comfort noise is not used. */
  #silenceOf(text: string): Prompt | undefined {
    const [, ms] = /^(-?\d+)(?:,\d+)?$/.exec(text) ?? []
    if (ms === undefined) return undefined
    const lengthMs = Number(ms)
    const forEver = lengthMs < 0 || lengthMs > LONGEST_SILENCE_MS
    const frames = Math.max(1, Math.ceil(lengthMs / FRAME_MS))
    return { clip: this.#silence, times: forEver ? Infinity : frames }
  }

  /** All or nothing: guidance with a part missing would say something else. */
  async #joined(names: readonly string[]): Promise<Prompt | undefined> {
    const parts = await Promise.all(names.map(name => this.find(name)))
    const clips: Clip[] = []
    let samples = 0
    for (const part of parts) {
      if (!part) return undefined
      samples += part.clip.samples * part.times
      if (samples > LONGEST_JOINED) return undefined
      for (let time = 0; time < part.times; time++) clips.push(part.clip)
    }
    return { clip: joined(clips), times: 1 }
  }

  async #file(path: string): Promise<Clip | undefined> {
    try {
      const { size, mtimeMs, isFile } = await statOf(path)
      if (!isFile || size > LONGEST_FILE) return undefined
      const kept = this.#files.get(path)
      if (kept && kept.size === size && kept.changedMs === mtimeMs) return kept.clip
      const reading = readWav(await readFile(path))
      if (reading.outcome !== 'read') return undefined
      const { wav } = reading
      const law = wav.encoding === 'PCMA' ? 'PCMA' : 'PCMU'
      const clip = new Clip(law, wavAs(law, wav))
      this.#files.set(path, { clip, size, changedMs: mtimeMs })
      return clip
    } catch {
      // Whatever the reason, there is nothing to play: FILE NOT FOUND is what the application is told.
      return undefined
    }
  }
}

async function statOf(path: string) {
  const found = await stat(path)
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() }
}
