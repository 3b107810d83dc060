// Installs what is missing and compiles everything to dist/, unless it is compiled already: what runs under
// Node, then what runs in the browser. Exits with the code of what failed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { buildStore, fetchPackages, isInstalled } from './install.mjs'
import { root, run } from './run.mjs'

/** Says from which sources dist/ was compiled. */
const stamp = `${root}dist/.compiled`

/** Folders of the checkout that hold no source. */
const NOT_SOURCES = ['node_modules', 'dist', 'var', '.git', '.tap', '.ci', 'docs']

/** What runs under Node, each module and joined; what runs in the browser is checked, and made into few files. */
const STEPS = [
  ['node_modules/typescript/bin/tsc', '-p', '.'],
  ['tools/join.mjs'],
  ['node_modules/typescript/bin/tsc', '-p', 'noc/screens'],
  [
    ...['node_modules/vite/bin/vite', 'build'],
    ...['--config', 'noc/screens/vite.config.mjs', '--logLevel', 'warn'],
  ],
]

/** What the compiler reads, as one digest. */
function sources() {
  const digest = createHash('sha256')
  const entries = readdirSync(root, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (NOT_SOURCES.includes(entry.name)) continue
    const within = entry.isDirectory()
      ? readdirSync(`${root}${entry.name}`, { recursive: true, encoding: 'utf8' }).sort()
      : []
    const paths = entry.isDirectory() ? within.map(path => `${entry.name}/${path}`) : [entry.name]
    for (const path of paths.filter(one => /\.(?:tsx?|json|css|html|svg|mjs)$/.test(one))) {
      digest.update(`${path}\n`).update(readFileSync(`${root}${path}`))
    }
  }
  return digest.digest('hex')
}

async function compile() {
  const found = sources()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === found) return 0
  rmSync(stamp, { force: true })
  console.log('Compiling …')
  for (const words of STEPS) {
    const code = await run(process.execPath, words)
    if (code !== 0) return code
  }
  writeFileSync(stamp, found)
  return 0
}

const installed = isInstalled()
const fetched = installed ? 0 : await fetchPackages()
if (fetched !== 0) process.exit(fetched)
// The compiler reads types only: it does not need the store.
const codes = await Promise.all([installed ? 0 : buildStore(), compile()])
process.exit(codes.find(code => code !== 0) ?? 0)
