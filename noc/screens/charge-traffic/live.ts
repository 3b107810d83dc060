import type { ChangeMessage, ViewMessage } from '../../traffic/messages.js'

/** Pause before a stream that the server ended is begun anew, in ms. */
const AGAIN_MS = 2_000

/** Who is told what comes. */
export interface LiveListener {
  readonly view: (message: ViewMessage) => void
  readonly change: (message: ChangeMessage) => void
  readonly lost: () => void
}

/**
 * The table as it changes. A page that nobody sees listens to nothing, so that its session can end; one
 * whose session has ended leads to the log-in.
 */
export class Live {
  readonly #listener: LiveListener
  #query = ''
  #stream: EventSource | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  readonly #seen = () => this.#listen()

  constructor(listener: LiveListener) {
    this.#listener = listener
    document.addEventListener('visibilitychange', this.#seen)
  }

  /** Listens no more. */
  close(): void {
    document.removeEventListener('visibilitychange', this.#seen)
    clearTimeout(this.#again)
    this.#stream?.close()
  }

  /** Listens to what is chosen from now on. */
  choose(query: string): void {
    this.#query = query
    this.#listen()
  }

  #listen(): void {
    clearTimeout(this.#again)
    this.#stream?.close()
    this.#stream = undefined
    if (document.visibilityState === 'hidden') return
    const stream = new EventSource(`/api/traffic/live?${this.#query}`)
    this.#stream = stream
    stream.addEventListener('view', event => this.#listener.view(JSON.parse(event.data)))
    stream.addEventListener('change', event => this.#listener.change(JSON.parse(event.data)))
    stream.addEventListener('error', () => {
      stream.close()
      this.#listener.lost()
      void this.#retry()
    })
  }

  async #retry(): Promise<void> {
    const status = await fetch('/api/traffic').then(
      answer => answer.status,
      () => 0,
    )
    if (status === 401) location.assign('/login')
    else this.#again = setTimeout(() => this.#listen(), AGAIN_MS)
  }
}
