// `npm start`: installs what is missing, compiles, and starts the network. Arguments go to `mcscp all`.
import { root, run } from './run.mjs'

// Ctrl-C reaches every process of the terminal; the network ends in order and this waits for it.
process.on('SIGINT', () => {})

const built = await run(process.execPath, [`${root}tools/build.mjs`])
if (built !== 0) process.exit(built)
process.exit(await run(process.execPath, [`${root}bin/mcscp`, 'all', ...process.argv.slice(2)]))
