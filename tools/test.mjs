// `npm test`: installs what is missing, type-checks and compiles once, checks style, and runs a tier of
// tests. The tiers: commit (needs npm alone), phones (needs SIPp, baresip and Chromium), night (takes long).
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { root, run, runInstalled } from './run.mjs'

const TIERS = {
  commit: path => !/^(phones|browser|night)\//.test(path),
  phones: path => /^(phones|browser)\//.test(path),
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
// It stands on an installed package, so it is loaded after the build that installs.
const { runTestFiles } = await import('./test-files.mjs')
const styled = (await runInstalled('@biomejs/biome/bin/biome', ['check', '.'])) === 0
if (!styled) console.error('The code is not in house style; `npm run format` mends most of it.')

const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.test.ts') && belongs(path))
  .sort(longestFirst)
  .map(path => `dist/test/${path.replace(/\.ts$/, '.js')}`)
mkdirSync(`${root}dist/test-results`, { recursive: true })
const results = `dist/test-results/${tier}.tap`
const { passed, failed, skipped } = await runTestFiles(files, {
  // Phones compare what they hear; whole networks mostly listen, so more of them than cores are let run.
  jobs: tier === 'phones' ? 1 : 3,
  results,
  env: { ...process.env, ...testFolders() },
})

if (skipped.length > 0) {
  console.log(`\nSKIPPED ${skipped.length}:`)
  for (const { file, what } of skipped) console.log(`  ${file}: ${what}`)
  for (const line of wanting(skipped)) console.log(line)
}
console.log(`${passed} passed, ${failed + (styled ? 0 : 1)} failed`)
process.exit(failed === 0 && passed > 0 && styled ? 0 : 1)

/** A line for each folder that was not there: all that was not looked at for want of it, added up. */
function wanting(skipped) {
  const folders = new Map()
  for (const { what } of skipped) {
    const [, folder, count, things] = /for want of (\w+): (\d+) (.+)$/.exec(what) ?? []
    if (!folder) continue
    const counts = folders.get(folder) ?? new Map()
    folders.set(folder, counts.set(things, (counts.get(things) ?? 0) + Number(count)))
  }
  return [...folders].map(([folder, counts]) => {
    const sums = [...counts].map(([things, count]) => `${count} ${things}`)
    return `NOT CHECKED for want of ${folder}: ${sums.join(', ')}`
  })
}

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
