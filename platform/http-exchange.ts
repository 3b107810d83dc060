import { type Agent, type IncomingHttpHeaders, request as send } from 'node:http'
import { Fault } from './fault.js'

/** Where another program answers: a Unix socket, or host and port. */
export type HttpPlace =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number }

/** One request as it goes over the wire. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string | Uint8Array | undefined
  /** Longest wait for the whole answer, in ms. */
  readonly deadlineMs: number
  /** Longest answer that is read, in bytes; 16 MiB where nothing is said. */
  readonly answerMax?: number
}

/** An answer as it came. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Longest answer that is read where who asks says nothing, in bytes. */
const ANSWER_MAX = 16 * 1_048_576

/** The place in words, for messages. */
export const placeText = (place: HttpPlace): string =>
  'socketPath' in place ? place.socketPath : `${place.host}:${place.port}`

/**
 * Asks another program. Throws `PEER_UNREACHABLE` when there is no whole answer within the deadline; any
 * status is an answer, for the caller to read.
 */
export const httpExchange = (
  place: HttpPlace,
  connections: Agent,
  { method, path, headers = {}, body, deadlineMs, answerMax = ANSWER_MAX }: HttpRequest,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new Fault('PEER_UNREACHABLE', `${placeText(place)} gave no answer: ${cause.message}.`, {
          cause,
        }),
      )
    const asked = send({ ...place, agent: connections, method, path, headers }, answer => {
      const parts: Buffer[] = []
      let length = 0
      answer.on('data', (part: Buffer) => {
        length += part.length
        if (length > answerMax) asked.destroy(new Error('the answer is too long'))
        else parts.push(part)
      })
      answer.once('error', fail)
      answer.once('end', () => {
        clearTimeout(deadline)
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers, body: Buffer.concat(parts) })
      })
    })
    const deadline = setTimeout(
      () => asked.destroy(new Error(`nothing within ${deadlineMs} ms`)),
      deadlineMs,
    )
    asked.once('error', error => {
      clearTimeout(deadline)
      fail(error)
    })
    asked.end(body)
  })
