import t from 'tap'
import { clipOf } from '../../guidance-audio/catalogue.js'
import { correctAccents } from '../../guidance-audio/making/accent.js'
import { findEnglish } from '../../guidance-audio/making/english-voice.js'
import { findJapanese } from '../../guidance-audio/making/japanese-voice.js'
import { phonemesOf } from '../../guidance-audio/making/phonemes.js'
import { clipFile, cutOut, joinFiles } from '../../guidance-audio/making/sound.js'
import { TONE_NAMES, toneSamples } from '../../guidance-audio/making/tones.js'
import type { Phone } from '../../guidance-audio/making/voice.js'
import { linearOf, readWav } from '../../platform/rtp/wav.js'

/** Phones of a tenth of a second each. */
const spoken = (names: string): Phone[] =>
  names.split(' ').map((name, at) => ({ name, beginSeconds: at / 10, endSeconds: (at + 1) / 10 }))

const clip = (language: 'ja' | 'en', id: string) => {
  const found = clipOf(language, id)
  if (!found) throw new Error(`no clip ${id}`)
  return found
}

t.test('kana become the phonemes of the engine’s labels', async t => {
  // biome-ignore format: table
  for (const [kana, phonemes, because] of [
    ['さんぜんえん', 's a N z e N e N',       'ん is a sound of its own'],
    ['ろっぴゃく',   'r o cl py a k u',       'っ and a small ゃ'],
    ['しゃーぷ',     'sh a a p u',            'ー lengthens'],
    ['を、づ。',     'o z u',                 'を is お; marks are not said'],
    ['じゅっけた',   'j u cl k e t a',        ''],
    ['ふつか',       'f u ts u k a',          ''],
  ] as const) {
    t.equal(phonemesOf(kana).join(' '), phonemes, `${kana} ${because}`)
  }
  t.throws(() => phonemesOf('円'), /not kana/)
})

t.test('a clip is found between its neighbours when it is read as its kana say', async t => {
  const said = spoken('sil s a N z e N e N d e s U sil')
  const found = findJapanese(clip('ja', '3000-yen'), said)
  if (typeof found === 'string') throw new Error(found)
  t.equal(found.beginSeconds.toFixed(1), '0.1', 'after the silence')
  t.equal(found.endSeconds.toFixed(1), '0.9', 'before です; す without voice is す')
})

t.test('a misreading is told, not cut', async t => {
  // biome-ignore format: table
  for (const [id, said, because] of [
    ['3000-yen', 'sil s a N s e N e N d e s u sil',               'さんせんえん'],
    ['1-day',    'sil j u u g a ts u i ch i n i ch i d e s u sil', 'いちにち for the first'],
    ['3000-yen', 'sil s a N z e N e N d e s u t o sil',            'something is added'],
    ['3000-yen', 'sil s a N z e N e N d e sil',                    'something is missing'],
  ] as const) {
    t.type(findJapanese(clip('ja', id), spoken(said)), 'string', because)
  }
  const long = findJapanese(clip('ja', '10-month'), spoken('j u u g a ts u t o o k a d e s u'))
  t.type(long, 'object', 'おう and おお are one sound')
})

t.test('an English clip is found between its words', async t => {
  const words = ['until', 'November', 'first', 'two', 'thousand', 'two'].map((word, at) => ({
    word,
    endSeconds: at + 1,
  }))
  const phones = ['pau', 'u', 'n', 'pau', 'f', 'th', 't', 't'].map((name, at) => ({
    name,
    beginSeconds: at - 1,
    endSeconds: at,
  }))
  const utterance = { samples: new Int16Array(0), sampleRate: 32_000, phones, words }
  t.strictSame(
    findEnglish(clip('en', '1-day'), utterance),
    { beginSeconds: 3, endSeconds: 3 },
    'a pause before it is left out',
  )
  const other = words.map(({ word, endSeconds }) => ({ word: `${word}s`, endSeconds }))
  t.type(findEnglish(clip('en', '1-day'), { ...utterance, words: other }), 'string')
})

