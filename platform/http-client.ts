import { Agent, request as send } from 'node:http'
import { Fault } from './fault.js'

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

/** Longest answer that is read, in bytes. */
const ANSWER_MAX = 16 * 1_048_576

/**
 * Asks another program over its Unix socket. Connections are kept and shared. Throws
 * `PEER_UNREACHABLE` when there is no whole answer within the deadline, `PEER_ANSWER_INVALID` when
 * it is not JSON; any status is an answer, for the caller to read.
 */
export class SocketClient {
  readonly #path: string
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 64 })

  constructor(path: string) {
    this.#path = path
  }

  async ask({ method, path, body, deadlineMs }: JsonRequest): Promise<JsonAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await this.#exchange(method, path, text, deadlineMs)
    try {
      return {
        status: answer.status,
        body: answer.text === '' ? undefined : JSON.parse(answer.text),
      }
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

  #exchange(method: string, path: string, text: string | undefined, deadlineMs: number) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(
          new Fault('PEER_UNREACHABLE', `${this.#path} gave no answer: ${cause.message}.`, {
            cause,
          }),
        )
      const asked = send(
        {
          socketPath: this.#path,
          agent: this.#connections,
          method,
          path,
          headers:
            text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        answer => {
          const parts: Buffer[] = []
          let length = 0
          answer.on('data', (part: Buffer) => {
            length += part.length
            if (length > ANSWER_MAX) asked.destroy(new Error('the answer is too long'))
            else parts.push(part)
          })
          answer.once('error', fail)
          answer.once('end', () => {
            clearTimeout(deadline)
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') })
          })
        },
      )
      const deadline = setTimeout(
        () => asked.destroy(new Error(`nothing within ${deadlineMs} ms`)),
        deadlineMs,
      )
      asked.once('error', error => {
        clearTimeout(deadline)
        fail(error)
      })
      asked.end(text)
    })
  }
}
