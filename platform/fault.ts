import { FAULT_CODES, type FaultCode } from './fault-codes.js'

/**
 * An operating fault: disk, peer, configuration, malformed file. Thrown, caught at an edge, answered
 * and logged once. What a caller does wrong is not a fault but an outcome.
 */
export class Fault extends Error {
  readonly code: FaultCode

  constructor(code: FaultCode, what: string, options?: ErrorOptions) {
    super(what, options)
    this.name = 'Fault'
    this.code = code
  }

  /** What happened, and what to do about it, for a person at a terminal. */
  get advice(): string {
    return `${this.message}\n  → ${FAULT_CODES[this.code].remedy}`
  }
}

/** The code of a system error (`ENOSPC`, `EADDRINUSE`, …), where it is one. */
export const systemErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
