import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clip } from '../clip.js'
import { correctAccents } from './accent.js'
import { phonemesOf, soundsAlike } from './phonemes.js'
import { type Interval, type Phone, readVoiceWav, type Utterance } from './voice.js'

const run = promisify(execFile)

const DICTIONARY = '/var/lib/mecab/dic/open-jtalk/naist-jdic'
const VOICE = '/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice'

/** Names the engine, the voice and their settings: clips are made anew when one of them changes. */
export const JAPANESE_VOICE =
  'open_jtalk 1.11 naist-jdic, accents 1, hts_engine 1.10, nitech_jp_atr503_m001 1.05'

/** Labels count time in 100 ns. */
const LABEL_UNITS_A_SECOND = 10_000_000

/**
 * Says a clip with its neighbours, in a folder of its own: Open JTalk reads the text, accents are set
 * right, and the same engine that is inside Open JTalk speaks the result. In kana おかけ直し is one phrase
 * for it, in kanji two.
 */
export async function sayJapanese(clip: Clip, folder: string): Promise<Utterance> {
  const file = (name: string) => join(folder, name)
  const text = `${clip.before.text}${clip.text}${clip.after.text}`
  await writeFile(file('in.txt'), `${text.replaceAll('おかけ直し', 'おかけなおし')}\n`)
  await run('open_jtalk', ['-x', DICTIONARY, '-m', VOICE, '-ot', file('trace'), file('in.txt')])
  const labels = correctAccents(labelsIn(await readFile(file('trace'), 'utf8')))
  await writeFile(file('labels'), `${labels.join('\n')}\n`)
  const speak = ['-m', VOICE, '-ow', file('out.wav'), '-od', file('times'), file('labels')]
  await run('hts_engine', speak)
  return {
    ...readVoiceWav(await readFile(file('out.wav'))),
    phones: phonesIn(await readFile(file('times'), 'utf8')),
  }
}

/** The labels of the engine's trace, without times: `0 3950000 xx^xx-sil+o=ky/A:…`. */
const labelsIn = (trace: string): string[] =>
  [...trace.slice(trace.indexOf('[Output label]')).matchAll(/^\d+ \d+ (\S+\/K:\S+)$/gm)].map(
    ([, label = '']) => label,
  )

/** The phonemes with their times. */
const phonesIn = (times: string): Phone[] =>
  [...times.matchAll(/^(\d+) (\d+) [^-\s]+-([^+\s]+)\+/gm)].map(([, begin, end, name = '']) => ({
    name,
    beginSeconds: Number(begin) / LABEL_UNITS_A_SECOND,
    endSeconds: Number(end) / LABEL_UNITS_A_SECOND,
  }))

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
