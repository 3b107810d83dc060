import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Fault } from '../../platform/fault.js'
import { type HttpAnswer, httpExchange } from '../../platform/http-exchange.js'
import { SIGNATURE_HEADER } from '../../platform/transfer-signature.js'

/** What a node sent to CRS, to the byte. */
interface Delivery {
  readonly path: string
  readonly signature: string
  readonly body: Buffer
}

interface Acknowledged extends Delivery {
  readonly answer: HttpAnswer
}

/** How long CRS may take to answer, in ms; a node waits as long. */
const DEADLINE_MS = 10_000

export interface CrsRoadOptions {
  readonly crsPort: number
  readonly chance: () => number
  /** Of so many acknowledgements one never reaches the node, which then sends again. */
  readonly lostOneIn: number
}

/**
 * The road from scp to CRS, on which somebody stands who catches what is delivered, delivers it again out
 * of order, and lets some acknowledgements get lost.
 */
export class CrsRoad {
  /** Where scp finds CRS. */
  readonly port: number
  /** Deliveries that were made again, and of these how many behind a later one. */
  repeated = 0
  outOfOrder = 0
  /** Acknowledgements that scp never saw. */
  lost = 0
  /** Answers that were not the first one's, byte for byte. */
  readonly differing: string[] = []
  readonly #options: CrsRoadOptions
  readonly #connections = new Agent({ keepAlive: true })
  readonly #caught = new Map<string, Acknowledged>()
  #lastRepeated = 0

  private constructor(port: number, options: CrsRoadOptions) {
    this.port = port
    this.#options = options
  }

  static async open(
    t: { teardown(end: () => unknown): unknown },
    options: CrsRoadOptions,
  ): Promise<CrsRoad> {
    const server = createServer((request, answer) => void road.#pass(request, answer))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const road = new CrsRoad(typeof address === 'object' ? (address?.port ?? 0) : 0, options)
    t.teardown(() => {
      road.#connections.destroy()
      server.closeAllConnections()
      server.close()
    })
    return road
  }

  /** Quarter-hour files that CRS has acknowledged. */
  get files(): number {
    return this.#files().length
  }

  /** The acknowledgement of each delivery, by its path, as it first came. */
  acknowledgements(): ReadonlyMap<string, string> {
    return new Map([...this.#caught].map(([path, { answer }]) => [path, answer.body.toString()]))
  }

  /** Delivers a quarter-hour file again, whichever chance takes; `false` when CRS is away. */
  async repeat(): Promise<boolean> {
    const files = this.#files()
    const place = Math.floor(this.#options.chance() * files.length)
    const one = files[place]
    if (!one) return false
    const answer = await this.#deliver(one).catch(onlyAway)
    if (!answer) return false
    this.repeated++
    if (place < this.#lastRepeated) this.outOfOrder++
    this.#lastRepeated = place
    this.#compare(one, answer)
    return true
  }

  #files(): Acknowledged[] {
    return [...this.#caught.values()].filter(({ path }) => path.includes('/quarter-hour-files/'))
  }

  async #pass(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const delivery: Delivery = {
      path: request.url ?? '',
      signature: `${request.headers[SIGNATURE_HEADER]}`,
      body: Buffer.concat(parts),
    }
    const given = await this.#deliver(delivery).catch(onlyAway)
    // CRS is away: the node sees a connection that ends.
    if (!given) return void request.socket.destroy()
    const first = this.#caught.get(delivery.path)
    if (first) this.#compare(first, given)
    else if (given.status === 200) {
      this.#caught.set(delivery.path, { ...delivery, answer: given })
      if (this.#options.chance() * this.#options.lostOneIn < 1) {
        this.lost++
        return void request.socket.destroy()
      }
    }
    const signature = given.headers[SIGNATURE_HEADER]
    answer.writeHead(given.status, {
      'content-type': given.headers['content-type'] ?? 'application/json',
      ...(signature === undefined ? {} : { [SIGNATURE_HEADER]: signature }),
    })
    answer.end(given.body)
  }

  async #deliver({ path, signature, body }: Delivery): Promise<HttpAnswer> {
    const place = { host: '127.0.0.1', port: this.#options.crsPort }
    const headers = {
      'content-type': 'text/plain; charset=us-ascii',
      'content-length': body.length,
      [SIGNATURE_HEADER]: signature,
    }
    const asked = { method: 'PUT', path, headers, body, deadlineMs: DEADLINE_MS } as const
    return await httpExchange(place, this.#connections, asked)
  }

  #compare({ path, answer: first }: Acknowledged, again: HttpAnswer): void {
    const same =
      again.status === first.status &&
      again.body.equals(first.body) &&
      again.headers[SIGNATURE_HEADER] === first.headers[SIGNATURE_HEADER]
    if (!same) this.differing.push(`${path}: ${again.status} ${again.body.toString()}`)
  }
}

function onlyAway(error: unknown): undefined {
  if (error instanceof Fault) return undefined
  throw error
}
