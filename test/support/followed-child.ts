import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Lets a child work until it has told so many lines, then kills it; whether it ended by itself. */
export async function followed(
  child: ChildProcessByStdio<null, Readable, null>,
  killAfter: number,
): Promise<boolean> {
  let lines = 0
  createInterface({ input: child.stdout }).on('line', () => {
    lines++
    if (lines === killAfter) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'exit')
  if (signal === 'SIGKILL') return false
  if (code !== 0) throw new Error(`the child ended with ${code}`)
  return true
}
