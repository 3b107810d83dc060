import { setTimeout as wait } from 'node:timers/promises'
import { Child, StartFailure } from './child.js'

/** Programs that load their code while one before them starts: enough for two processors. */
const LOADED_AHEAD = 2

/** First and longest pause before a program that ended unasked is started again, in ms. */
const RESTART_FIRST_MS = 100
const RESTART_LONGEST_MS = 5_000

/** Longest that a program without which calls are answered waits for one that they need, in ms, and how often it looks. */
const CALLS_FIRST_MS = 10_000
const LOOK_EVERY_MS = 50

/** A program that ran this long is healthy again: its next restart is quick, in ms. */
const HEALTHY_MS = 30_000

/** Longest that one program may take to end in order, in ms. */
const CLOSE_DEADLINE_MS = 20_000

export interface SupervisorOptions {
  /** The command line's own entry, started again with a program's name. */
  readonly entry: string
  /** Programs in the order they start; they end in the reverse. */
  readonly programs: readonly string[]
  /** Those that every call to 1400 goes through. */
  readonly carriers?: ReadonlySet<string>
  /** Those that run in a session of their own. */
  readonly ownSession?: ReadonlySet<string>
  readonly environment: NodeJS.ProcessEnv
  /** A line for the person at the terminal. */
  readonly print: (line: string) => void
}

/**
 * Starts the network's programs in order, each in a process of its own; starts again what ends unasked;
 * ends all in reverse order. The others go on while one is down (requirement M-04).
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #children = new Map<string, Child>()
  readonly #watches: Promise<void>[] = []
  /** Programs that every call goes through and that are being started again. */
  readonly #missing = new Set<string>()
  #closing = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /**
   * Starts everything; when one program does not start, ends the others and throws `StartFailure`. Each
   * starts when the one before it is ready; loading its code, which takes most of the time, it has begun before.
   */
  async start(): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const listening = new Map<string, Readonly<Record<string, string>>>()
    const { programs } = this.#options
    for (const [place, name] of programs.entries()) {
      for (const near of programs.slice(place, place + 1 + LOADED_AHEAD)) {
        if (!this.#closing && !this.#children.has(near)) this.#make(near)
      }
      const child = this.#children.get(name)
      try {
        if (!child) throw new StartFailure('the network was told to end')
        listening.set(name, await child.start())
        this.#options.print(`  ${name} is running.`)
      } catch (error) {
        await this.close()
        if (error instanceof StartFailure) throw new StartFailure(`${name}: ${error.message}`)
        throw error
      }
      this.#watches.push(this.#watch(name))
    }
    return listening
  }

  /** Process id of a running program. */
  pidOf(name: string): number | undefined {
    return this.#children.get(name)?.pid
  }

  /** Ends every program in order. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing = true
    for (const name of [...this.#options.programs].reverse()) {
      await this.#children.get(name)?.close(CLOSE_DEADLINE_MS)
      this.#children.delete(name)
    }
    await Promise.all(this.#watches)
  }

  #make(name: string): Child {
    const { entry, environment, print, ownSession } = this.#options
    const child = Child.make({
      entry,
      name,
      environment,
      print,
      ownSession: ownSession?.has(name) ?? false,
    })
    this.#children.set(name, child)
    return child
  }

  /** Starts a program again each time it ends unasked, sooner after a long healthy run than after a short one. */
  async #watch(name: string): Promise<void> {
    let pauseMs = RESTART_FIRST_MS
    for (;;) {
      const child = this.#children.get(name)
      if (!child) return
      const since = performance.now()
      const { code, signal } = await child.ended
      if (this.#closing) return
      this.#children.delete(name)
      if (this.#options.carriers?.has(name)) this.#missing.add(name)
      if (performance.now() - since > HEALTHY_MS) pauseMs = RESTART_FIRST_MS
      this.#options.print(`${name} ended unasked (${signal ?? `code ${code}`}); starting it again.`)
      pauseMs = await this.#restart(name, pauseMs)
      this.#missing.delete(name)
    }
  }

  /** When several programs have ended, those that callers wait for have the processors to themselves. */
  async #callsFirst(name: string): Promise<void> {
    if (this.#options.carriers?.has(name)) return
    const deadline = performance.now() + CALLS_FIRST_MS
    while (this.#missing.size > 0 && !this.#closing && performance.now() < deadline) {
      await wait(LOOK_EVERY_MS)
    }
  }

  async #restart(name: string, firstPauseMs: number): Promise<number> {
    let pauseMs = firstPauseMs
    while (!this.#closing) {
      await wait(pauseMs)
      await this.#callsFirst(name)
      pauseMs = Math.min(pauseMs * 2, RESTART_LONGEST_MS)
      if (this.#closing) break
      try {
        await this.#make(name).start()
        this.#options.print(`${name} is running again.`)
        if (this.#closing) await this.#children.get(name)?.close(CLOSE_DEADLINE_MS)
        return pauseMs
      } catch (error) {
        if (!(error instanceof StartFailure)) throw error
        if (!this.#closing) this.#options.print(`${name} did not start: ${error.message}`)
      }
    }
    return pauseMs
  }
}
