import { openSync } from 'node:fs'
import { join } from 'node:path'
import { destination, type Logger, pino } from 'pino'
import { Fault, systemErrorCode } from './fault.js'

export type { Logger } from 'pino'

/** Paths whose values never reach a log, wherever a line carries them (architecture, point 8). */
const SECRET_FIELDS = ['pin', 'digits', 'digit', 'secret', 'password', 'authorization', 'body']

/** Levels an operator may choose. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export interface LogOptions {
  readonly program: string
  /** Folder of the log file `<program>.log`. */
  readonly folder: string
  readonly level: (typeof LOG_LEVELS)[number]
}

/**
 * Opens a program's log: one JSON line an event, the message a fixed phrase in the past tense, the facts
 * as fields. Written behind the program's back, so that a slow disk delays no call. Throws
 * `FOLDER_NOT_WRITABLE`.
 */
export function openLog({ program, folder, level }: LogOptions): Logger {
  const file = destination({ fd: opened(join(folder, `${program}.log`)), sync: false })
  return pino({ level, base: { program, pid: process.pid }, redact: redaction }, file)
}

/** Opened here and now: a program that ends at once has a log to close. */
function opened(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    const why = systemErrorCode(cause)
    throw new Fault('FOLDER_NOT_WRITABLE', `The log ${path} cannot be written: ${why}.`, { cause })
  }
}

const redaction = {
  paths: SECRET_FIELDS.flatMap(field => [field, `*.${field}`, `*.*.${field}`]),
  censor: '[not logged]',
}
