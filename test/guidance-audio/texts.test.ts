import t from 'tap'
import type { JstDay } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { CATALOGUE, clipOf } from '../../guidance-audio/catalogue.js'
import { exampleOf } from '../../guidance-audio/example-values.js'
import { phonemesOf } from '../../guidance-audio/making/phonemes.js'
import { phrase } from '../../guidance-audio/phrase.js'
import { isSlot, partsOf } from '../../guidance-audio/slots.js'
import { ANNOUNCEMENTS, TEXT_IDS, type TextId, textJa, textOf } from '../../guidance-audio/texts.js'
import { LANGUAGES } from '../../guidance-audio/values.js'
import { STATUS_AFTER } from '../../switch-sim/mls/announcement.js'

const slotsOf = (text: string) => partsOf(text).filter(isSlot)

/** Any text with its example values, past the types that hold each id to its own. */
function examplePhrase(language: 'ja' | 'en', id: TextId): string[] {
  const values = slotsOf(textOf(language, id)).map(({ name, kind }) => [
    name,
    exampleOf(kind).value,
  ])
  const say = phrase as (...asked: unknown[]) => string[]
  return say(language, id, Object.fromEntries(values))
}

t.test('the lock notice is the seed’s own words, exactly (S-10)', async t => {
  t.equal(textOf('ja', 'locked'), 'お客様の電話機からは、カードでの登録操作ができません。')
  t.strictSame(phrase('ja', 'locked'), ['ja/locked.wav'], 'in one breath')
  t.equal(clipOf('ja', 'locked')?.text, textOf('ja', 'locked'), 'and the voice is handed them')
})

t.test('an unknown outcome sends the caller to 157 in the agreed words (N-08)', async t => {
  t.equal(
    textOf('ja', 'outcome-unknown'),
    '結果を確認できませんでした。しばらくして157でお確かめください。',
  )
})

t.test('a success says the card’s amount and the month’s total', async t => {
  const values = { amount: yen(3000), total: yen(14_000) }
  t.strictSame(phrase('ja', 'charge-succeeded', values), [
    'ja/3000-yen.wav',
    'ja/charge-succeeded-1.wav',
    'ja/10000.wav',
    'ja/4000-yen.wav',
    'ja/charge-succeeded-2.wav',
  ])
  t.strictSame(phrase('en', 'charge-succeeded', values), [
    'en/3000.wav',
    'en/yen.wav',
    'en/charge-succeeded-1.wav',
    'en/14000.wav',
    'en/yen-last.wav',
  ])
})

t.test('157 says the day of its billing figures (A-05)', async t => {
  t.strictSame(phrase('ja', 'balance-as-of', { day: '2000-11-20' as JstDay }), [
    'ja/11-month.wav',
    'ja/20-day.wav',
    'ja/balance-as-of-1.wav',
  ])
})

t.test('every text is said with clips of the catalogue, in both languages', async t => {
  t.ok(TEXT_IDS.length > 45)
  for (const language of LANGUAGES) {
    for (const id of TEXT_IDS) {
      for (const file of examplePhrase(language, id)) {
        const clipId = file.slice(`${language}/`.length, -'.wav'.length)
        t.ok(clipOf(language, clipId), `${language} ${id}: ${file}`)
      }
    }
  }
})

t.test('no two clips have one file', async t => {
  const files = CATALOGUE.map(({ language, id }) => `${language}/${id}`)
  t.equal(new Set(files).size, files.length)
  for (const file of files) t.match(file, /^(ja|en)\/[a-z0-9-]+$/)
})

t.test('kana, spelling for the voice and English carry the values of the text', async t => {
  for (const id of TEXT_IDS) {
    const { text, kana, say } = textJa(id)
    const names = slotsOf(text).map(({ name }) => name)
    const inKana = [...kana.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    t.strictSame(inKana, names, `${id}: kana`)
    if (say) t.strictSame(slotsOf(say), slotsOf(text), `${id}: spelling`)
    const sorted = (language: 'ja' | 'en') =>
      slotsOf(textOf(language, id))
        .map(({ name, kind }) => `${name}:${kind}`)
        .sort()
    t.strictSame(sorted('en'), sorted('ja'), `${id}: English`)
  }
})

t.test('every Japanese clip has a reading of kana alone', async t => {
  for (const { id, language, kana } of CATALOGUE) {
    if (language === 'ja') t.ok(phonemesOf(kana).length > 1, `${id}: ${kana}`)
    else t.equal(kana, '', id)
  }
})

t.test('announcements carry no value: the switch plays each as one file (N-06)', async t => {
  const announced = TEXT_IDS.filter(id => id.startsWith('announcement-'))
  t.strictSame(
    announced.map(id => id.slice('announcement-'.length)),
    ANNOUNCEMENTS,
    'every one is listed',
  )
  t.strictSame(Object.keys(STATUS_AFTER).sort(), [...ANNOUNCEMENTS].sort(), 'the switch knows each')
  for (const id of announced) {
    for (const language of LANGUAGES) {
      t.strictSame(examplePhrase(language, id), [`${language}/${id}.wav`])
    }
  }
})

t.test('each sentence is said to its end, and pauses where a value follows', async t => {
  for (const { language, id, text, ends, after } of CATALOGUE) {
    if (/-\d$/.test(id) && after.text !== '') continue
    if (/[。.]$/.test(text)) t.equal(ends, 'sentence', `${language}/${id}`)
  }
  t.equal(clipOf('ja', 'charge-succeeded-1')?.ends, 'comma', 'before the total')
  t.equal(clipOf('ja', '10000')?.ends, 'joined', 'within an amount')
})

t.test('a value that is missing, or of another kind, does not compile', async t => {
  const mistakes = [
    // @ts-expect-error the total is missing
    () => phrase('ja', 'charge-succeeded', { amount: yen(3000) }),
    // @ts-expect-error all values are missing
    () => phrase('ja', 'room-left'),
    // @ts-expect-error an amount is in yen
    () => phrase('ja', 'room-left', { remaining: 3000 }),
    // @ts-expect-error a text without values takes none
    () => phrase('ja', 'goodbye', { amount: yen(3000) }),
    // @ts-expect-error no text has this id
    () => phrase('ja', 'good-bye'),
  ]
  t.equal(mistakes.length, 5, 'each is an error that the compiler expects')
})
