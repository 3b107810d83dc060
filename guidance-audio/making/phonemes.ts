/**
 * Kana as the phonemes of Open JTalk's labels, so that what the voice is about to say can be held
 * against the reading that was meant.
 */
export function phonemesOf(kana: string): string[] {
  const phonemes: string[] = []
  for (let at = 0; at < kana.length; ) {
    const two = MORAE.get(kana.slice(at, at + 2))
    const one = MORAE.get(kana.charAt(at))
    if (kana.charAt(at) === 'ー') phonemes.push(phonemes.at(-1) ?? '')
    else if (two) phonemes.push(...two)
    else if (one) phonemes.push(...one)
    else if (!/[、。\s]/.test(kana.charAt(at))) throw new Error(`not kana: ${kana} at ${at}`)
    at += two ? 2 : 1
  }
  return phonemes
}

/**
 * Whether two phonemes in the same place are one sound. A vowel without voice has a capital in the
 * labels. おう and おお, えい and ええ are written apart and mostly spoken alike: the engine's dictionary
 * decides, so either is taken.
 */
export function soundsAlike(one: string, other: string, before: string): boolean {
  const [a, b] = [one, other].map(phoneme => (phoneme === 'cl' ? phoneme : voiced(phoneme)))
  if (a === b) return true
  const pair = `${a}${b}`
  if (voiced(before) === 'o') return pair === 'ou' || pair === 'uo'
  return voiced(before) === 'e' && (pair === 'ei' || pair === 'ie')
}

const voiced = (phoneme: string): string =>
  /^[AIUEO]$/.test(phoneme) ? phoneme.toLowerCase() : phoneme

const ROWS: Readonly<Record<string, readonly [consonant: string, kana: string]>> = {
  a: ['', 'あいうえお'],
  ka: ['k', 'かきくけこ'],
  ga: ['g', 'がぎぐげご'],
  sa: ['s', 'さ すせそ'],
  za: ['z', 'ざ ずぜぞ'],
  ta: ['t', 'た  てと'],
  da: ['d', 'だ  でど'],
  na: ['n', 'なにぬねの'],
  ha: ['h', 'はひ へほ'],
  ba: ['b', 'ばびぶべぼ'],
  pa: ['p', 'ぱぴぷぺぽ'],
  ma: ['m', 'まみむめも'],
  ya: ['y', 'や ゆ よ'],
  ra: ['r', 'らりるれろ'],
  wa: ['w', 'わ'],
}

const YOUON: Readonly<Record<string, string>> = {
  き: 'ky',
  ぎ: 'gy',
  し: 'sh',
  じ: 'j',
  ち: 'ch',
  に: 'ny',
  ひ: 'hy',
  び: 'by',
  ぴ: 'py',
  み: 'my',
  り: 'ry',
}

const MORAE: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.values(ROWS).flatMap(([consonant, row]) =>
    [...row].map((kana, at): [string, string[]] => [kana, phonemePair(consonant, 'aiueo'[at])]),
  ),
  ...Object.entries(YOUON).flatMap(([kana, consonant]) =>
    [...'ゃゅょ'].map((small, at): [string, string[]] => [
      `${kana}${small}`,
      phonemePair(consonant, 'auo'[at]),
    ]),
  ),
  ['し', ['sh', 'i']],
  ['じ', ['j', 'i']],
  ['ち', ['ch', 'i']],
  ['つ', ['ts', 'u']],
  ['づ', ['z', 'u']],
  ['ふ', ['f', 'u']],
  ['を', ['o']],
  ['ん', ['N']],
  ['っ', ['cl']],
])

function phonemePair(consonant: string, vowel = ''): string[] {
  return consonant === '' ? [vowel] : [consonant, vowel]
}
