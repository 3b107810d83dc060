import { isIPv4, type Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

/** Longest line of a client, in bytes (RFC 1123 §4.1.2: a command and a path). */
const LINE_MAX = 512

/** How long TLS may take to be agreed, in ms. */
const HANDSHAKE_MS = 10_000

/** How long a client may take to end a connection that was ended, in ms. */
const LEAVE_MS = 5_000

export interface ControlConnectionOptions {
  /** Silence after which the connection is ended, in ms. */
  readonly idleMs: number
  /** Takes one line at a time; the next is read when it has been answered. */
  readonly onLine: (line: string) => Promise<void>
  /** The connection is no more; told once. */
  readonly onEnd: () => void
}

/** The connection that commands go over: lines in order, in clear until it is secured (RFC 4217 §4). */
export class ControlConnection {
  readonly #options: ControlConnectionOptions
  readonly #plain: Socket
  /** What is read and written: the plain socket, or TLS over it. */
  #socket: Socket
  #text = ''
  #answering = false
  #ended = false

  constructor(socket: Socket, options: ControlConnectionOptions) {
    this.#options = options
    this.#plain = socket
    this.#socket = socket
    socket.setNoDelay(true)
    this.#listen(socket)
  }

  /** Address of the client, the IPv4 form where it is one. */
  get peer(): string {
    return withoutMapping(this.#plain.remoteAddress)
  }

  /** Address that the client reached. */
  get localAddress(): string {
    return withoutMapping(this.#plain.localAddress)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Sends a reply of one line or more; RFC 959 §4.2: all end with CR LF. */
  send(reply: string): void {
    if (!this.#ended) this.#socket.write(`${reply}\r\n`)
  }

  /**
   * Puts TLS over the connection. What came in clear behind the command is thrown away with the
   * connection: it would be read as if it had come secured.
   */
  async secure(secureContext: SecureContext): Promise<boolean> {
    if (this.#text !== '') {
      this.destroy()
      return false
    }
    this.#plain.removeAllListeners('data')
    this.#plain.pause()
    const secured = new TLSSocket(this.#plain, { isServer: true, secureContext })
    this.#socket = secured
    const agreed = await handshake(secured)
    if (!agreed) this.destroy()
    else this.#listen(secured)
    return agreed
  }

  /** Waits longer than the time-out while a transfer is under way, which has its own. */
  holdIdle(held: boolean): void {
    this.#socket.setTimeout(held ? 0 : this.#options.idleMs)
  }

  /** Ends it once what was sent has gone out; a client that does not end too is left. */
  end(reply: string): void {
    this.send(reply)
    this.#ended = true
    this.#socket.end()
    this.#socket.setTimeout(LEAVE_MS)
  }

  destroy(): void {
    this.#ended = true
    this.#plain.destroy()
  }

  #listen(socket: Socket): void {
    socket.setTimeout(this.#options.idleMs)
    socket.on('timeout', () => {
      if (this.#ended) this.destroy()
      else this.end('421 Nothing was asked for long; ended.')
    })
    socket.on('data', chunk => this.#read(chunk))
    // A connection that breaks is one that has ended.
    socket.on('error', () => this.#plain.destroy())
    socket.on('end', () => this.destroy())
    if (socket === this.#plain) {
      socket.once('close', () => {
        this.#ended = true
        this.#options.onEnd()
      })
    }
    socket.resume()
  }

  #read(chunk: Buffer): void {
    this.#text += chunk.toString('latin1')
    void this.#answerLines()
  }

  async #answerLines(): Promise<void> {
    if (this.#answering) return
    this.#answering = true
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      // While one is answered no more is read, so what waits is bounded.
      this.#socket.pause()
      await this.#options.onLine(line)
      if (this.#ended) return
      this.#socket.resume()
    }
    this.#answering = false
  }

  #nextLine(): string | undefined {
    const end = this.#text.indexOf('\n')
    if (end > LINE_MAX || (end < 0 && this.#text.length > LINE_MAX)) {
      this.end('500 The line is too long.')
      return undefined
    }
    if (end < 0 || this.#ended) return undefined
    const line = this.#text.slice(0, end).replace(/\r$/, '')
    this.#text = this.#text.slice(end + 1)
    return line
  }
}

/** Whether TLS came about in time. */
export function handshake(socket: TLSSocket): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => settle(false), HANDSHAKE_MS)
    const settle = (agreed: boolean) => {
      clearTimeout(timer)
      resolve(agreed)
    }
    socket.once('secure', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

/** `::ffff:127.0.0.1`, as a socket for both families shows it, without what stands before. */
export function withoutMapping(address: string | undefined): string {
  const mapped = address?.replace(/^::ffff:/, '') ?? ''
  return isIPv4(mapped) ? mapped : (address ?? '')
}
