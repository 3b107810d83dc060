import type { Accounts } from '../store/accounts.js'
import type { Sessions } from '../store/sessions.js'
import { isPassword, NOBODYS_PASSWORD, PASSWORD_LONGEST } from './password.js'

/** Wrong passwords in a row after which an account waits, whoever tries. */
const WRONG_MAX = 5

/** How long it waits after each further one, in ms. */
const WAIT_MS = 60_000

/** Most passwords that are looked at at once: each takes a core's time and 32 MiB. */
const AT_ONCE_MAX = 2

/** Most names whose wrong passwords are remembered. */
const REMEMBERED_MAX = 10_000

/** What became of a log-in; in the order it is checked. */
export type LogIn =
  /** Too many wrong passwords for this name, or too many log-ins at once. */
  | { readonly outcome: 'throttled'; readonly waitSeconds: number }
  | { readonly outcome: 'wrong' }
  | { readonly outcome: 'logged_in'; readonly token: string }

export interface LogInOptions {
  readonly accounts: Pick<Accounts, 'find'>
  readonly sessions: Pick<Sessions, 'begin'>
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/**
 * Lets people in by name and password, and slows down who guesses. A name that nobody has is treated as
 * one that somebody has, in answer and in time, so that no answer tells which there are.
 */
export class LogIns {
  readonly #options: LogInOptions
  readonly #wrong = new Map<string, { count: number; lastMs: number }>()
  #lookedAt = 0

  constructor(options: LogInOptions) {
    this.#options = options
  }

  async logIn(name: string, password: string): Promise<LogIn> {
    const waitMs = this.#lookedAt < AT_ONCE_MAX ? this.#waitMs(name) : 1_000
    if (waitMs > 0) return { outcome: 'throttled', waitSeconds: Math.ceil(waitMs / 1000) }
    // Counted before it is looked at, so that many at once are not many tries.
    this.#count(name)
    this.#lookedAt++
    try {
      if (!(await this.#isRight(name, password))) return { outcome: 'wrong' }
    } finally {
      this.#lookedAt--
    }
    this.#wrong.delete(name)
    return { outcome: 'logged_in', token: await this.#options.sessions.begin(name) }
  }

  async #isRight(name: string, password: string): Promise<boolean> {
    const account = await this.#options.accounts.find(name)
    const tried = password.slice(0, PASSWORD_LONGEST)
    const same = await isPassword(tried, account?.password ?? NOBODYS_PASSWORD)
    return same && account !== undefined && account.disabledAt === null && tried === password
  }

  #waitMs(name: string): number {
    const wrong = this.#wrong.get(name)
    if (!wrong || wrong.count < WRONG_MAX) return 0
    return Math.max(0, wrong.lastMs + WAIT_MS - this.#options.nowMs())
  }

  #count(name: string): void {
    const count = (this.#wrong.get(name)?.count ?? 0) + 1
    // Placed last again, so that the one longest quiet is first to be forgotten.
    this.#wrong.delete(name)
    this.#wrong.set(name, { count, lastMs: this.#options.nowMs() })
    const [oldest] = this.#wrong.keys()
    if (this.#wrong.size > REMEMBERED_MAX && oldest !== undefined) this.#wrong.delete(oldest)
  }
}
