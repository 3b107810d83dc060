import { Agent } from 'node:http'
import { encodeDeliveries } from '../../domain/deliveries.js'
import { parseJstDay } from '../../domain/jst.js'
import { QUARTER_HOUR_FILE_MAX } from '../../domain/quarter-hour-file.js'
import { Fault } from '../../platform/fault.js'
import { type HttpAnswer, type HttpPlace, httpExchange } from '../../platform/http-exchange.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import { transferDeadlineMs } from '../../platform/transfer-deadline.js'
import {
  isTransferSignature,
  SIGNATURE_HEADER,
  transferSignature,
} from '../../platform/transfer-signature.js'
import type { Due, Failure, Refusal } from '../rules/transfer.js'
import type { Delivery } from '../store/deliveries.js'

/** What became of a file that was sent, in words for the log where CRS has any. */
export type Sent =
  /** The answer as it came, to be kept. */
  | { readonly outcome: 'acknowledged'; readonly answer: Uint8Array }
  | { readonly outcome: 'gap'; readonly expected: Due }
  | { readonly outcome: 'refused'; readonly because: Refusal; readonly why: string }
  | { readonly outcome: 'failed'; readonly because: Failure; readonly why: string }

/** A file on its way. */
export interface FileToSend {
  readonly delivery: Delivery
  readonly bytes: Uint8Array
}

export interface CrsClientOptions {
  readonly place: HttpPlace
  /** Name of this node. */
  readonly node: string
  /** The node's transfer key. */
  readonly key: string
}

/** Longest answer but a file that is given back, in bytes: 64 acknowledgements, in one array. */
const ANSWER_MAX = 1_048_576

const acknowledgement = compileSchema(
  Type.Object({
    node: Type.String(),
    number: Type.Optional(Type.Integer()),
    day: Type.Optional(Type.String()),
    count: Type.Integer(),
    sumYen: Type.Integer(),
    sha256: Type.String(),
    receivedAt: Type.String(),
  }),
)

const answersTogether = compileSchema(
  Type.Array(Type.Object({ status: Type.Integer(), answer: Type.String() }), { minItems: 1 }),
)

const expectation = compileSchema(
  Type.Object({ expected: Type.Union([Type.Integer({ minimum: 1 }), Type.String()]) }),
)

const refusal = compileSchema(
  Type.Object({
    code: Type.String(),
    message: Type.String(),
    expected: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.String()])),
  }),
)

/** CRS as a node sees it: files go there, signed, and each answer is read once, here. */
export class CrsClient {
  readonly #options: CrsClientOptions
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(options: CrsClientOptions) {
    this.#options = options
  }

  /**
   * Sends files, byte for byte, in one request. Answers what became of them in their order, up to the
   * first that CRS did not take. Never throws: what went wrong is an outcome.
   */
  async send(files: readonly FileToSend[]): Promise<readonly Sent[]> {
    const [first] = files
    if (!first) return []
    const names = files.map(({ delivery }) => nameOf(delivery.due))
    const named = files.map(({ bytes }, place) => ({ name: names[place] ?? '', bytes }))
    try {
      if (files.length === 1) {
        const answer = await this.#ask('PUT', names[0] ?? '', first.bytes)
        return [this.#read(answer, first.delivery)]
      }
      return this.#readTogether(
        await this.#ask('PUT', 'deliveries', encodeDeliveries(named)),
        files,
      )
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return [failed('PEER_UNREACHABLE', error.message)]
    }
  }

  close(): void {
    this.#connections.destroy()
  }

  /**
   * A file that CRS acknowledged, as it came there; `undefined` when CRS has none. Throws the fault that
   * keeps it from being known.
   */
  async accepted(due: Due): Promise<string | undefined> {
    const answer = await this.#ask('GET', nameOf(due), new Uint8Array(0), QUARTER_HOUR_FILE_MAX)
    if (!('status' in answer)) throw faultOf(answer)
    if (answer.status === 200) return answer.body.toString('latin1')
    if (answer.status === 404) return undefined
    throw new Fault('PEER_ANSWER_INVALID', `CRS answered ${answer.status} when asked for ${due}.`)
  }

  /** What CRS expects of this node next. Throws the fault that keeps it from being known. */
  async expected(): Promise<Due> {
    const answer = await this.#ask('GET', '', new Uint8Array(0))
    if (!('status' in answer)) throw faultOf(answer)
    const said = jsonOf(answer.body)
    if (answer.status === 200 && expectation.Check(said)) {
      const due = typeof said.expected === 'string' ? parseJstDay(said.expected) : said.expected
      if (due !== undefined) return due
    }
    throw new Fault('PEER_ANSWER_INVALID', `CRS answered ${answer.status} when asked what it has.`)
  }

