// `npm test`: installs what is missing, type-checks and compiles once, checks style, and runs a tier of
// tests. The tiers: commit (needs npm alone), phones (needs SIPp and baresip), night (takes long).
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { root, run, runInstalled } from './run.mjs'

const TIERS = {
  commit: path => !path.startsWith('phones/') && !path.startsWith('night/'),
  phones: path => path.startsWith('phones/'),
  night: path => path.startsWith('night/'),
}

const tier = process.argv[2] ?? 'commit'
const belongs = TIERS[tier]
if (!belongs) {
  console.error(`There is no tier ${tier}; there are ${Object.keys(TIERS).join(', ')}.`)
  process.exit(2)
}

const built = await run(process.execPath, [`${root}tools/build.mjs`])
if (built !== 0) {
  console.error('The code does not compile.')
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const styled = (await runInstalled('@biomejs/biome/bin/biome', ['check', '.'])) === 0
if (!styled) console.error('The code is not in house style; `npm run format` mends most of it.')

const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.test.ts') && belongs(path))
  .sort(longestFirst)
  .map(path => `dist/test/${path.replace(/\.ts$/, '.js')}`)
mkdirSync(`${root}dist/test-results`, { recursive: true })
const results = `dist/test-results/${tier}.tap`
const code = await runInstalled(
  'tap/dist/esm/run.mjs',
  [`--output-file=${results}`, '--reporter=terse', `--jobs=${tier === 'phones' ? 1 : 2}`, ...files],
  { env: { ...process.env, ...testFolders() } },
)

const { passed, failed } = totals(results)
// tap leaves its line open.
console.log()
showFailures(results)
console.log(`${passed} passed, ${failed + (styled ? 0 : 1)} failed`)
process.exit(code === 0 && failed === 0 && passed > 0 && styled ? 0 : 1)

/** Whole networks first: what takes longest must not be alone at the end. */
function longestFirst(a, b) {
  const [early, late] = [a, b].map(path => (path.startsWith('scenarios/') ? 0 : 1))
  return early - late || (a < b ? -1 : 1)
}

/** Where the conformance messages and recordings lie, unless the environment says so already. */
function testFolders() {
  const beside = `${root}../shared/data`
  if (!existsSync(beside)) return {}
  return {
    SIP_TORTURE_DIR: process.env.SIP_TORTURE_DIR ?? `${beside}/sip-torture`,
    WIRE_CAPTURE_DIR: process.env.WIRE_CAPTURE_DIR ?? `${beside}/wire`,
  }
}

/** The counts that tap itself wrote at the end of its output. */
function totals(path) {
  const text = existsSync(`${root}${path}`) ? readFileSync(`${root}${path}`, 'utf8') : ''
  const line = text.match(/^# \{ total:.*\}$/m)?.[0] ?? ''
  const count = word => Number(line.match(new RegExp(`\\b${word}: (\\d+)`))?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail') + (line === '' ? 1 : 0) }
}

/** Prints each failed check with its file and what it says: tap's terse reporter keeps them to itself. */
function showFailures(path) {
  const lines = existsSync(`${root}${path}`)
    ? readFileSync(`${root}${path}`, 'utf8').split('\n')
    : []
  const indent = line => line.search(/\S/)
  lines.forEach((line, at) => {
    if (!/^\s*not ok /.test(line) || /# (TODO|SKIP)/i.test(line)) return
    const deeper = lines
      .slice(at + 1)
      .findIndex(next => next !== '' && indent(next) < indent(line) + 2)
    console.log(`${line}\n${lines.slice(at + 1, at + 1 + Math.min(deeper, 40)).join('\n')}`)
  })
}
