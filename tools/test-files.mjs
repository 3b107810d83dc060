// Runs compiled test files, each in a process of its own, and reads the TAP that they print. tap's own
// runner loads its module loaders into every process that a test starts, which doubles the time of the
// tests that start whole networks.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { Parser } from 'tap-parser'
import { root } from './run.mjs'

/** Longest that a file's checks may take, in s, unless the file says otherwise; tap reads it. */
const TIMEOUT_S = 120

/** How long a file that must end may take to say what it waits for, and then to let go of its output, in ms. */
const LAST_WORDS_MS = 5_000

/**
 * Runs groups of files, each `jobs` at a time, in their order. What all of them print is kept in `results`.
 * A file that takes more than `fileLimitS` is killed; what of all files is not done after `limitS`, too.
 * Answers the checks that passed, failed and were skipped, and prints every failure when it is known.
 */
export async function runTestFiles(groups, { results, fileLimitS, limitS, env }) {
  const kept = createWriteStream(`${root}${results}`)
  const counts = { passed: 0, failed: 0, skipped: [] }
  const over = performance.now() + limitS * 1_000
  const all = groups.reduce((sum, { files }) => sum + files.length, 0)
  let ended = 0
  const runNext = async (waiting, slot) => {
    // Which of those beside each other it is, for what they must not share.
    const beside = { ...env, MCSCP_TEST_SLOT: `${slot}` }
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const began = performance.now()
      const left = (over - began) / 1_000
      const found = left > 0 ? await runTestFile(name, Math.min(fileLimitS, left), beside) : NOT_RUN
      kept.write(`# ${name}\n${found.text}\n`)
      counts.passed += found.passed
      counts.failed += found.failures.length
      counts.skipped.push(...found.skipped.map(what => ({ name, what })))
      tell(name, found, `${++ended}/${all}`, performance.now() - began)
    }
  }
  for (const { files, jobs } of groups) {
    const waiting = [...files]
    await Promise.all(Array.from({ length: jobs }, (_, slot) => runNext(waiting, slot)))
  }
  await new Promise(resolve => kept.end(resolve))
  return counts
}

/** Of a file whose turn came too late. */
const NOT_RUN = {
  text: '',
  passed: 0,
  failures: ['NOT RUN: the time for all files was over before its turn came'],
  skipped: [],
}

/** Process groups of the files that run now. */
const groups = new Set()

/** Ends what is left of a file's programs; answers whether anything was. */
function killGroup(group) {
  groups.delete(group)
  try {
    process.kill(-group, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

// Groups of their own do not hear Ctrl-C by themselves.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const group of groups) killGroup(group)
    process.exit(1)
  })
}

/** Runs one file. Its failures are the checks that failed, and anything else that is wrong with its end. */
async function runTestFile(name, limitS, env) {
  const child = spawn(process.execPath, ['--enable-source-maps', `dist/test/${name}.test.js`], {
    cwd: root,
    env: { TAP_TIMEOUT: `${TIMEOUT_S}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what a file leaves behind is known by it, and ended with it.
    detached: true,
  })
  groups.add(child.pid)
  let [text, complaints] = ['', '']
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    complaints += part
  })
  const { code, signal, killed } = await endOf(child, limitS)
  if (killGroup(child.pid)) complaints += '\nprograms were left behind, and ended\n'
  const found = read(text)
  const looked = found.passed + found.skipped.length
  if (killed) {
    found.failures.push(`KILLED after ${limitS.toFixed()} s and ${found.passed} checks: it hung,
or the machine is far too slow. What it had printed by then:\n${text.slice(-2_000)}\n${complaints.slice(-4_000)}`)
  } else if (found.failures.length === 0 && (code !== 0 || looked === 0)) {
    const how = signal ? `ended by ${signal}` : `ended with code ${code}`
    found.failures.push(`${how} after ${found.passed} checks\n${complaints.slice(-4_000)}`)
  }
  return { ...found, text: complaints === '' ? text : `${text}\n${complaints}` }
}

/**
 * Waits for a test's end; kills it when it takes too long. Asked to end first, tap tells which checks it
 * waits for. A program that it leaves behind may hold its output open, which is not waited for.
 */
async function endOf(child, limitS) {
  let killed = false
  const timers = [
    setTimeout(() => {
      killed = true
      child.kill('SIGALRM')
      timers.push(setTimeout(() => child.kill('SIGKILL'), LAST_WORDS_MS))
    }, limitS * 1_000),
  ]
  const [code, signal] = await new Promise(resolve => {
    child.once('close', (...ending) => resolve(ending))
    child.once('exit', (...ending) => {
      timers.push(setTimeout(() => resolve(ending), 2 * LAST_WORDS_MS))
    })
  })
  for (const timer of timers) clearTimeout(timer)
  for (const stream of [child.stdout, child.stderr]) stream.destroy()
  return { code, signal, killed }
}

/** The checks of a TAP text, those of its subtests too. */
function read(text) {
  const found = { passed: 0, failures: [], skipped: [] }
  const follow = (parser, names) => {
    // The line that closes a subtest sums it up, and fails when something in it has.
    let subtest = { name: '', failures: 0 }
    parser.on('child', inner => {
      subtest = { name: inner.name, failures: found.failures.length }
      follow(inner, [...names, inner.name])
    })
    parser.on('assert', check => {
      const sum = check.name !== '' && check.name === subtest.name
      const told = sum && found.failures.length > subtest.failures
      const name = [...names, check.name].filter(Boolean).join(' › ')
      if (check.skip) found.skipped.push(`${name}: ${check.skip}`)
      else if (!check.ok && !check.todo && !told) found.failures.push(failureText(name, check))
      else if (check.ok && !sum) found.passed++
    })
  }
  const parser = new Parser()
  follow(parser, [])
  parser.end(text)
  return found
}

const failureText = (name, { diag }) =>
  diag ? `${name}\n${JSON.stringify(diag, undefined, 2).replaceAll('\\n', '\n')}` : name

function tell(name, { passed, failures, skipped }, place, ms) {
  const notes = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ]
  console.log(`${place}  ${name}: ${notes.join(', ')}, ${(ms / 1000).toFixed(1)} s`)
  for (const failure of failures) console.log(`\nFAILED  ${name} › ${failure}\n`)
}
