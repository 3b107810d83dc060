// Runs tiers of tests on what was compiled, checks the style of all code meanwhile, and sums up.
import { existsSync, mkdirSync } from 'node:fs'
import { root, runInstalled } from './run.mjs'
import { runTestFiles } from './test-files.mjs'
import { orderedFiles, TIERS } from './test-order.mjs'

/** Files at a time: whole networks mostly listen, so one more than the smallest machine has cores. */
const JOBS = 3

/** Of those that compare what a phone hears: so many leave each other time enough. */
const JOBS_ALONE = 2

/**
 * Runs the tiers' files; `limitS` is the time for all of them. Prints what was skipped; answers the checks
 * that passed and failed, code that is not in house style being one.
 */
export async function testTiers(tiers, limitS = Number.POSITIVE_INFINITY) {
  const styled = runInstalled('@biomejs/biome/bin/biome', ['check', '.'])
  mkdirSync(`${root}dist/test-results`, { recursive: true })
  const { together, alone } = orderedFiles(tiers)
  const { passed, failed, skipped } = await runTestFiles(
    [
      { files: together, jobs: JOBS },
      { files: alone, jobs: JOBS_ALONE },
    ],
    {
      results: `dist/test-results/${tiers.join('-')}.tap`,
      fileLimitS: Math.max(...tiers.map(tier => TIERS[tier].fileLimitS)),
      limitS,
      env: { ...process.env, ...testFolders() },
    },
  )
  if (skipped.length > 0) {
    console.log(`\nSKIPPED ${skipped.length}:`)
    for (const { name, what } of skipped) console.log(`  ${name}: ${what}`)
    for (const line of wanting(skipped)) console.log(line)
  }
  if ((await styled) === 0) return { passed, failed }
  console.error('The code is not in house style; `npm run format` mends most of it.')
  return { passed, failed: failed + 1 }
}

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

/** Where the conformance messages and recordings lie, unless the environment says so already. */
function testFolders() {
  const beside = `${root}../shared/data`
  if (!existsSync(beside)) return {}
  return {
    SIP_TORTURE_DIR: process.env.SIP_TORTURE_DIR ?? `${beside}/sip-torture`,
    WIRE_CAPTURE_DIR: process.env.WIRE_CAPTURE_DIR ?? `${beside}/wire`,
  }
}
