/**
 * Sets accents right where Open JTalk's dictionary and its rule for joining numbers and counters are
 * wrong, and moves them off morae that cannot bear one: in standard Japanese the fall stands after neither
 * ん nor っ nor the second half of a long vowel, but one mora earlier (さんぜ￢んえん, not さんぜん￢えん).
 *
 * Works on full-context labels as HTS writes them. In a label, `A:` is where a mora stands from the
 * accent, and its place in the phrase; `E:`, `F:` and `G:` are the number of morae and the accent of the
 * phrase before, of its own and after. A phrase without a fall counts as accented on its last mora.
 */
export function correctAccents(labels: readonly string[]): string[] {
  const phrases = phrasesIn(labels)
  const accents = phrases.map(borne)
  const phraseOf = new Map(
    phrases.flatMap((phrase, at) => phrase.sounds.map(({ at: label }) => [label, at])),
  )
  let before = -1
  return labels.map((label, at) => {
    const own = phraseOf.get(at)
    if (own === undefined) return relabelled(label, accents[before], undefined, accents[before + 1])
    before = own
    return relabelled(label, accents[own - 1], accents[own], accents[own + 1])
  })
}

/** After which mora the voice falls in phrases that begin so; 0 is no fall. Sounds as in the labels. */
const ACCENTS: Readonly<Record<string, number>> = {
  gokai: 2, // ごか￢い
  haclkai: 3, // はっか￢い
  ichidono: 3, // いちど￢の
  ichigoo: 0, // いちごー of 157: only the last digit falls
  iclkai: 3, // いっか￢い
  juclkai: 3, // じゅっか￢い
  kaadobaNgoo: 4, // かーどば￢んごう
  kaadotoorokugaku: 7, // かーどとうろく￢がく
  komejirushi: 3, // こめじ￢るし
  komiaclte: 3, // こみあ￢って
  nikai: 2, // にか￢い
  otashikameno: 0, // おたしかめの
  otsunagi: 0, // おつなぎ
  roclkai: 3, // ろっか￢い
  saNkai: 3, // さんか￢い
  toorokugaku: 4, // とうろく￢がく
}

/** ください keeps its fall at the end of any phrase: おたしかめくださ￢い. */
const KUDASAI = /kudasai$/

/** One accent phrase: its sounds, and the mora after which the voice falls. */
interface Phrase {
  readonly key: string
  readonly morae: number
  readonly accent: number
  readonly sounds: { at: number; name: string; mora: number }[]
}

/** Phrases in order. One is told from the next by its place in the breath group, and by pauses. */
function phrasesIn(labels: readonly string[]): Phrase[] {
  const phrases: Phrase[] = []
  let breath = 0
  labels.forEach((label, at) => {
    const name = /-([^+]+)\+/.exec(label)?.[1] ?? ''
    const own = /\/A:-?\d+\+(\d+)\+.*\/F:(\d+)_(\d+)#\w+@(\d+)_/.exec(label)
    if (!own) {
      breath += 1
      return
    }
    const [mora = 0, morae = 0, accent = 0, place = 0] = own.slice(1).map(Number)
    const key = `${breath} ${place}`
    if (phrases.at(-1)?.key !== key) phrases.push({ key, morae, accent, sounds: [] })
    phrases.at(-1)?.sounds.push({ at, name, mora })
  })
  return phrases
}

/** The accent that a phrase should have, on a mora that can bear it. */
function borne({ accent, morae, sounds }: Phrase): number {
  const spoken = sounds.map(({ name }) => (name === 'N' ? name : name.toLowerCase())).join('')
  if (KUDASAI.test(spoken)) return morae - 1
  const known = Object.keys(ACCENTS).find(begin => spoken.startsWith(begin))
  if (known) return ACCENTS[known] || morae
  // Without a fall, or with one so early that there is nowhere to go.
  if (accent === morae || accent < 2) return accent
  const soundsOf = (mora: number) =>
    sounds.filter(sound => sound.mora === mora).map(({ name }) => name.toLowerCase())
  const [first = '', ...more] = soundsOf(accent)
  const bare = first === 'n' || first === 'cl' || first === soundsOf(accent - 1).at(-1)
  return more.length === 0 && bare ? accent - 1 : accent
}

/** A label with the accents of the phrase before it, of its own, and of the phrase after it. */
function relabelled(label: string, before?: number, own?: number, after?: number): string {
  const put = (text: string, pattern: RegExp, accent: number | undefined) =>
    accent === undefined ? text : text.replace(pattern, `$1${accent}$2`)
  let text = put(label, /(\/E:\d+_)\d+(!)/, before)
  text = put(text, /(\/F:\d+_)\d+(#)/, own)
  text = put(text, /(\/G:\d+_)\d+(%)/, after)
  if (own === undefined) return text
  return text.replace(/\/A:-?\d+\+(\d+)\+/, (whole, mora: string) =>
    whole.replace(/:-?\d+/, `:${Number(mora) - own}`),
  )
}