  /** Asks CRS; the answer as it came, or the failure where CRS did not sign it. */
  async #ask(
    method: 'GET' | 'PUT',
    name: string,
    body: Uint8Array,
    answerMax = ANSWER_MAX,
  ): Promise<Pick<HttpAnswer, 'status' | 'body'> | Sent> {
    const { place, key, node } = this.#options
    const path = `/nodes/${node}${name && `/${name}`}`
    const headers = {
      ...(method === 'PUT' && { 'content-type': 'text/plain; charset=us-ascii' }),
      'content-length': body.length,
      [SIGNATURE_HEADER]: transferSignature(key, { method, path, body }),
    }
    const deadlineMs = transferDeadlineMs(body.length + answerMax)
    const request = { method, path, headers, body, deadlineMs, answerMax } as const
    const answer = await httpExchange(place, this.#connections, request)
    const { status } = answer
    if (status === 401) return failed('SIGNATURE_WRONG', 'CRS does not know the signature')
    const given = answer.headers[SIGNATURE_HEADER]
    if (!isTransferSignature(given, key, { status, path, body: answer.body })) {
      return failed('SIGNATURE_WRONG', `an answer ${status} that CRS did not sign`)
    }
    return answer
  }

  /** The answers to several files: each as it would have been to the file alone. */
  #readTogether(
    answer: Pick<HttpAnswer, 'status' | 'body'> | Sent,
    files: readonly FileToSend[],
  ): readonly Sent[] {
    if ('outcome' in answer) return [answer]
    const said = jsonOf(answer.body)
    if (answer.status !== 200 || !answersTogether.Check(said)) {
      return [this.#readRefused(answer.status, said)]
    }
    return files.flatMap(({ delivery }, place) => {
      const one = said[place]
      return one
        ? [this.#read({ status: one.status, body: Buffer.from(one.answer) }, delivery)]
        : []
    })
  }

  #read(answer: Pick<HttpAnswer, 'status' | 'body'> | Sent, delivery: Delivery): Sent {
    if ('outcome' in answer) return answer
    const { status, body } = answer
    const said = jsonOf(body)
    if (status === 200) return this.#readAcknowledgement(body, said, delivery)
    return this.#readRefused(status, said)
  }

  #readRefused(status: number, said: unknown): Sent {
    return refusal.Check(said)
      ? readRefusal(status, said)
      : failed('PEER_ANSWER_INVALID', `an answer ${status} of no known form`)
  }

  #readAcknowledgement(answer: Uint8Array, said: unknown, delivery: Delivery): Sent {
    const { due, sum, sha256, closed } = delivery
    const right =
      acknowledgement.Check(said) &&
      said.node === this.#options.node &&
      (typeof due === 'number' ? said.number === due : said.day === due) &&
      said.count === closed.recordCount &&
      said.sumYen === sum &&
      said.sha256 === sha256
    return right
      ? { outcome: 'acknowledged', answer }
      : failed('PEER_ANSWER_INVALID', 'an acknowledgement of something else')
  }
}

/** The one table from what CRS answers to what the node does. */
function readRefusal(
  status: number,
  { code, message, expected }: { code: string; message: string; expected?: number | string },
): Sent {
  switch (`${status} ${code}`) {
    case '409 SEQUENCE_GAP': {
      const due = typeof expected === 'string' ? parseJstDay(expected) : expected
      return due === undefined
        ? failed('PEER_ANSWER_INVALID', 'a gap that names nothing')
        : { outcome: 'gap', expected: due }
    }
    case '409 CONTENT_CHANGED':
      return { outcome: 'refused', because: 'CONTENT_CHANGED', why: message }
    case '422 FILE_MALFORMED':
      return { outcome: 'refused', because: 'FILE_MALFORMED', why: message }
    case '422 DAY_CLOSE_DIFFERS':
      return { outcome: 'refused', because: 'DAY_CLOSE_DIFFERS', why: message }
    case '503 STORE_FAILED':
      return failed('STORE_FAILED', message)
    case '503 OVERLOADED':
      return failed('OVERLOADED', message)
    default:
      return failed('PEER_ANSWER_INVALID', `an answer ${status} ${code}: ${message}`)
  }
}

/** How a request for a file alone names it. */
const nameOf = (due: Due): string =>
  `${typeof due === 'number' ? 'quarter-hour-files' : 'day-closes'}/${due}`

/** A failure, for who asks and cannot go on without. */
const faultOf = (sent: Sent): Fault =>
  sent.outcome === 'failed'
    ? new Fault(sent.because, `CRS gave no answer that counts: ${sent.why}.`)
    : new Fault('PEER_ANSWER_INVALID', 'CRS answered another question.')

const failed = (because: Failure, why: string): Sent => ({ outcome: 'failed', because, why })

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
