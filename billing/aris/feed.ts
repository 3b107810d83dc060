import { type Later, nodeLater } from '../../platform/deadline.js'
import { Fault } from '../../platform/fault.js'
import type { SocketClient } from '../../platform/http-client.js'
import type { Logger } from '../../platform/log.js'
import { compileSchema } from '../../platform/schema-check.js'
import type { BillingStore } from '../store/open.js'
import { UPDATES_MAX, updatesTaken } from './update.js'

/** First and longest pause before aris is asked again, in ms. */
const RETRY_FIRST_MS = 1_000
const RETRY_LONGEST_MS = 60_000

/** How long aris may take to put updates on disk, in ms. */
const DEADLINE_MS = 10_000

const isTaken = compileSchema(updatesTaken)

export interface FeedOptions {
  readonly store: Pick<BillingStore, 'lastUpdate' | 'updatesAfter'>
  readonly aris: Pick<SocketClient, 'ask'>
  readonly log: Logger
  readonly later?: Later
}

/**
 * Sends every change of billing to aris (requirement B-06): in order, some at a time, again until aris has
 * them on disk. aris itself says how far it has come, so a store of aris's that is new is filled from the
 * beginning. While aris is away nothing is lost, and billing goes on.
 */
export class ArisFeed {
  readonly #options: FeedOptions
  #running: Promise<void> | undefined
  #callOff: (() => void) | undefined
  #asked = false
  #ended = false
  #retryMs = RETRY_FIRST_MS

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Something changed, or billing has started: sends what aris does not have. */
  run(): void {
    if (this.#ended) return
    this.#asked = true
    this.#callOff?.()
    this.#running ??= this.#send().finally(() => {
      this.#running = undefined
      // What changed in the very moment in which it ended is sent too.
      if (this.#asked) this.run()
    })
  }

  /** Starts nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#ended = true
    this.#callOff?.()
    await this.#running
  }

  async #send(): Promise<void> {
    const { log, later = nodeLater } = this.#options
    try {
      while (this.#asked && !this.#ended) {
        this.#asked = false
        await this.#sendAll()
      }
      this.#retryMs = RETRY_FIRST_MS
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.warn({ code: error.code, err: error }, 'aris not told yet')
      if (this.#ended) return
      this.#callOff = later(() => this.run(), this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LONGEST_MS)
    }
  }

  async #sendAll(): Promise<void> {
    const { store } = this.#options
    let through = await this.#ask('GET')
    while (!this.#ended) {
      const updates = await store.updatesAfter(through, UPDATES_MAX)
      if (updates.length === 0) return
      const taken = await this.#ask('POST', { first: through + 1, updates })
      if (taken <= through) throw new Fault('PEER_ANSWER_INVALID', 'aris took no update.')
      through = taken
    }
  }

  /** How far aris has come, after what it was sent. */
  async #ask(method: 'GET' | 'POST', body?: unknown): Promise<number> {
    const { aris } = this.#options
    const answer = await aris.ask({ method, path: '/updates', body, deadlineMs: DEADLINE_MS })
    if ((answer.status !== 200 && answer.status !== 409) || !isTaken.Check(answer.body)) {
      throw new Fault('PEER_ANSWER_INVALID', `aris answered ${answer.status} to billing’s updates.`)
    }
    return answer.body.through
  }
}
