import { existsSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { type SourceFile, sourceFiles, topFolders, walk } from './source-files.js'

const ANY = Symbol('any folder')

/** Which top-level folders each folder may import from. The map is the architecture. */
const MAY_IMPORT: Record<string, readonly string[] | typeof ANY> = {
  domain: [],
  platform: ['domain'],
  engines: ['domain', 'platform'],
  'switch-sim': ['domain', 'platform'],
  scp: ['domain', 'platform'],
  ivr: ['domain', 'platform', 'guidance-audio'],
  noc: ['domain', 'platform'],
  crs: ['domain', 'platform'],
  billing: ['domain', 'platform'],
  'guidance-audio': ['domain', 'platform'],
  mcscp: ANY,
  bench: ANY,
  test: ANY,
}

/** Folders without TypeScript: scripts that run before anything is installed, prose, configuration. */
const WITHOUT_SOURCES = ['bin', 'tools', 'docs', 'deploy']

/** Packages with one home: the only files that may import them. */
const HOMES: Record<string, RegExp> = {
  'drachtio-srf': /^platform\/signalling\/signalling\.ts$/,
  modesl: /^ivr\/event-socket\.ts$/,
  'sip.js': /^(switch-sim\/handset|noc\/screens\/phone)\//,
  werift: /^engines\/media\/webrtc\/dtls-link\.ts$/,
  'lru-cache': /^(switch-sim\/mls\/subscribers|engines\/media\/playback)\//,
  'age-encryption': /^scp\/cards\/print-file\.ts$/,
  'basic-ftp': /^billing\/exchange\/ftp-link\.ts$/,
  'prom-client': /^platform\/metrics\/metrics\.ts$/,
  pdfkit: /^billing\/print\/pdf\.ts$/,
  nodemailer: /^noc\/notices\/alarm-mail\.ts$/,
  'better-sqlite3': /^platform\/(store|group-commit)\.ts$/,
  pino: /^platform\/log\.ts$/,
  '@peculiar/x509': /^crs\/ftp\/certificate\.ts$/,
  typebox: /^platform\/schema(-check)?\.ts$/,
  zod: /^(platform\/settings|.*\/(config|settings))\.ts$/,
}

/** Rules: pure files, which import no edge, no package and nothing of Node but assert. */
const PURE = [
  /^domain\//,
  /^(scp|crs)\/rules\//,
  /^billing\/rules\//,
  /^billing\/trigger-exchange\.ts$/,
  /^billing\/aris\/visible\.ts$/,
  /^ivr\/[a-z]+-dialogue\.ts$/,
  /-reading\.ts$/,
]

interface Import {
  readonly from: SourceFile
  readonly specifier: string
  /** Path inside the project of what is imported; absent for packages and Node's own modules. */
  readonly path: string | undefined
}

const files = sourceFiles()
const imports = files.flatMap(importsOf)

/** Static and dynamic imports, re-exports, bare imports, and files named to be run (`new URL('./x.js', …)`). */
function importsOf(from: SourceFile): Import[] {
  const specifiers: string[] = []
  walk(from.tree, node => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      if (ts.isStringLiteral(node.moduleSpecifier)) specifiers.push(node.moduleSpecifier.text)
    }
    const called = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    const built = ts.isNewExpression(node) && node.expression.getText() === 'URL'
    const first = called || built ? node.arguments?.[0] : undefined
    if (first && ts.isStringLiteral(first)) {
      if (called || /\.[cm]?[jt]s$/.test(first.text)) specifiers.push(first.text)
    }
    if (ts.isCallExpression(node) && node.expression.getText() === 'moduleUrl') {
      const [started] = node.arguments
      if (started && ts.isStringLiteral(started)) {
        specifiers.push(`./${relative(dirname(from.path), `${started.text}.js`)}`)
      }
    }
  })
  return specifiers.map(specifier => ({
    from,
    specifier,
    path: specifier.startsWith('.') ? sourceOf(join(dirname(from.path), specifier)) : undefined,
  }))
}

