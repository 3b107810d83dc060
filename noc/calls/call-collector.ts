import type { Clock } from '../../domain/clock.js'
import type { Later } from '../../platform/deadline.js'
import { Polling } from '../polling.js'
import { type NotesTold, TRAIL_BEGINNING, type TrailPlace } from './ask-trail.js'
import type { CallBook } from './call-book.js'

/** The programs that note what their calls do; those that carry calls first. */
const NOTING = ['mls', 'scp', 'ivr'] as const
const CARRYING: readonly string[] = ['mls', 'scp']

/** Most answers of one program in a round; what is left is for the next. */
const ANSWERS_MAX = 10

export interface CallCollectorOptions {
  /** Further nodes of ivr that run in the home, by their names. */
  readonly nodes: () => Promise<readonly string[]>
  readonly ask: (program: string, place: TrailPlace) => Promise<NotesTold | undefined>
  readonly book: CallBook
  /** The machine's: notes and log lines go by it. */
  readonly clock: Clock
  readonly later: Later
  /** Called after each round. */
  readonly told: () => Promise<void>
}

/** Fetches what the programs note of their calls, once a second. Nobody waits for noc (M-04). */
export class CallCollector {
  readonly #options: CallCollectorOptions
  readonly #places = new Map<string, TrailPlace>()
  readonly #polling: Polling
  #silent: readonly string[] = []

  constructor(options: CallCollectorOptions) {
    this.#options = options
    this.#polling = new Polling(() => this.#collect(), options.later)
  }

  /** The programs that gave no answer in the last round. */
  get silent(): readonly string[] {
    return this.#silent
  }

  run(): Promise<void> {
    return this.#polling.run()
  }

  close(): Promise<void> {
    return this.#polling.close()
  }

  async #collect(): Promise<void> {
    const silent: string[] = []
    for (const program of NOTING) if (!(await this.#fetch(program))) silent.push(program)
    for (const node of await this.#options.nodes()) await this.#fetch(node, 'ivr')
    this.#silent = silent
    await this.#options.told()
  }

  /** `false`: the program gave no answer. */
  async #fetch(node: string, program = node): Promise<boolean> {
    const { ask, book, clock } = this.#options
    for (let answers = 0; answers < ANSWERS_MAX; answers++) {
      const place = this.#places.get(node) ?? TRAIL_BEGINNING
      const told = await ask(node, place)
      if (!told) return false
      const { trail, notes, more } = told
      // Another run of the program: the calls of the one before ended with it.
      const again = place.trail !== '' && place.trail !== trail
      if (again && CARRYING.includes(program)) book.lost(program, clock.now())
      for (const note of notes) book.take(program, note)
      const after = notes.at(-1)?.place ?? (again ? 0 : place.after)
      this.#places.set(node, { trail, after })
      if (!more) break
    }
    return true
  }
}
