// `npm run bench -- <name>`: installs what is missing, compiles, and runs a bench; without a name, lists them.
import { spawn } from 'node:child_process'
import { root, run } from './run.mjs'

const built = await run(process.execPath, [`${root}tools/build.mjs`])
if (built !== 0) process.exit(built)
// In a session of its own its priority counts; so Ctrl-C, which reaches only this one, is passed on.
const bench = spawn(process.execPath, [`${root}dist/bench/main.js`, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  detached: true,
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal))
bench.once('exit', code => process.exit(code ?? 1))
