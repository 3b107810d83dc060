import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../../platform/fault.js'
import type { GroupCommit } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'
import type { Done } from './questions.js'

/** Least space that must be free, in bytes: many charges, and what a checkpoint of them takes. */
const FREE_MIN = 4 * 1024 * 1024

/**
 * Whether the store can write, so that nobody is asked for a card number that could not be charged (fault
 * tests XF4, XF8). A full disk may take a little now and then, where the write-ahead log begins anew: so
 * once a commit has failed, space counts as well.
 */
export class WriteProbe {
  readonly #store: Database
  readonly #writer: GroupCommit
  readonly #touch
  /** Failed commits that a successful probe has come after. */
  #overcome = 0
  #failed = false

  constructor(store: Database, writer: GroupCommit) {
    this.#store = store
    this.#writer = writer
    this.#touch = store.prepare('UPDATE node SET first_quarter_hour = first_quarter_hour')
  }

  /** Writes, to no effect, and looks at the space. Throws `STORE_FAILED`. */
  async check(): Promise<Done> {
    this.#failed = true
    const failures = this.#writer.failures
    await this.#writer.run(() => this.#touch.run())
    const { bavail, bsize } = statfsSync(dirname(this.#store.name))
    if (bavail * bsize < FREE_MIN) {
      throw new Fault('STORE_FAILED', `The disk of the store has ${bavail * bsize} bytes left.`)
    }
    this.#failed = false
    this.#overcome = failures
    return 'done'
  }

  /** The same, at no cost as long as nothing has failed. */
  async checkAfterFailure(): Promise<void> {
    if (this.#failed || this.#writer.failures > this.#overcome) await this.check()
  }
}
