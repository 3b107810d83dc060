import type { Database } from 'better-sqlite3'
import { Fault, systemErrorCode } from './fault.js'
import { commitTimes } from './metrics/commit-times.js'
import { passes } from './store.js'

export interface GroupCommitOptions {
  /**
   * Told once, after all who waited were answered, that a commit failed in a way after which nothing
   * on this connection can be trusted (a failed flush may have lost earlier writes): the program must
   * end and start again from what is on disk. A full disk or a lock is not such a failure.
   */
  readonly onBroken?: (fault: Fault) => void
  /** How long the first work of a group waits for more, in ms. */
  readonly lingerMs: number
  /** Most works in one commit. */
  readonly groupMax: number
  /** Most works that may wait; one more is refused with `OVERLOADED`. */
  readonly queueMax: number
}

/** Measured best on a small machine (architecture, point 3): one flush serves many callers. */
export const GROUP_COMMIT_DEFAULTS: GroupCommitOptions = {
  lingerMs: 2,
  groupMax: 64,
  queueMax: 10_000,
}

interface Waiting {
  readonly work: () => unknown
  readonly settle: (result: Settled) => void
}

type Settled = { readonly value: unknown } | { readonly error: unknown }

/**
 * The one writer of a store: works run one after the other, several share a commit, and each is
 * answered only after the commit is on disk. A work that throws is rolled back alone.
 */
export class GroupCommit {
  readonly #store: Database
  readonly #options: GroupCommitOptions
  readonly #begin
  readonly #commitAll
  readonly #beginOne
  readonly #keepOne
  #waiting: Waiting[] = []
  #linger: NodeJS.Timeout | undefined
  #broken: Fault | undefined
  #failures = 0

  constructor(store: Database, options: Partial<GroupCommitOptions> = {}) {
    this.#store = store
    this.#options = { ...GROUP_COMMIT_DEFAULTS, ...options }
    this.#begin = store.prepare('BEGIN IMMEDIATE')
    this.#commitAll = store.prepare('COMMIT')
    this.#beginOne = store.prepare('SAVEPOINT work')
    this.#keepOne = store.prepare('RELEASE work')
  }

  /** How many commits have failed. */
  get failures(): number {
    return this.#failures
  }

  /** Runs `work` inside a transaction; resolves with its result once that is durable. */
  run<T>(work: () => T): Promise<T> {
    if (this.#broken) return Promise.reject(this.#broken)
    if (this.#waiting.length >= this.#options.queueMax) {
      return Promise.reject(new Fault('OVERLOADED', 'The store has too much work waiting.'))
    }
    const done = new Promise<T>((resolve, reject) => {
      const settle = (result: Settled) =>
        'value' in result ? resolve(result.value as T) : reject(result.error)
      this.#waiting.push({ work, settle })
    })
    if (this.#waiting.length >= this.#options.groupMax) this.#commit()
    else this.#linger ??= setTimeout(() => this.#commit(), this.#options.lingerMs)
    return done
  }

  /** Commits what waits now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commit()
  }

  #commit(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
    const group = this.#waiting.splice(0, this.#options.groupMax)
    if (group.length === 0) return
    const settled = this.#durably(group)
    group.forEach(({ settle }, index) => {
      settle(settled[index] ?? { error: new Error('a work of a group was not run') })
    })
  }

  #durably(group: readonly Waiting[]): Settled[] {
    const began = performance.now()
    try {
      this.#begin.run()
      const settled = group.map(({ work }) => this.#alone(work))
      this.#commitAll.run()
      commitTimes.took(performance.now() - began)
      return settled
    } catch (cause) {
      this.#failures++
      commitTimes.failed()
      const fault = new Fault('STORE_FAILED', `The store did not commit: ${reason(cause)}.`, {
        cause,
      })
      if (passes(cause)) this.#undo()
      else this.#break(fault)
      return group.map(() => ({ error: fault }))
    }
  }

  #alone(work: () => unknown): Settled {
    this.#beginOne.run()
    try {
      const value = work()
      this.#keepOne.run()
      return { value }
    } catch (error) {
      // A failing disk is the group's failure; SQLite may have ended the transaction itself.
      if (!this.#store.inTransaction || isOfDisk(error)) throw error
      this.#store.exec('ROLLBACK TO work; RELEASE work')
      return { error }
    }
  }

  #break(fault: Fault): void {
    this.#broken = fault
    for (const { settle } of this.#waiting.splice(0)) settle({ error: fault })
    const { onBroken } = this.#options
    if (onBroken) setImmediate(onBroken, fault)
  }

  #undo(): void {
    if (this.#store.inTransaction) this.#store.exec('ROLLBACK')
  }
}

/** Whether an error is the disk's: the group's, then, and not that of the work that met it. */
export const isOfDisk = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR)/.test(systemErrorCode(error) ?? '')

const reason = (cause: unknown): string => systemErrorCode(cause) ?? String(cause)
