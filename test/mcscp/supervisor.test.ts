import { fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { StartFailure } from '../../mcscp/child.js'
import { SUPERVISED } from '../../mcscp/child-message.js'
import { Supervisor } from '../../mcscp/supervisor.js'
import { askStatus } from '../../platform/status.js'
import { freshHome } from '../support/fresh-home.js'

const entry = fileURLToPath(new URL('../support/sample-programs.js', import.meta.url))

/** A supervisor of sample programs in a home of their own, and what they and it said. */
function network(t: Test, ...programs: string[]) {
  const home = freshHome(t)
  const printed: string[] = []
  const supervisor = new Supervisor({
    entry,
    programs,
    ownSession: new Set(['two']),
    carriers: new Set(['two']),
    environment: { PATH: process.env.PATH, MCSCP_HOME: home.folder },
    print: line => printed.push(line),
  })
  t.teardown(() => supervisor.close())
  const events = () => {
    const file = join(home.folder, 'events')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }
  return { supervisor, home, printed, events }
}

/** Waits until something holds, up to a minute. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_200 && !holds(); tries++) await wait(50)
}

const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('programs start in order and end in reverse', async t => {
  const { supervisor, events } = network(t, 'one', 'two', 'three')
  const listening = await supervisor.start()
  t.strictSame([...listening.keys()], ['one', 'two', 'three'])
  t.strictSame(listening.get('two'), { somewhere: 'two' })
  await supervisor.close()
  // biome-ignore format: table
  t.strictSame(events(), [
    'one started', 'two started', 'three started', 'three closed', 'two closed', 'one closed',
  ])
})

t.test('a program may lead a session of its own, and ends with its supervisor', async t => {
  const { supervisor } = network(t, 'one', 'two')
  await supervisor.start()
  const [one, two] = [supervisor.pidOf('one'), supervisor.pidOf('two')]
  const leads = (pid: number | undefined) =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]) === pid
  t.notOk(leads(one))
  t.ok(leads(two), 'its priority counts against every process of the machine')
  await supervisor.close()
  t.notOk(isAlive(two))
})

t.test('a program that ends unasked is started again, and the others go on', async t => {
  const { supervisor, home, printed, events } = network(t, 'one', 'two')
  await supervisor.start()
  const [one, two] = [supervisor.pidOf('one'), supervisor.pidOf('two')]
  t.strictSame(await askStatus(home, 'one'), { pid: one, ready: true, calls: 0 })
  process.kill(one ?? 0, 'SIGKILL')
  await until(() => events().filter(event => event === 'one started').length === 2)
  t.equal(supervisor.pidOf('two'), two, 'the other was not touched')
  t.match(printed[2], /one ended unasked \(SIGKILL\)/)
  await until(() => printed.includes('one is running again.'))
  t.equal((await askStatus(home, 'one'))?.pid, supervisor.pidOf('one'), 'in a process of its own')
  await supervisor.close()
  t.strictSame(events().slice(-2), ['two closed', 'one closed'])
  t.equal(await askStatus(home, 'one'), undefined, 'and tells no status any more')
})

t.test('what callers wait for is started again before the rest', async t => {
  const { supervisor, printed, events } = network(t, 'one', 'two')
  await supervisor.start()
  for (const name of ['two', 'one']) process.kill(supervisor.pidOf(name) ?? 0, 'SIGKILL')
  await until(() => printed.includes('one is running again.'))
  t.strictSame(events().slice(2), ['two started', 'one started'])
})

t.test('a program that cannot start ends those before it, and its advice is told', async t => {
  const { supervisor, events } = network(t, 'one', 'refusing', 'two')
  const starting = supervisor.start().catch((error: unknown) => error)
  const two = supervisor.pidOf('two')
  t.ok(two, 'those that come next are made while one starts')
  const failure = await starting
  t.ok(failure instanceof StartFailure)
  t.match(`${failure}`, /refusing: 127\.0\.0\.1:5060 is taken[\s\S]*→ Stop the other program/)
  t.strictSame(events(), ['one started', 'one closed'], 'those after it never start')
  t.notOk(isAlive(two))
})

t.test('programs whose supervisor is killed end in order by themselves', async t => {
  const home = freshHome(t)
  const child = fork(entry, ['one'], {
    env: { PATH: process.env.PATH, MCSCP_HOME: home.folder },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await new Promise(resolve => child.once('message', resolve))
  child.disconnect()
  await new Promise(resolve => child.once('exit', resolve))
  t.match(readFileSync(join(home.folder, 'events'), 'utf8'), /one closed/)
  t.notOk(isAlive(child.pid))
})

t.test(
  'a program whose supervisor is killed before its turn, or at its start, does not go on',
  async t => {
    for (const told of [false, true]) {
      const home = freshHome(t)
      const child = fork(entry, ['one'], {
        env: { PATH: process.env.PATH, MCSCP_HOME: home.folder, [SUPERVISED]: '1' },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      if (told) child.send({ kind: 'start' })
      child.disconnect()
      await new Promise(resolve => child.once('exit', resolve))
      const file = join(home.folder, 'events')
      const events = existsSync(file)
        ? readFileSync(file, 'utf8').trim().split('\n').at(-1)
        : 'none'
      t.match(events, told ? /^(none|one closed)$/ : 'none')
    }
  },
)
