import { Agent } from 'node:http'
import { Fault } from './fault.js'
import { httpExchange } from './http-exchange.js'

/** An answer as it came, its body read as JSON. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Longest wait for the whole answer, in ms. */
  readonly deadlineMs: number
}

/**
 * Asks another program over its Unix socket. Connections are kept and shared. Throws
 * `PEER_UNREACHABLE` when there is no whole answer within the deadline, `PEER_ANSWER_INVALID` when
 * it is not JSON; any status is an answer, for the caller to read.
 */
export class SocketClient {
  readonly #path: string
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 256 })

  constructor(path: string) {
    this.#path = path
  }

  async ask({ method, path, body, deadlineMs }: JsonRequest): Promise<JsonAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const request = { method, path, headers, body: text, deadlineMs }
    const answer = await httpExchange({ socketPath: this.#path }, this.#connections, request)
    try {
      const said = answer.body.toString('utf8')
      return { status: answer.status, body: said === '' ? undefined : JSON.parse(said) }
    } catch (cause) {
      throw new Fault('PEER_ANSWER_INVALID', `${this.#path} answered something that is not JSON.`, {
        cause,
      })
    }
  }

  /** Closes idle connections; requests under way are answered or fail. */
  close(): void {
    this.#connections.destroy()
  }
}
