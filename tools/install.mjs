// Installs the packages that package-lock.json names, when they are not the ones installed already.
// Stands on Node alone, since it runs before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.mcscp-installed`

/** What decides whether an installation still fits: the lock file, and the Node that built the native part. */
function wanted() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
  return `${lock} node-modules-${process.versions.modules} ${process.platform}-${process.arch}\n`
}

/** Whether everything that is wanted was installed to its end. */
export const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted()

/** Fetches every package. None of them needs a script of its own, but for the store. */
export async function fetchPackages() {
  console.log('Installing packages …')
  return await npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
}

/**
 * Builds the store's native part from source. One core is enough for it, so that everything else can be
 * compiled meanwhile. With its end the installation is whole.
 */
export async function buildStore() {
  console.log('Building the store from source, the first time: about two minutes.')
  const code = await npm('rebuild', 'better-sqlite3')
  if (code === 0) writeFileSync(stamp, wanted())
  return code
}

/** Runs npm; says every few seconds that it is under way. Answers its exit code. */
async function npm(...words) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const child = spawn('npm', [...words, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (output += text))
  const progress = setInterval(
    () => console.log(`  npm ${words[0]} goes on, ${seconds()} s …`),
    10_000,
  )
  const code = await new Promise(resolve => {
    child.once('error', error => {
      output += error.message
      resolve(1)
    })
    child.once('close', resolve)
  })
  clearInterval(progress)
  if (code === 0) {
    console.log(`npm ${words[0]} took ${seconds()} s.`)
    return 0
  }
  console.error(output.trim())
  console.error(
    '\nThe packages could not be installed. Needed: npm, python3, make and a C++ compiler (g++),',
  )
  console.error(
    'and a reachable npm registry. Nothing else was changed; run the same command again.',
  )
  return code ?? 1
}
