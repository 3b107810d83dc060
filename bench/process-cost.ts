import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'

/** Ticks of a processor second in `/proc` (proc(5): `sysconf(_SC_CLK_TCK)`, 100 on every Linux that runs Node). */
const TICKS_PER_SECOND = 100

/** Processor time that a process and its threads have used, in ms; 0 where the system does not tell. */
export function cpuMsOf(pid: number): number {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return 0
  const stat = readFileSync(path, 'utf8')
  // proc(5): utime and stime are the twelfth and thirteenth words behind the command's name.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(words[11]) + Number(words[12])) * 1_000) / TICKS_PER_SECOND
}

/** How a process stands: its nice value, and that of its session where the system shares among sessions. */
export interface Niceness {
  readonly process: number
  readonly session: number | null
}

/** How a running process stands. */
export function niceOf(pid: number): Niceness {
  const path = `/proc/${pid}/autogroup`
  const session = existsSync(path)
    ? /nice (-?\d+)/.exec(readFileSync(path, 'utf8'))?.[1]
    : undefined
  return { process: getPriority(pid), session: session === undefined ? null : Number(session) }
}

/** Memory of a process that is in use, in MiB; 0 where the system does not tell. */
export function residentMiB(pid: number): number {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return 0
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(path, 'utf8')) ?? []
  return Math.round(Number(kib) / 1_024)
}

/** Keeps a process, with its threads, on these cores (taskset(1)); without effect where that is not installed. */
export function pin(pid: number, ...cores: readonly number[]): void {
  spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), `${pid}`], { stdio: 'ignore' })
}

/** Processor time that some processes have used together, in ms. */
export const cpuMsOfAll = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0)
