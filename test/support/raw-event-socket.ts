import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One message of an event socket as it stood on the wire. */
export interface RawMessage {
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** An event socket without a library: sends bytes, takes messages apart by esl-protocol §1. */
export class RawEventSocket {
  readonly #socket: Socket
  readonly #messages: RawMessage[] = []
  readonly #waiting: ((message: RawMessage | undefined) => void)[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true)
    socket.on('data', chunk => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#read()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    })
  }

  /** Connects to a listening engine. */
  static open(port: number): Promise<RawEventSocket> {
    return new Promise(resolve => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawEventSocket(socket)))
    })
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  /** Breaks the connection. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** The next message; `undefined` when the connection has ended. */
  next(): Promise<RawMessage | undefined> {
    const message = this.#messages.shift()
    if (message || this.#ended) return Promise.resolve(message)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** The next message of a type, those of other types left out. */
  async nextOf(type: string): Promise<RawMessage | undefined> {
    for (let one = await this.next(); one; one = await this.next()) {
      if (one.headers.get('Content-Type') === type) return one
    }
    return undefined
  }

  /** Sends a command and gives the text of its reply. */
  async command(text: string): Promise<string | undefined> {
    this.send(`${text}\n\n`)
    return (await this.nextOf('command/reply'))?.headers.get('Reply-Text')
  }

  /** All messages until the connection ends. */
  async rest(): Promise<RawMessage[]> {
    const messages: RawMessage[] = []
    for (let one = await this.next(); one; one = await this.next()) messages.push(one)
    return messages
  }

  #read(): void {
    for (let end = this.#bytes.indexOf('\n\n'); end >= 0; end = this.#bytes.indexOf('\n\n')) {
      const lines = this.#bytes.toString('utf8', 0, end).split('\n')
      const headers = new Map(
        lines.map(line => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      )
      const begin = end + 2
      const length = Number(headers.get('Content-Length') ?? 0)
      if (this.#bytes.length < begin + length) return
      this.#take({ headers, body: this.#bytes.toString('utf8', begin, begin + length) })
      this.#bytes = this.#bytes.subarray(begin + length)
    }
  }

  #take(message: RawMessage): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(message)
    else this.#messages.push(message)
  }
}

/** An application on a free port that talks by hand: `next` gives the connection of the next call. */
export async function rawApplication(): Promise<{
  port: number
  next(): Promise<RawEventSocket>
  close(): void
}> {
  const arrived: RawEventSocket[] = []
  const waiting: ((socket: RawEventSocket) => void)[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const raw = new RawEventSocket(socket)
    const first = waiting.shift()
    if (first) first(raw)
    else arrived.push(raw)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    next: () => {
      const raw = arrived.shift()
      return raw ? Promise.resolve(raw) : new Promise(resolve => waiting.push(resolve))
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
