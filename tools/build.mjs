// Installs what is missing and compiles everything to dist/: what runs under Node, then what runs in the
// browser. Exits with the code of what failed.
import { buildStore, fetchPackages, isInstalled } from './install.mjs'
import { runInstalled } from './run.mjs'

async function compile() {
  console.log('Compiling …')
  for (const project of ['.', 'noc/screens']) {
    const code = await runInstalled('typescript/bin/tsc', ['-p', project])
    if (code !== 0) return code
  }
  return 0
}

const installed = isInstalled()
const fetched = installed ? 0 : await fetchPackages()
if (fetched !== 0) process.exit(fetched)
// The compiler reads types only: it does not need the store.
const codes = await Promise.all([installed ? 0 : buildStore(), compile()])
process.exit(codes.find(code => code !== 0) ?? 0)
