import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** How CRS behaves towards one request. */
export type Mood =
  | 'honest'
  /** Takes the file, and its answer is lost. */
  | 'mute'
  /** Neither takes the file nor answers. */
  | 'deaf'
  /** Answers without a signature of its own. */
  | 'forging'
  /** Refuses by these words, signed. */
  | { readonly status: number; readonly body: object }
  /** Of several files, takes so many, and refuses the next by these words. */
  | { readonly after: number; readonly status: number; readonly body: object }

type Answer = readonly [status: number, answer: Buffer]

interface Taken {
  readonly bytes: Buffer
  readonly answer: Buffer
}

/**
 * A CRS at the edge, by docs/formats/transfer-to-crs.md alone: takes files in order, acknowledges a repeat by
 * the same bytes, and refuses what the page says. Its mood is set by hand, a request at a time.
 */
export class HonestCrs {
  readonly #server: Server
  readonly #key: string
  readonly taken = new Map<string, Taken>()
  /** Every file that was brought, as `quarter-hour-files/1`. */
  readonly asked: string[] = []
  /** How many files each request brought. */
  readonly together: number[] = []
  /** How the next requests are met; then honestly. */
  readonly moods: Mood[] = []
  port = 0

  private constructor(key: string) {
    this.#key = key
    this.#server = createServer((request, reply) => void this.#serve(request, reply))
  }

  static async open(t: { teardown(end: () => unknown): unknown }, key: string, port = 0) {
    const crs = new HonestCrs(key)
    crs.#server.listen(port, '127.0.0.1')
    await once(crs.#server, 'listening')
    const address = crs.#server.address()
    crs.port = typeof address === 'object' ? (address?.port ?? 0) : 0
    t.teardown(() => crs.close())
    return crs
  }

  /** Goes away; what it took it keeps. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  /** Comes back at the same place. */
  async comeBack(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Texts of the files under a name, in the order they were taken. */
  texts(of: 'quarter-hour-files' | 'day-closes'): string[] {
    return [...this.taken]
      .filter(([name]) => name.startsWith(of))
      .map(([, { bytes }]) => bytes.toString('latin1'))
  }

  async #serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const path = request.url ?? ''
    const name = path.split('/').slice(3).join('/')
    const files = name === 'deliveries' ? filesIn(body) : [{ name, bytes: body }]
    this.asked.push(...files.map(one => one.name))
    this.together.push(files.length)
    const mood = this.moods.shift() ?? 'honest'
    const lines = [request.method, path, sha256(body)]
    if (request.headers['mcscp-signature'] !== this.#sign(lines)) {
      reply.writeHead(401).end('{"code":"SIGNATURE_WRONG","message":"not signed"}')
      return
    }
    if (mood === 'deaf') return void request.socket.destroy()
    const taken = request.method === 'GET' ? [this.#giveBack(name)] : this.#takeAll(files, mood)
    const [[status, answer] = [0, Buffer.alloc(0)]] =
      name === 'deliveries' ? [answersTogether(taken)] : taken
    if (mood === 'mute') return void request.socket.destroy()
    const signature = this.#sign(['answer', `${status}`, path, sha256(answer)])
    const headers = { 'mcscp-signature': mood === 'forging' ? '0'.repeat(64) : signature }
    reply.writeHead(status, headers).end(answer)
  }

  /** What is answered to each file, up to the first that is not taken. */
  #takeAll(files: readonly { name: string; bytes: Buffer }[], mood: Mood): Answer[] {
    const answers: Answer[] = []
    for (const { name, bytes } of files) {
      const refused =
        typeof mood === 'object' && answers.length >= ('after' in mood ? mood.after : 0)
      const answer = refused ? ([mood.status, json(mood.body)] as const) : this.#take(name, bytes)
      answers.push(answer)
      if (answer[0] !== 200) break
    }
    return answers
  }

  #giveBack(name: string): Answer {
    const taken = this.taken.get(name)
    return taken ? [200, taken.bytes] : [404, json({ code: 'NO_SUCH_ROUTE', message: 'none' })]
  }

  #take(name: string, bytes: Buffer): Answer {
    const before = this.taken.get(name)
    if (before) {
      if (before.bytes.equals(bytes)) return [200, before.answer]
      return [409, json({ code: 'CONTENT_CHANGED', message: 'another content' })]
    }
    const expected = this.#expected()
    if (name !== expected) {
      const text = expected.split('/')[1] ?? ''
      const due = expected.startsWith('day') ? text : Number(text)
      return [409, json({ code: 'SEQUENCE_GAP', message: 'a gap', expected: due })]
    }
    const answer = acknowledgement(name, bytes)
    this.taken.set(name, { bytes, answer })
    return [200, answer]
  }

  /** A day's close follows the file that ends at midnight in Japan. */
  #expected(): string {
    const [last, { bytes } = { bytes: Buffer.alloc(0) }] = [...this.taken].at(-1) ?? ['']
    if (last === '') return 'quarter-hour-files/1'
    if (last.startsWith('quarter')) {
      const began = bytes.toString('latin1').slice(29, 41)
      if (began.endsWith('2345')) {
        return `day-closes/${began.slice(0, 4)}-${began.slice(4, 6)}-${began.slice(6, 8)}`
      }
    }
    const files = [...this.taken.keys()].filter(name => name.startsWith('quarter')).length
    return `quarter-hour-files/${files + 1}`
  }

  #sign(lines: readonly (string | undefined)[]): string {
    return createHmac('sha256', this.#key).update(lines.join('\n')).digest('hex')
  }
}

/** Files that came in one request: for each a line with name and length, then its bytes. */
function filesIn(body: Buffer): { name: string; bytes: Buffer }[] {
  const files: { name: string; bytes: Buffer }[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\n', at)
    const [name = '', length = ''] = body.toString('latin1', at, end).split(' ')
    at = end + 1 + Number(length)
    files.push({ name, bytes: body.subarray(end + 1, at) })
  }
  return files
}

const answersTogether = (answers: readonly Answer[]): Answer => [
  200,
  json(answers.map(([status, answer]) => ({ status, answer: answer.toString() }))),
]

function acknowledgement(name: string, bytes: Buffer): Buffer {
  const [, what = ''] = name.split('/')
  const trailer = bytes.toString('latin1').split('\n').at(-2) ?? ''
  return json({
    node: 'scp1',
    ...(name.startsWith('day') ? { day: what } : { number: Number(what) }),
    count: Number(trailer.slice(1, 11)),
    sumYen: Number(trailer.slice(11, 24)),
    sha256: trailer.slice(31),
    receivedAt: `2000-12-01T00:00:00.${`${bytes.length % 1000}`.padStart(3, '0')}+09:00`,
  })
}

const json = (body: object): Buffer => Buffer.from(JSON.stringify(body))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
