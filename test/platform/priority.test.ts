import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import t from 'tap'

const priority = new URL('../../platform/priority.js', import.meta.url).href

/** A process that gives itself a niceness and prints what it then has, in its session and among sessions. */
async function niced(niceness: number, ownSession: boolean): Promise<string[]> {
  const script = `
    const { raisePriority } = await import('${priority}')
    const { readFileSync } = await import('node:fs')
    raisePriority(${niceness})
    console.log((await import('node:os')).getPriority())
    console.log(readFileSync('/proc/self/autogroup', 'utf8').trim())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    detached: ownSession,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'close')
  return output.trim().split('\n')
}

t.test('a process that leads its session is put before other sessions too', async t => {
  if (!existsSync('/proc/self/autogroup')) {
    t.pass('a session’s priority', {
      skip: 'this system does not share the processor among sessions',
    })
    return
  }
  // Above 0, so that no right is needed; the way is the same.
  const [own, among = ''] = await niced(19, true)
  t.equal(own, '19')
  t.match(among, / nice 19$/)
  const [alone, others = ''] = await niced(19, false)
  t.equal(alone, '19')
  t.notMatch(others, / nice 19$/, 'one that shares its session leaves the others as they are')
})
