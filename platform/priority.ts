import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Priority of this process's session among the sessions of the machine (Linux, sched(7), «autogroup»). */
const AUTOGROUP = '/proc/self/autogroup'

/**
 * Raises the priority of this process, −20 being the highest (setpriority(2)). Where Linux shares the
 * processor among sessions first, a nice value counts within the session alone; so a process that leads a
 * session of its own raises that too. Throws when the system refuses.
 */
export function raisePriority(niceness: number): void {
  setPriority(niceness)
  if (existsSync(AUTOGROUP) && leadsItsSession()) writeFileSync(AUTOGROUP, `${niceness}`)
}

/** proc(5): in `/proc/self/stat` the session is the fourth word behind the command's name. */
function leadsItsSession(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(words[3]) === process.pid
}
