import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clip } from '../clip.js'
import { phonemesOf, soundsAlike } from './phonemes.js'
import { type Interval, type Phone, readVoiceWav, type Utterance } from './voice.js'

const run = promisify(execFile)

const DICTIONARY = '/var/lib/mecab/dic/open-jtalk/naist-jdic'
const VOICE = '/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice'

/** Names the engine, the voice and their settings: clips are made anew when one of them changes. */
export const JAPANESE_VOICE = 'open_jtalk 1.11 naist-jdic, nitech_jp_atr503_m001 1.05'

/** Open JTalk's labels count in 100 ns. */
const LABEL_UNITS_A_SECOND = 10_000_000

/** Says a clip with its neighbours, in a folder of its own. */
export async function sayJapanese(clip: Clip, folder: string): Promise<Utterance> {
  const [text, wav, trace] = ['in.txt', 'out.wav', 'trace.txt'].map(name => join(folder, name))
  if (!text || !wav || !trace) throw new Error('no files to work with')
  await writeFile(text, `${clip.before.text}${clip.text}${clip.after.text}\n`)
  await run('open_jtalk', ['-x', DICTIONARY, '-m', VOICE, '-ow', wav, '-ot', trace, text])
  return { ...readVoiceWav(await readFile(wav)), phones: phonesIn(await readFile(trace, 'utf8')) }
}

/** The phonemes with their times, from the trace: `0 3950000 xx^xx-sil+o=ky/A:…`. */
function phonesIn(trace: string): Phone[] {
  const labels = trace.slice(trace.indexOf('[Output label]'))
  return [...labels.matchAll(/^(\d+) (\d+) [^-\s]+-([^+\s]+)\+/gm)].map(
    ([, begin, end, name = '']) => ({
      name,
      beginSeconds: Number(begin) / LABEL_UNITS_A_SECOND,
      endSeconds: Number(end) / LABEL_UNITS_A_SECOND,
    }),
  )
}

/**
 * Where the clip itself lies in what was said; or, when the engine reads any of it otherwise than the
 * kana say, a sentence that shows both. Pauses are the engine's own affair, but not within a number.
 */
export function findJapanese(clip: Clip, phones: readonly Phone[]): Interval | string {
  const sounds = phones.filter(({ name }) => name !== 'sil' && name !== 'pau')
  const spoken = sounds.map(({ name }) => name)
  const [before, own, after] = [clip.before, clip, clip.after].map(({ kana }) => phonemesOf(kana))
  if (!before || !own || !after) throw new Error('three stretches were read')
  const meant = [...before, ...own, ...after]
  const same =
    meant.length === spoken.length &&
    meant.every((phoneme, at) => soundsAlike(phoneme, spoken[at] ?? '', meant[at - 1] ?? ''))
  if (!same) {
    return `ja/${clip.id} «${clip.before.text}|${clip.text}|${clip.after.text}»\n  meant ${meant.join(' ')}\n  reads ${spoken.join(' ')}`
  }
  const first = sounds[before.length]
  const last = sounds[before.length + own.length - 1]
  if (!first || !last) return `ja/${clip.id} says nothing`
  return { beginSeconds: first.beginSeconds, endSeconds: last.endSeconds }
}
