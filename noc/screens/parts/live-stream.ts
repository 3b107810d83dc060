/** Pause before a stream that the server ended is begun anew, in ms. */
const AGAIN_MS = 2_000

/** Who is told what comes, by the names of the events; and that the stream broke. */
export interface LiveListener {
  readonly events: Readonly<Record<string, (message: never) => void>>
  readonly lost: () => void
}

/**
 * Server-sent events of noc, of a path that may change. A page that nobody sees listens to nothing, so that
 * its session can end; one whose session has ended leads to the log-in.
 */
export class LiveStream {
  readonly #listener: LiveListener
  #path = ''
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

  /** Listens to this path from now on. */
  listen(path: string): void {
    this.#path = path
    this.#listen()
  }

  #listen(): void {
    clearTimeout(this.#again)
    this.#stream?.close()
    this.#stream = undefined
    if (document.visibilityState === 'hidden') return
    const stream = new EventSource(this.#path)
    this.#stream = stream
    for (const [name, told] of Object.entries(this.#listener.events)) {
      // What noc sends under a name is of the type that the listener of that name takes.
      stream.addEventListener(name, event => told(JSON.parse(event.data) as never))
    }
    stream.addEventListener('error', () => {
      stream.close()
      this.#listener.lost()
      void this.#retry()
    })
  }

  async #retry(): Promise<void> {
    const status = await fetch('/api/me').then(
      answer => answer.status,
      () => 0,
    )
    if (status === 401) location.assign('/login')
    else this.#again = setTimeout(() => this.#listen(), AGAIN_MS)
  }
}
