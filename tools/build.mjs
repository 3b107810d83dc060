// Installs what is missing and compiles everything to dist/. Exits with the compiler's code.
import { root, run, runInstalled } from './run.mjs'

const installed = await run(process.execPath, [`${root}tools/install.mjs`])
if (installed !== 0) process.exit(installed)
console.log('Compiling …')
process.exit(await runInstalled('typescript/bin/tsc', ['-p', '.']))
