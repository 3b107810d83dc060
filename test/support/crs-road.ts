import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { decodeDeliveries, encodeDeliveries, type NamedFile } from '../../domain/deliveries.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { type HttpAnswer, httpExchange } from '../../platform/http-exchange.js'
import {
  isTransferSignature,
  SIGNATURE_HEADER,
  transferKey,
  transferSignature,
} from '../../platform/transfer-signature.js'

/** A file that CRS acknowledged, and the text of its first acknowledgement. */
interface Acknowledged extends NamedFile {
  readonly answer: string
}

/** How long CRS may take to answer, in ms; a node waits as long. */
const DEADLINE_MS = 10_000

/** Most files that are repeated in one request. */
const TOGETHER_MAX = 4

export interface CrsRoadOptions {
  readonly crsPort: number
  readonly node: string
  /** Where the node's key is. */
  readonly home: Home
  readonly chance: () => number
  /** Of so many requests one is acknowledged, and the node never sees it; it then sends again. */
  readonly lostOneIn: number
}

/**
 * The road from scp to CRS, on which somebody stands who catches what is delivered, delivers it again out
 * of order, alone or several together, and lets some answers get lost.
 */
export class CrsRoad {
  /** Where scp finds CRS. */
  readonly port: number
  /** Files that were delivered again, and of these how many behind a later one. */
  repeated = 0
  outOfOrder = 0
  /** Answers that scp never saw. */
  lost = 0
  /** Acknowledgements that were not the first one of their file, byte for byte. */
  readonly differing: string[] = []
  readonly #options: CrsRoadOptions
  readonly #connections = new Agent({ keepAlive: true })
  /** By name, in the order of the node. */
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

  /** The first acknowledgement of each file, by its name: `quarter-hour-files/42`. */
  acknowledgements(): ReadonlyMap<string, string> {
    return new Map([...this.#caught].map(([name, { answer }]) => [name, answer]))
  }

  /** Delivers quarter-hour files again, up to `most`, as chance takes them; `false` when CRS is away. */
  async repeat(most: number): Promise<boolean> {
    const { chance } = this.#options
    const files = [...this.#caught.values()].filter(({ name }) => name.startsWith('quarter'))
    if (files.length === 0) return false
    const count = Math.min(most, 1 + Math.floor(chance() * TOGETHER_MAX))
    const places = Array.from({ length: count }, () => Math.floor(chance() * files.length))
    const chosen = places.flatMap(place => files[place] ?? [])
    const answers = await this.#deliverAgain(chosen)
    if (!answers) return false
    for (const [index, place] of places.entries()) {
      this.repeated++
      if (place < this.#lastRepeated) this.outOfOrder++
      this.#lastRepeated = place
      const one = chosen[index]
      if (one) this.#compare(one, answers[index] ?? 'no answer')
    }
    return true
  }

  /** Answers to files that were sent again, as the node that they are from would. */
  async #deliverAgain(files: readonly NamedFile[]): Promise<readonly string[] | undefined> {
    const { node, home } = this.#options
    const [first, ...more] = files
    if (!first) return []
    const alone = more.length === 0
    const path = `/nodes/${node}/${alone ? first.name : 'deliveries'}`
    const body = alone ? first.bytes : encodeDeliveries(files)
    const key = transferKey(home, node)
    const signature = transferSignature(key, { method: 'PUT', path, body })
    const answer = await this.#ask(path, body, signature)
    if (!answer) return undefined
    const { status } = answer
    const signed = { status, path, body: answer.body }
    if (!isTransferSignature(answer.headers[SIGNATURE_HEADER], key, signed)) {
      this.differing.push(`${path}: not signed`)
    }
    return answersIn(files, answer)
  }

  async #pass(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const path = request.url ?? ''
    const given = await this.#ask(path, body, `${request.headers[SIGNATURE_HEADER]}`)
    // CRS is away: the node sees a connection that ends.
    if (!given) return void request.socket.destroy()
    const fresh = this.#catch(path, body, given)
    if (fresh && this.#options.chance() * this.#options.lostOneIn < 1) {
      this.lost++
      return void request.socket.destroy()
    }
    const signature = given.headers[SIGNATURE_HEADER]
    answer.writeHead(given.status, {
      'content-type': given.headers['content-type'] ?? 'application/json',
      ...(signature === undefined ? {} : { [SIGNATURE_HEADER]: signature }),
    })
    answer.end(given.body)
  }

  /** Keeps what CRS acknowledged; whether any of it is new. */
  #catch(path: string, body: Buffer, given: HttpAnswer): boolean {
    const name = path.slice(`/nodes/${this.#options.node}/`.length)
    const files = name === 'deliveries' ? decodeDeliveries(body) : [{ name, bytes: body }]
    let fresh = false
    for (const [index, answer] of answersIn(files ?? [], given).entries()) {
      const file = files?.[index]
      if (!file || !answer.startsWith(ACKNOWLEDGED)) continue
      const first = this.#caught.get(file.name)
      if (first) this.#compare(first, answer)
      else this.#caught.set(file.name, { ...file, answer })
      fresh ||= !first
    }
    return fresh
  }

  async #ask(path: string, body: Uint8Array, signature: string): Promise<HttpAnswer | undefined> {
    const place = { host: '127.0.0.1', port: this.#options.crsPort }
    const headers = {
      'content-type': 'text/plain; charset=us-ascii',
      'content-length': body.length,
      [SIGNATURE_HEADER]: signature,
    }
    const asked = { method: 'PUT', path, headers, body, deadlineMs: DEADLINE_MS } as const
    return await httpExchange(place, this.#connections, asked).catch(onlyAway)
  }

  #compare({ name, answer }: Acknowledged, again: string): void {
    if (again !== answer) this.differing.push(`${name}: ${again}, at first ${answer}`)
  }
}

/** Before the text of an acknowledgement. */
const ACKNOWLEDGED = '200 '

/** The answers to files, in their order: status and text. */
function answersIn(files: readonly NamedFile[], { status, body }: HttpAnswer): string[] {
  const text = body.toString()
  if (files.length === 1) return [`${status} ${text}`]
  if (status !== 200) return files.map(() => `${status} ${text}`)
  const answers = JSON.parse(text) as readonly { status: number; answer: string }[]
  return answers.map(({ status, answer }) => `${status} ${answer}`)
}

function onlyAway(error: unknown): undefined {
  if (error instanceof Fault) return undefined
  throw error
}
