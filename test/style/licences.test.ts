import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ENGLISH_VOICE } from '../../guidance-audio/making/english-voice.js'
import { JAPANESE_VOICE } from '../../guidance-audio/making/japanese-voice.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

/** Licences that whoever runs or changes this product can live with; nothing that binds its own code. */
const ACCEPTED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'MPL-2.0',
  'CC0-1.0',
])

/** Packages of another licence, for the tests alone, each with the reason that it may stay. */
const FOR_TESTS_ALONE: Readonly<Record<string, string>> = {
  'spdx-exceptions': 'CC-BY-3.0: a list of names, read by a tool of tap; NOTICE names it',
}

/** Packages of what runs under another licence that asks for nothing, each with the reason that it may stay. */
const ASKING_NOTHING: Readonly<Record<string, string>> = {
  tweetnacl:
    'Unlicense: given to the public domain, as CC0 does; brought by werift; NOTICE names it',
}

/** Sentences by which the text of a licence is known. */
const TEXTS: readonly [licence: string, sentence: RegExp][] = [
  ['MPL-2.0', /Mozilla Public License,? (Version|v\.) ?2\.0/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/],
]

interface LockedPackage {
  readonly license?: string
  readonly dev?: boolean
  readonly version?: string
  /** Whether it would run a script of its own when it is installed. */
  readonly hasInstallScript?: boolean
  /** What a package that was fetched must be, by its digest. */
  readonly integrity?: string
}

/** Whether a licence expression (SPDX, with OR and AND) leaves us an accepted choice. */
function isAccepted(expression: string): boolean {
  const inner = expression.trim().replace(/^\((.*)\)$/, '$1')
  return inner
    .split(' OR ')
    .some(choice => choice.split(' AND ').every(licence => ACCEPTED.has(licence.trim())))
}

/** The licence that a package's own files grant, where its package.json says none. */
function licenceInFiles(folder: string): string | undefined {
  const files = readdirSync(folder).filter(name => /^(licen[cs]e|copying|readme)/i.test(name))
  const text = files.map(name => readFileSync(join(folder, name), 'utf8')).join('\n')
  return TEXTS.find(([, sentence]) => sentence.test(text.replace(/\s+/g, ' ')))?.[0]
}

const read = (name: string) => readFileSync(join(PRODUCT_FOLDER, name), 'utf8')
const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(
  read('package-lock.json'),
)
const locked = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, { license, dev = false, version = '' }]) => ({
    name: path.replace(/^.*node_modules\//, ''),
    licence: license ?? licenceInFiles(join(PRODUCT_FOLDER, path)),
    dev,
    version,
  }))

t.test('a licence expression is accepted by the choice that it leaves', async t => {
  // biome-ignore format: table
  for (const [expression, accepted, because] of [
    ['MIT',                            true,  'on the list'],
    ['(MIT OR GPL-3.0-only)',          true,  'we choose MIT'],
    ['(WTFPL OR MIT)',                 true,  'in whichever place'],
    ['GPL-3.0-only',                   false, 'binds our code'],
    ['LGPL-2.1-or-later',              false, 'the same'],
    ['AGPL-3.0',                       false, 'the same, over a network'],
    ['MIT AND GPL-2.0-only',           false, 'both hold'],
    ['SEE LICENSE IN LICENSE.txt',     false, 'no licence by name'],
    ['UNLICENSED',                     false, 'none granted'],
  ] as const) {
    t.equal(isAccepted(expression), accepted, `${expression}: ${because}`)
  }
})

t.test('every package that npm installs has a licence of the list', async t => {
  t.ok(locked.length > 100, `${locked.length} packages in the lock file`)
  for (const { name, licence, dev } of locked) {
    if (name in FOR_TESTS_ALONE) t.ok(dev, `${name} is for tests alone`)
    else if (name in ASKING_NOTHING) t.equal(licence, ASKING_NOTHING[name]?.split(':')[0], name)
    else if (!isAccepted(licence ?? '')) t.fail(`${name}: ${licence ?? 'no licence found'}`)
  }
  const strangers = [FOR_TESTS_ALONE, ASKING_NOTHING]
    .flatMap(Object.keys)
    .filter(name => !locked.some(one => one.name === name))
  t.strictSame(strangers, [], 'no exception outlives its package')
})

t.test('NOTICE names what must be named', async t => {
  const notice = read('NOTICE')
  // MPL-2.0 §3.2(a): who gets the program is told where to get the source of the covered part.
  const mozilla = locked.filter(({ licence }) => licence === 'MPL-2.0')
  // A package for each platform is one program, published in parts.
  const named = new Set(mozilla.map(({ name, version }) => `${name.split('-')[0]} ${version}`))
  t.strictSame([...named].map(one => one.split(' ')[0]).sort(), [
    'axe',
    'lightningcss',
    'mediabunny',
    'modesl',
  ])
  for (const one of named) {
    const [name = '', version = ''] = one.split(' ')
    const entry = new RegExp(
      `^${name}\\S* ${version}, Mozilla Public License 2\\.0.*\\n(?: {4}.*\\n)*? {4}.*Its source: https://`,
      'm',
    )
    t.match(notice, entry, one)
  }
  for (const name of [FOR_TESTS_ALONE, ASKING_NOTHING].flatMap(Object.keys)) t.match(notice, name)

  // CC-BY 3.0 §4(b) and the voices' own terms: who made them, under which licence, and what was changed.
  t.match(JAPANESE_VOICE, /nitech_jp_atr503_m001/)
  t.match(ENGLISH_VOICE, /cmu_us_slt_arctic_hts/)
  for (const words of [
    'HTS Voice "NIT ATR503 M001"',
    'Nagoya Institute of Technology',
    'Creative Commons Attribution 3.0, https://creativecommons.org/licenses/by/3.0/',
    'cmu_us_slt_arctic_hts',
    'Carnegie Mellon University',
    'They were filtered to',
    // Apache-2.0 §4: who gets a bill gets parts of the font.
    '@expo-google-fonts/kosugi',
    'Copyright (C) 2010 MOTOYA CO.,LTD.',
  ]) {
    t.ok(notice.includes(words), words)
  }
  for (const folder of readdirSync(join(PRODUCT_FOLDER, 'guidance-audio/clips'))) {
    if (folder.includes('.') || folder === 'tone') continue
    t.ok(notice.includes(`clips/${folder}`), `clips/${folder}`)
  }
})

t.test('our own licence is the one that package.json names', async t => {
  t.equal(JSON.parse(read('package.json')).license, 'MIT')
  t.match(read('LICENSE'), /^MIT License/)
})

t.test(
  'XW9: one package runs a script when it is installed, and each is what was locked',
  async t => {
    const allowed: Record<string, boolean> = JSON.parse(read('package.json')).allowScripts
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    t.strictSame(
      scripted
        .map(([path]) => path.replace(/^.*node_modules\//, ''))
        .filter(name => !allowed[name]),
      ['fsevents'].filter(name => scripted.some(([path]) => path.endsWith(name))),
      'besides what no system but macOS installs',
    )
    t.match(read('tools/install.mjs'), /npm\('ci', '--ignore-scripts'/)
    const unlocked = Object.entries(packages).filter(
      ([path, { integrity }]) => path !== '' && !/^sha512-/.test(integrity ?? ''),
    )
    t.strictSame(
      unlocked.map(([path]) => path),
      [],
    )
  },
)
