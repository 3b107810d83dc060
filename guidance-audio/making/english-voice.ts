import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clip } from '../clip.js'
import { type Interval, type Phone, readVoiceWav, type Utterance } from './voice.js'

const run = promisify(execFile)

/** Names the engine, the voice and their settings: clips are made anew when one of them changes. */
export const ENGLISH_VOICE = 'festival 2.5.0, cmu_us_slt_arctic_hts 0.2010.10.25'

/** A word and when it ends. */
export interface SpokenWord {
  readonly word: string
  readonly endSeconds: number
}

export interface EnglishUtterance extends Utterance {
  readonly words: readonly SpokenWord[]
}

/** Everything the voice says for a clip: the clip between its neighbours. */
const sentenceOf = ({ before, text, after }: Clip): string =>
  `${before.text} ${text} ${after.text}`.replace(/ +([,.])/g, '$1').trim()

/** Says a clip with its neighbours, in a folder of its own. */
export async function sayEnglish(clip: Clip, folder: string): Promise<EnglishUtterance> {
  const file = (name: string) => join(folder, name)
  const script = `
    (voice_cmu_us_slt_arctic_hts)
    (set! spoken (SynthText ${JSON.stringify(sentenceOf(clip))}))
    (utt.save.wave spoken ${JSON.stringify(file('out.wav'))})
    (utt.save.segs spoken ${JSON.stringify(file('out.segs'))})
    (utt.save.words spoken ${JSON.stringify(file('out.words'))})`
  await writeFile(file('say.scm'), script)
  await run('festival', ['-b', file('say.scm')])
  return {
    ...readVoiceWav(await readFile(file('out.wav'))),
    phones: phonesIn(await readFile(file('out.segs'), 'utf8')),
    words: linesOf(await readFile(file('out.words'), 'utf8')).map(([endSeconds, word]) => ({
      word,
      endSeconds,
    })),
  }
}

/** Lines of an Xwaves label file after its head: end time in seconds, colour, name. */
const linesOf = (labels: string): [endSeconds: number, name: string][] =>
  [...labels.matchAll(/^\s*([\d.]+)\s+\d+\s+(\S+)/gm)].map(([, end, name = '']) => [
    Number(end),
    name,
  ])

function phonesIn(labels: string): Phone[] {
  let beginSeconds = 0
  return linesOf(labels).map(([endSeconds, name]) => {
    const phone = { name, beginSeconds, endSeconds }
    beginSeconds = endSeconds
    return phone
  })
}

/** Where the clip itself lies in what was said, or a sentence that says which words differ. */
export function findEnglish(clip: Clip, { phones, words }: EnglishUtterance): Interval | string {
  const [before = [], own = [], after = []] = [clip.before, clip, clip.after].map(wordsOf)
  const meant = [...before, ...own, ...after].join(' ')
  const spoken = words.flatMap(({ word }) => wordsOf({ text: word })).join(' ')
  if (meant !== spoken) return `en/${clip.id}\n  meant ${meant}\n  reads ${spoken}`
  const previousEnd = words[before.length - 1]?.endSeconds ?? 0
  const endSeconds = words[before.length + own.length - 1]?.endSeconds
  const first = phones.find(
    ({ name, endSeconds }) => endSeconds > previousEnd + MOMENT_S && name !== 'pau',
  )
  if (endSeconds === undefined || !first) return `en/${clip.id} says nothing`
  return { beginSeconds: first.beginSeconds, endSeconds }
}

/** Times in label files are rounded; less than this is no phone. */
const MOMENT_S = 0.002

const wordsOf = ({ text }: { text: string }): string[] =>
  text
    .toLowerCase()
    // Festival writes o'clock as one word without its mark.
    .replaceAll("'", '')
    .split(/[\s,.]+/)
    .filter(word => word !== '')
