import { once, setMaxListeners } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'

/** What people who watch saw. */
export interface Watched {
  /** Answers of noc, in ms. */
  readonly polledMs: number[]
  /** Events that the streams brought. */
  events: number
  readonly mistakes: string[]
}

/** How often a watcher asks for the table, in ms (bench Q13); beside it a stream of the calls is open. */
const EVERY_MS = 5_000

/** Longest answer that a watcher waits for, in ms. */
const ANSWER_MS = 30_000

/** People who watch: each asks for the table again and again, and has a stream of the calls open. */
class Watchers {
  readonly watched: Watched = { polledMs: [], events: 0, mistakes: [] }
  readonly #screens: string
  readonly #cookie: string
  readonly #over = new AbortController()
  readonly #all: Promise<void>[] = []

  constructor(screens: string, cookie: string) {
    this.#screens = screens
    this.#cookie = cookie
    // Everybody who watches listens for the end.
    setMaxListeners(0, this.#over.signal)
  }

  /** One more, who begins so many ms later. */
  begin(afterMs: number): void {
    this.#all.push(this.#poll(afterMs), this.#follow(afterMs))
  }

  /** All leave. */
  async end(): Promise<void> {
    this.#over.abort()
    await Promise.all(this.#all)
  }

  async #poll(afterMs: number): Promise<void> {
    const { polledMs, mistakes } = this.watched
    await this.#pause(afterMs)
    while (!this.#over.signal.aborted) {
      const beganMs = performance.now()
      try {
        const answer = await fetch(`${this.#screens}/api/traffic`, {
          headers: { cookie: this.#cookie },
          signal: AbortSignal.timeout(ANSWER_MS),
        })
        await answer.text()
        if (answer.status !== 200) mistakes.push(`noc answered ${answer.status}`)
      } catch (error) {
        mistakes.push(`noc: ${error instanceof Error ? error.message : error}`)
      }
      const tookMs = performance.now() - beganMs
      polledMs.push(tookMs)
      await this.#pause(EVERY_MS - tookMs)
    }
  }

  async #follow(afterMs: number): Promise<void> {
    const { signal } = this.#over
    await this.#pause(afterMs)
    try {
      const headers = { cookie: this.#cookie }
      const answer = await fetch(`${this.#screens}/api/calls/live`, { headers, signal })
      for await (const part of answer.body ?? []) {
        this.watched.events += Buffer.from(part).toString().split('event: ').length - 1
      }
      this.watched.mistakes.push('a stream ended by itself')
    } catch (error) {
      if (!signal.aborted) this.watched.mistakes.push(`stream: ${error}`)
    }
  }

  /** Until the time is over, or all leave. */
  #pause(ms: number): Promise<unknown> {
    const { signal } = this.#over
    return after(Math.max(0, ms), undefined, { signal }).catch(() => undefined)
  }
}

const [screens = '', count = ''] = process.argv.slice(2)
process.once('disconnect', () => process.exit())
const [cookie] = await once(process, 'message')
const watchers = new Watchers(screens, `${cookie}`)
for (let n = 0; n < Number(count); n++) watchers.begin((n * EVERY_MS) / Number(count))
await once(process, 'message')
await watchers.end()
process.send?.(watchers.watched)
