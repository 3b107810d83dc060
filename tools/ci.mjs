// What a submission must pass, on a clean checkout: the tests that need npm alone, and those that call
// with phones, and watch with a browser, that we did not write. Closes with one line of counts.
import { root, run } from './run.mjs'

/** Commands that the phones' and the browser's tests use, each with the package that brings it. */
const PHONES = {
  sipp: 'sip-tester',
  baresip: 'baresip',
  tcpdump: 'tcpdump',
  chromium: 'chromium',
  faketime: 'faketime',
}

/** Time for all of it, in s: what is not done by then is told as failed, before somebody ends the run. */
const LIMIT_S = 19 * 60

/** Installs from Debian's packages what is missing of them. */
async function installPhones() {
  const missing = []
  for (const [command, name] of Object.entries(PHONES)) {
    if ((await run('sh', ['-c', `command -v ${command} >/dev/null`])) !== 0) missing.push(name)
  }
  if (missing.length === 0) return
  console.log(`Installing ${missing.join(', ')} …`)
  await run('apt-get', ['update', '-qq'])
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

const [built] = await Promise.all([
  run(process.execPath, [`${root}tools/build.mjs`]),
  installPhones(),
])
if (built !== 0) {
  console.error('The code does not compile.')
  console.log('0 passed, 1 failed')
  process.exit(1)
}
console.log(`Installed and compiled in ${(performance.now() / 1_000).toFixed()} s.`)
const left = Math.round(LIMIT_S - performance.now() / 1_000)
process.exit(
  await run('npm', ['test', '--', 'phones'], {
    env: { ...process.env, MCSCP_TEST_LIMIT_S: `${left}` },
  }),
)
