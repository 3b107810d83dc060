import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../mcscp/run-program.js'
import { Fault } from '../../platform/fault.js'
import type { Program } from '../../platform/program.js'

/**
 * Programs for the supervisor's tests, run like the real ones: `sample-programs.js <name>`. Each writes
 * what happens to it into `events` in its home.
 */
const sample = (name: string): Program => ({
  name,
  async start({ home }) {
    const note = (event: string) =>
      appendFileSync(join(home.folder, 'events'), `${name} ${event}\n`)
    if (name === 'refusing') throw new Fault('PORT_TAKEN', '127.0.0.1:5060 is taken (MCSCP_X).')
    note('started')
    const alive = setInterval(() => {}, 1_000)
    return {
      listening: { somewhere: name },
      status: () => ({ ready: true, calls: 0 }),
      async close() {
        clearInterval(alive)
        note('closed')
      },
    }
  },
})

const name = process.argv[2] ?? ''
await runProgram(
  { name, about: 'a sample', settings: {}, load: async () => sample(name) },
  process.env,
)
