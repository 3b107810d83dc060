import { readFileSync } from 'node:fs'
import { type EpochMs, epochMs } from '../domain/clock.js'

/** The times of the machine that programs run on, handed in where they are reckoned with. */
export interface Machine {
  /** Monotonic time in ns: one count for all programs, from a start of the machine to the next. */
  monotonicNs(): bigint
  /** The machine's calendar time. */
  realNow(): EpochMs
  /** A name for this start of the machine. */
  readonly boot: string
  /** How long it may take to write the clock and for programs to see it, in ms: a change waits as long. */
  readonly noticeMs: number
}

/** Where Linux names this start of the machine (proc(5)). */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'

/** The machine that this program runs on. */
export const thisMachine: Machine = {
  monotonicNs: () => process.hrtime.bigint(),
  realNow: () => epochMs(Date.now()),
  boot: bootId(),
  noticeMs: 100,
}

/** Elsewhere the monotonic time alone tells, by beginning anew. */
function bootId(): string {
  try {
    return readFileSync(BOOT_ID_FILE, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
