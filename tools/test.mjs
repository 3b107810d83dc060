// `npm test`: installs what is missing, type-checks and compiles once, and runs tiers of tests: commit,
// unless others are named.
import { root, run } from './run.mjs'
import { TIERS } from './test-order.mjs'

const tiers = process.argv.length > 2 ? process.argv.slice(2) : ['commit']
for (const tier of tiers) {
  if (Object.hasOwn(TIERS, tier)) continue
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
const { testTiers } = await import('./test-tiers.mjs')
const limit = process.env.MCSCP_TEST_LIMIT_S
const { passed, failed } = await testTiers(tiers, limit === undefined ? undefined : Number(limit))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
