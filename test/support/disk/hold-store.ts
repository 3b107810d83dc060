import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const CHILD = fileURLToPath(new URL('./holding-child.js', import.meta.url))

/** Has another process hold a store's write lock; answers how to have it let go. */
export async function holdStore(t: Test, path: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await ended
  }
}
