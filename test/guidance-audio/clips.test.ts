import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CATALOGUE } from '../../guidance-audio/catalogue.js'
import { CLIPS_FOLDER } from '../../guidance-audio/clips-folder.js'
import { type Manifest, sha256 } from '../../guidance-audio/making/manifest.js'
import { announcementMadeFrom, madeFrom, toneMadeFrom } from '../../guidance-audio/making/recipe.js'
import { TONE_NAMES } from '../../guidance-audio/making/tones.js'
import { announcement, TONES } from '../../guidance-audio/phrase.js'
import { ANNOUNCEMENTS } from '../../guidance-audio/texts.js'
import { linearOf, readWav } from '../../platform/rtp/wav.js'

const manifest: Manifest = JSON.parse(readFileSync(join(CLIPS_FOLDER, 'manifest.json'), 'utf8'))

const files = readdirSync(CLIPS_FOLDER, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(CLIPS_FOLDER, name)).map(file => `${name}/${file}`))

/** What each clip must have been made from, by the texts as they are now. */
const wanted = new Map<string, string>([
  ...CATALOGUE.map((clip): [string, string] => [`${clip.language}/${clip.id}.wav`, madeFrom(clip)]),
  ...TONE_NAMES.map((name): [string, string] => [TONES[name], toneMadeFrom(name)]),
  ...ANNOUNCEMENTS.map((name): [string, string] => {
    const spoken = CATALOGUE.filter(({ id }) => id === `announcement-${name}`)
    return [announcement(name), announcementMadeFrom(name, spoken.map(madeFrom))]
  }),
])

t.test('every text has its clip, and no clip is without a text', async t => {
  t.strictSame([...files].sort(), [...wanted.keys()].sort())
  t.strictSame(Object.keys(manifest.clips), [...wanted.keys()].sort())
})

t.test('every clip was made from the text as it is now', async t => {
  for (const [file, from] of wanted) {
    if (manifest.clips[file]?.madeFrom !== from) t.fail(`${file}: run make-clips`)
  }
  t.ok(wanted.size > 1000, `${wanted.size} clips`)
})

t.test('every clip is µ-law at 8 kHz, of whole packets, heard and not clipped', async t => {
  let bytes = 0
  for (const file of files) {
    const content = readFileSync(join(CLIPS_FOLDER, file))
    bytes += content.length
    const entry = manifest.clips[file]
    if (sha256(content) !== entry?.bytes) t.fail(`${file} is not the file that was recorded`)
    const reading = readWav(content)
    if (reading.outcome !== 'read') {
      t.fail(`${file}: ${reading.outcome}`)
      continue
    }
    const fault = faultOf(linearOf(reading.wav), reading.wav.encoding, entry?.durationMs)
    if (fault) t.fail(`${file}: ${fault}`)
  }
  t.ok(bytes < 15_000_000, `${bytes} bytes in all`)
})

/** What is wrong with a clip, if anything. */
function faultOf(samples: Int16Array, encoding: string, durationMs?: number): string | undefined {
  if (encoding !== 'PCMU') return `is ${encoding}`
  if (samples.length / 8 !== durationMs) return 'has another length than was recorded'
  if (samples.length % 160 !== 0) return 'ends within a packet'
  if (samples.length < 800 || samples.length > 160_000) return 'is not 0.1 to 20 s long'
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  // µ-law ends at 32,124 of 32,768; speech at its level reaches a third of that.
  if (peak > 30_000) return `is clipped: ${peak}`
  return peak < 1000 ? `is silent: ${peak}` : undefined
}

t.test('sentences are as loud as one another', async t => {
  for (const { language, id, before, after } of CATALOGUE) {
    if (before.text !== '' || after.text !== '') continue
    const reading = readWav(readFileSync(join(CLIPS_FOLDER, `${language}/${id}.wav`)))
    if (reading.outcome !== 'read') continue
    const level = speechLevelDb(linearOf(reading.wav))
    if (Math.abs(level + 21.2) > 1.5) t.fail(`${language}/${id} speaks at ${level.toFixed(1)} dB`)
  }
})

/** RMS of the packets in which someone speaks, in dB of full scale. */
function speechLevelDb(samples: Int16Array): number {
  const powers: number[] = []
  for (let at = 0; at < samples.length; at += 160) {
    powers.push(samples.subarray(at, at + 160).reduce((sum, sample) => sum + sample ** 2, 0) / 160)
  }
  const loudest = Math.max(...powers)
  const speech = powers.filter(power => power > loudest / 1000)
  const mean = speech.reduce((sum, power) => sum + power, 0) / speech.length
  return 10 * Math.log10(mean / 32_768 ** 2)
}
