import { join } from 'node:path'
import { destination, type Logger, pino } from 'pino'

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
 * as fields. Written behind the program's back, so that a slow disk delays no call.
 */
export function openLog({ program, folder, level }: LogOptions): Logger {
  const file = destination({ dest: join(folder, `${program}.log`), mkdir: true, sync: false })
  return pino({ level, base: { program, pid: process.pid }, redact: redaction }, file)
}

const redaction = {
  paths: SECRET_FIELDS.flatMap(field => [field, `*.${field}`, `*.*.${field}`]),
  censor: '[not logged]',
}
