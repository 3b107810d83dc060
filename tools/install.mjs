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

const installed = () => (existsSync(stamp) ? readFileSync(stamp, 'utf8') : '')

/** Runs `npm ci`; says every few seconds that it is under way, since the native store takes minutes. */
async function install() {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  console.log(
    'Installing packages. The first time, the store is built from source: about two minutes.',
  )
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', text => (output += text))
  const progress = setInterval(() => console.log(`  still installing, ${seconds()} s …`), 10_000)
  const code = await new Promise(resolve => {
    npm.once('error', error => {
      output += error.message
      resolve(1)
    })
    npm.once('close', resolve)
  })
  clearInterval(progress)
  if (code !== 0) {
    console.error(output.trim())
    console.error(
      '\nThe packages could not be installed. Needed: npm, python3, make and a C++ compiler (g++),',
    )
    console.error(
      'and a reachable npm registry. Nothing else was changed; run the same command again.',
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted())
  console.log(`Installed in ${seconds()} s.`)
}

if (installed() !== wanted()) await install()
