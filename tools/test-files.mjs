// Runs compiled test files, each in a process of its own, and reads the TAP that they print. tap's own
// runner loads its module loaders into every process that a test starts, which doubles the time of the
// tests that start whole networks.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { Parser } from 'tap-parser'
import { root } from './run.mjs'

/** Longest that a file's checks may take, in s, unless the file says otherwise; tap reads it. */
const TIMEOUT_S = 120

/** Longest that a file may take in all, in ms: one that hangs must not hold up the rest for ever. */
const FILE_TIMEOUT_MS = 900_000

/**
 * Runs the files, `jobs` at a time, in their order. What all of them print is kept in `results`.
 * Answers the checks that passed, failed and were skipped, and prints every failure when it is known.
 */
export async function runTestFiles(files, { jobs, results, env }) {
  const kept = createWriteStream(`${root}${results}`)
  const counts = { passed: 0, failed: 0, skipped: [] }
  const waiting = [...files]
  let ended = 0
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const began = performance.now()
      const found = await runTestFile(file, env)
      kept.write(`# ${file}\n${found.text}\n`)
      counts.passed += found.passed
      counts.failed += found.failures.length
      counts.skipped.push(...found.skipped.map(what => ({ file: nameOf(file), what })))
      tell(file, found, `${++ended}/${files.length}`, performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  await new Promise(resolve => kept.end(resolve))
  return counts
}

/** A test file by its place under test/. */
const nameOf = file => file.replace(/^dist\/test\/|\.test\.js$/g, '')

/** Runs one file. Its failures are the checks that failed, and anything else that is wrong with its end. */
async function runTestFile(file, env) {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    cwd: root,
    env: { TAP_TIMEOUT: `${TIMEOUT_S}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const deadline = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT_MS)
  let [text, complaints] = ['', '']
  child.stdout.setEncoding('utf8').on('data', part => {
    text += part
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    complaints += part
  })
  const [code, signal] = await new Promise(resolve => {
    child.once('close', (...ending) => resolve(ending))
  })
  clearTimeout(deadline)
  const found = read(text)
  const looked = found.passed + found.skipped.length
  if (found.failures.length === 0 && (code !== 0 || looked === 0)) {
    const how = signal ? `ended by ${signal}` : `ended with code ${code}`
    found.failures.push(`${how} after ${found.passed} checks\n${complaints.slice(-4_000)}`)
  }
  return { ...found, text: complaints === '' ? text : `${text}\n${complaints}` }
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

function tell(file, { passed, failures, skipped }, place, ms) {
  const name = nameOf(file)
  const notes = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ]
  console.log(`${place}  ${name}: ${notes.join(', ')}, ${(ms / 1000).toFixed(1)} s`)
  for (const failure of failures) console.log(`\nFAILED  ${name} › ${failure}\n`)
}
