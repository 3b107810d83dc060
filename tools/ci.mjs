// What a submission must pass, on a clean checkout: the tests that need npm alone, then those that call
// with phones, and watch with a browser, that we did not write. Closes with one line of counts.
import { spawn } from 'node:child_process'
import { root, run } from './run.mjs'

/** Commands that the phones' and the browser's tests use, each with the package that brings it. */
const PHONES = {
  sipp: 'sip-tester',
  baresip: 'baresip',
  tcpdump: 'tcpdump',
  chromium: 'chromium',
}

/** Runs a tier with its output shown, and reads its closing line. */
async function tier(name) {
  const child = spawn(process.execPath, [`${root}tools/test.mjs`, name], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text
    process.stdout.write(
      text.replace(/^\d+ passed, \d+ failed$/gm, line => `${name} tests: ${line}.`),
    )
  })
  const code = await new Promise(resolve => child.once('close', resolve))
  const [, passed = 0, failed = 0] = (output.match(/^(\d+) passed, (\d+) failed$/m) ?? []).map(
    Number,
  )
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}

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

const commit = await tier('commit')
await installPhones()
const phones = await tier('phones')
const passed = commit.passed + phones.passed
const failed = commit.failed + phones.failed
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
