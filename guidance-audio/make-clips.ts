/**
 * Makes the clips that are committed beside this file, and `clips/manifest.json`. Needed only when a
 * text changes; on Debian, with `contrib` among the sources:
 *
 *   apt-get install open-jtalk open-jtalk-mecab-naist-jdic htsengine \
 *     hts-voice-nitech-jp-atr503-m001 festival festvox-us-slt-hts sox
 *   npm run build && node dist/guidance-audio/make-clips.js
 *
 * Only what changed is made anew, the same bytes each time. Ends with code 1, and lists them, when the
 * engine would read any Japanese text otherwise than its kana say.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readWav } from '../platform/rtp/wav.js'
import { CATALOGUE } from './catalogue.js'
import type { Clip } from './clip.js'
import { CLIPS_FOLDER } from './clips-folder.js'
import { findEnglish, sayEnglish } from './making/english-voice.js'
import { findJapanese, sayJapanese } from './making/japanese-voice.js'
import { type Manifest, type ManifestEntry, sha256 } from './making/manifest.js'
import {
  announcementMadeFrom,
  BETWEEN_LANGUAGES_MS,
  madeFrom,
  PAUSE_AFTER_MS,
  PAUSE_BEFORE_MS,
  toneMadeFrom,
} from './making/recipe.js'
import { clipFile, cutOut, joinFiles, telephoneSpeech } from './making/sound.js'
import { TONE_NAMES, toneSamples, toneText } from './making/tones.js'
import type { Interval, Utterance } from './making/voice.js'
import { ANNOUNCEMENTS, clippedParts, textOf } from './texts.js'
import { LANGUAGES } from './values.js'

const MANIFEST = join(CLIPS_FOLDER, 'manifest.json')

/** A clip to be had: its file, what it says, and how to make it when it is not there. */
interface Wanted {
  readonly file: string
  readonly text: string
  readonly madeFrom: string
  make(folder: string): Promise<Buffer | undefined>
}

const misreadings: string[] = []

/** Says a clip, holds its reading against its kana, and cuts it out. */
async function makeSpoken(clip: Clip, folder: string): Promise<Buffer | undefined> {
  const [utterance, found] = await say(clip, folder)
  if (typeof found === 'string') {
    misreadings.push(found)
    return undefined
  }
  return clipFile(
    cutOut(telephoneSpeech(utterance, clip.language), found, {
      pauseBeforeMs: clip.pauseBefore ? PAUSE_BEFORE_MS : 0,
      pauseAfterMs: PAUSE_AFTER_MS[clip.ends],
      opens: clip.before.text === '' || clip.pauseBefore,
      closes: clip.ends !== 'joined',
    }),
  )
}

async function say(clip: Clip, folder: string): Promise<[Utterance, Interval | string]> {
  if (clip.language === 'ja') {
    const utterance = await sayJapanese(clip, folder)
    return [utterance, findJapanese(clip, utterance.phones)]
  }
  const utterance = await sayEnglish(clip, folder)
  return [utterance, findEnglish(clip, utterance)]
}

const spokenClips = (): Wanted[] =>
  CATALOGUE.map(clip => ({
    file: `${clip.language}/${clip.id}.wav`,
    text: clip.text,
    madeFrom: madeFrom(clip),
    make: folder => makeSpoken(clip, folder),
  }))

const tones = (): Wanted[] =>
  TONE_NAMES.map(name => ({
    file: `tone/${name}.wav`,
    text: toneText(name),
    madeFrom: toneMadeFrom(name),
    make: async () => clipFile(toneSamples(name)),
  }))

/** Announcements in both languages. They need the clips of each to be there, so they come last. */
const announcements = (spoken: readonly Wanted[]): Wanted[] =>
  ANNOUNCEMENTS.map(name => {
    const id = `announcement-${name}` as const
    const files = LANGUAGES.flatMap(language =>
      clippedParts(id, textOf(language, id)).map(({ clipId }) => `${language}/${clipId}.wav`),
    )
    const parts = spoken.filter(({ file }) => files.includes(file))
    return {
      file: `announcement/${name}.wav`,
      text: parts.map(({ text }) => text).join(' '),
      madeFrom: announcementMadeFrom(
        name,
        parts.map(part => part.madeFrom),
      ),
      make: async () => {
        const read = files.map(file => readFile(join(CLIPS_FOLDER, file)))
        return joinFiles(await Promise.all(read), BETWEEN_LANGUAGES_MS)
      },
    }
  })

/** The clip as it lies there, when it was made from the same and is whole; else made anew, if it can. */
async function obtain(
  wanted: Wanted,
  before: ManifestEntry | undefined,
  folder: string,
): Promise<ManifestEntry | undefined> {
  const path = join(CLIPS_FOLDER, wanted.file)
  const present = await readFile(path).catch(() => undefined)
  const kept = before?.madeFrom === wanted.madeFrom && present && sha256(present) === before.bytes
  const bytes = kept ? present : await wanted.make(folder)
  if (!bytes) return undefined
  if (!kept) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    made += 1
  }
  const { text, madeFrom } = wanted
  return { text, madeFrom, bytes: sha256(bytes), durationMs: durationMs(bytes) }
}

let made = 0

function durationMs(file: Buffer): number {
  const reading = readWav(file)
  return reading.outcome === 'read' ? reading.wav.samples.length / 8 : 0
}

/** Several voices at once, each in a folder of its own. */
async function obtainAll(wanted: readonly Wanted[], before: Manifest['clips'], work: string) {
  const entries: [string, ManifestEntry][] = []
  const queue = wanted.values()
  const worker = async (_: unknown, number: number) => {
    const folder = join(work, `${number}`)
    await mkdir(folder, { recursive: true })
    for (const clip of queue) {
      const entry = await obtain(clip, before[clip.file], folder)
      if (entry) entries.push([clip.file, entry])
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return entries
}

async function readManifest(): Promise<Manifest['clips']> {
  const text = await readFile(MANIFEST, 'utf8').catch(() => undefined)
  return text === undefined ? {} : (JSON.parse(text) as Manifest).clips
}

/** Removes clips that no text asks for any more. */
async function removeOthers(files: ReadonlySet<string>): Promise<void> {
  for (const folder of await readdir(CLIPS_FOLDER, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue
    for (const name of await readdir(join(CLIPS_FOLDER, folder.name))) {
      const file = `${folder.name}/${name}`
      if (!files.has(file)) await rm(join(CLIPS_FOLDER, file))
    }
  }
}

async function main(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'clips-'))
  await mkdir(CLIPS_FOLDER, { recursive: true })
  const before = await readManifest()
  const spoken = spokenClips()
  const entries = await obtainAll([...spoken, ...tones()], before, work)
  if (misreadings.length === 0) {
    entries.push(...(await obtainAll(announcements(spoken), before, work)))
    await removeOthers(new Set(entries.map(([file]) => file)))
  }
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  const manifest: Manifest = { version: 1, clips: Object.fromEntries(entries) }
  await writeFile(MANIFEST, `${JSON.stringify(manifest, undefined, 1)}\n`)
  await rm(work, { recursive: true })
  console.log(`${entries.length} clips, ${made} of them made now`)
  if (misreadings.length === 0) return
  console.error(
    `${misreadings.join('\n')}\n${misreadings.length} clips would be misread and are left out`,
  )
  process.exitCode = 1
}

await main()
