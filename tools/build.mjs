// Installs what is missing and compiles everything to dist/: what runs under Node, then what runs in the
// browser. Exits with the compiler's code.
import { root, run, runInstalled } from './run.mjs'

const installed = await run(process.execPath, [`${root}tools/install.mjs`])
if (installed !== 0) process.exit(installed)
console.log('Compiling …')
for (const project of ['.', 'noc/screens']) {
  const code = await runInstalled('typescript/bin/tsc', ['-p', project])
  if (code !== 0) process.exit(code)
}