/** The source behind a path that is imported: a script's, or a style as it is. */
function sourceOf(path: string): string {
  const sources = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')]
  return sources.find(one => existsSync(join(PRODUCT_FOLDER, one))) ?? normalize(path)
}

t.test('every folder is on the map', async t => {
  for (const folder of topFolders()) {
    t.ok(folder in MAY_IMPORT || WITHOUT_SOURCES.includes(folder), `${folder} has a place`)
  }
})

t.test('folders import only what the map allows', async t => {
  t.ok(imports.length > 50, `${imports.length} imports were read`)
  const paths = new Set(files.map(file => file.path))
  for (const { from, specifier, path } of imports) {
    if (path === undefined) continue
    const allowed = MAY_IMPORT[from.folder] ?? []
    const target = path.split('/')[0] ?? ''
    const fine = allowed === ANY || target === from.folder || allowed.includes(target)
    if (!fine) t.fail(`${from.path} imports ${specifier}`)
    if (!paths.has(path) && !path.endsWith('.css'))
      t.fail(`${from.path} imports ${specifier}, which is no file`)
  }
})

t.test('nothing imports a program but the command line and the tests', async t => {
  for (const { from, path } of imports) {
    if (path?.startsWith('mcscp/') && !['mcscp', 'test', 'bench'].includes(from.folder)) {
      t.fail(`${from.path} imports ${path}`)
    }
  }
})

t.test('each of these packages has one home', async t => {
  for (const { from, specifier } of imports) {
    const home = Object.entries(HOMES).find(
      ([name]) => specifier === name || specifier.startsWith(`${name}/`),
    )?.[1]
    if (home && !home.test(from.path) && from.folder !== 'test' && from.folder !== 'bench') {
      t.fail(`${from.path} imports ${specifier}`)
    }
  }
})

t.test('rules import no package, no edge, and no clock or chance', async t => {
  const rules = files.filter(file => PURE.some(pattern => pattern.test(file.path)))
  t.ok(rules.length > 5, `${rules.length} files of rules were read`)
  const forbidden = /\b(Date\.now|Math\.random|setTimeout|setInterval|performance\.now)\b/
  for (const { from, specifier, path } of imports.filter(one => rules.includes(one.from))) {
    if (path === undefined && specifier !== 'node:assert')
      t.fail(`${from.path} imports ${specifier}`)
  }
  for (const { path, text } of rules) {
    if (forbidden.test(text)) t.fail(`${path} reaches for a clock or chance of its own`)
  }
})

t.test('M-02: of the MCSCP, scp alone has cards and charges, and alone speaks to CRS', async t => {
  // CRS takes nothing that is not signed by a node's key.
  const key = 'platform/transfer-signature.ts'
  const speak = imports.filter(({ path }) => path === key).map(({ from }) => from.folder)
  t.strictSame([...new Set(speak)].filter(one => one !== 'test' && one !== 'bench').sort(), [
    'crs',
    'scp',
  ])
  for (const { from, path } of imports) {
    const may = ['scp', 'mcscp', 'test', 'bench'].includes(from.folder)
    if (path?.startsWith('scp/store/') && !may) t.fail(`${from.path} imports ${path}`)
  }
})

t.test('M-08: no scenario imports another; one list knows them all', async t => {
  const scenarioIn = (path: string) => /^scp\/scenarios\/([a-z-]+)\//.exec(path)?.[1]
  const scenarios = new Set(files.flatMap(({ path }) => scenarioIn(path) ?? []))
  t.ok(scenarios.size >= 3, [...scenarios].join(', '))
  for (const { from, path } of imports) {
    const [one, other] = [scenarioIn(from.path), scenarioIn(path ?? '')]
    if (one && other && one !== other) t.fail(`${from.path} imports ${path}`)
    const isEntry = path?.endsWith('/scenario.ts') && other !== undefined
    if (isEntry && from.path !== 'scp/scenarios/scenarios.ts' && from.folder !== 'test') {
      t.fail(`${from.path} imports ${path}`)
    }
  }
})

t.test('there are no barrels', async t => {
  for (const { path } of files) if (/(^|\/)index\.ts$/.test(path)) t.fail(`${path} is a barrel`)
})