/** Full-context labels of phrases, each a list of morae and the accent the engine gave it. */
function labelsOf(phrases: readonly (readonly [morae: string, accent: number])[]): string[] {
  const sizes = phrases.map(([morae]) => morae.split(' ').length)
  const side = (mark: string, at: number, end: string) =>
    `/${mark}:${at in sizes ? `${sizes[at]}_${phrases[at]?.[1]}` : 'xx_xx'}${end}0_xx`
  const around = (at: number) => [side('E', at - 1, '!'), side('G', at + 1, '%')] as const
  const edge = (at: number) =>
    `xx^xx-sil+xx=xx/A:xx+xx+xx${side('E', at, '!')}/F:xx_xx#xx_xx@xx_xx|xx_xx${side('G', at + 1, '%')}/K:1`
  const own = phrases.flatMap(([text, accent], at) =>
    text.split(' ').flatMap((mora, place) =>
      mora.split('.').map(name => {
        const [before, after] = around(at)
        const from = `/A:${place + 1 - accent}+${place + 1}+${(sizes[at] ?? 0) - place}`
        return `xx^xx-${name}+xx=xx${from}${before}/F:${sizes[at]}_${accent}#0_xx@${at + 1}_9|1_9${after}/K:1`
      }),
    ),
  )
  return [edge(-1), ...own, edge(phrases.length - 1)]
}

t.test('an accent stands on a mora that can bear it', async t => {
  // biome-ignore format: table
  for (const [morae, given, wanted, because] of [
    ['s.a N z.e N e N',        4, 3, 'さんぜ￢んえん: not after ん'],
    ['j.u u m.a i',            2, 1, 'じゅ￢うまい: not after a long vowel'],
    ['i cl k.a i',             2, 3, 'いっか￢い: as the table says'],
    ['s.a N by.a k.u e N',     4, 4, 'さんびゃく￢えん can stay'],
    ['d.e N g.e N',            4, 4, 'no fall at all is marked on the last mora'],
    ['i ch.i m.a N e N d.e s.U', 4, 3, 'いちま￢んえん'],
    ['n.a o sh.i k.u d.a s.a i', 3, 6, 'なおしくださ￢い'],
    ['o ts.u n.a g.i',         2, 4, 'おつなぎ has no fall'],
    ['N.o',                    1, 1, 'nowhere to go'],
  ] as const) {
    const others = [['k.o', 1], ['t.a d.e', 1]] as const
    const before = labelsOf([others[0], [morae, given], others[1]])
    const after = labelsOf([others[0], [morae, wanted], others[1]])
    t.strictSame(correctAccents(before), after, because)
  }
})

t.test('a clip is whole packets, with its pauses', async t => {
  const speech = new Float64Array(8000).fill(1000)
  const interval = { beginSeconds: 0.2, endSeconds: 0.509 }
  const joined = { pauseBeforeMs: 0, pauseAfterMs: 0, opens: false, closes: false }
  t.equal(cutOut(speech, interval, joined).length, 2400, '309 ms is 15 packets, nothing added')
  const whole = { pauseBeforeMs: 160, pauseAfterMs: 300, opens: true, closes: true }
  const clip = cutOut(speech, interval, whole)
  t.equal(clip.length, 6720, '160 + 15 + 309 + 40 + 300 ms, filled up to 840')
  t.equal(
    clip.slice(0, 1280).every(sample => sample === 0),
    true,
    'the pause before it',
  )
  t.equal(clip[1280 + 60], 1000, 'then the voice, past its fade')
  t.equal(clip[1280], 0, 'which begins softly')
})

t.test('languages are joined by silence', async t => {
  const file = clipFile(new Int16Array(160).fill(1000))
  const reading = readWav(joinFiles([file, file], 20))
  if (reading.outcome !== 'read') throw new Error(reading.outcome)
  const samples = linearOf(reading.wav)
  t.equal(samples.length, 480)
  t.ok(samples.slice(160, 320).every(sample => sample === 0))
})

t.test('tones sound like no key and end where they begin', async t => {
  for (const name of TONE_NAMES) {
    const samples = toneSamples(name)
    t.equal(samples.length % 160, 0, `${name}: whole packets`)
    t.equal(Math.abs(samples[0] ?? 1), 0)
    // ITU-T Q.23: a key has a tone of each group; ours have one pitch at a time, below the upper group.
    for (const hertz of [1209, 1336, 1477, 1633]) {
      t.ok(powerAt(samples, hertz) < 0.01 * power(samples), `${name}: nothing at ${hertz} Hz`)
    }
  }
})

const power = (samples: Int16Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length

/** Power at one pitch over the whole tone, by its Fourier sum. */
function powerAt(samples: Int16Array, hertz: number): number {
  let [real, imaginary] = [0, 0]
  samples.forEach((sample, at) => {
    const angle = (2 * Math.PI * hertz * at) / 8000
    real += sample * Math.cos(angle)
    imaginary += sample * Math.sin(angle)
  })
  return (2 * (real * real + imaginary * imaginary)) / samples.length ** 2
}
