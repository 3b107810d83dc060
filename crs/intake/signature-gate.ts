import type { FastifyReply, FastifyRequest } from 'fastify'
import { clearAlarm, raiseAlarm, settleAlarms } from '../../platform/alarm.js'
import type { httpEdge } from '../../platform/http-edge.js'
import type { Logger } from '../../platform/log.js'
import {
  isTransferSignature,
  SIGNATURE_HEADER,
  transferSignature,
} from '../../platform/transfer-signature.js'

export interface SignatureGateOptions {
  /** Transfer key of each node that CRS serves. */
  readonly keys: ReadonlyMap<string, string>
  readonly log: Logger
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** Longest silence of the alarm while unsigned requests go on, in ms: no caller may fill the log. */
const ALARM_EVERY_MS = 60_000

/**
 * Lets only signed requests of known nodes pass, and signs what they are answered
 * (docs/formats/transfer-to-crs.md). Who sends no signature, or is no node, has not even its body read.
 */
export function signatureGate(
  edge: ReturnType<typeof httpEdge>,
  { keys, log, nowMs }: SignatureGateOptions,
): void {
  const signedBy = new WeakMap<FastifyRequest, string>()
  const refusals = new Refusals(log, nowMs)
  const keyOf = (request: FastifyRequest) => keys.get(nodeOf(request) ?? '')

  edge.addHook('onRequest', async (request, reply) => {
    const given = request.headers[SIGNATURE_HEADER]
    if (keyOf(request) === undefined || typeof given !== 'string') return refuse(request, reply)
  })
  edge.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    const signed = { method: request.method, path: request.url, body: bytesOf(request.body) }
    if (!key || !isTransferSignature(request.headers[SIGNATURE_HEADER], key, signed)) {
      return refuse(request, reply)
    }
    signedBy.set(request, key)
    refusals.passed(nodeOf(request))
  })
  edge.addHook('onSend', async (request, reply, payload) => {
    const key = signedBy.get(request)
    if (key === undefined || typeof payload !== 'string') return
    const answer = { status: reply.statusCode, path: request.url, body: Buffer.from(payload) }
    reply.header(SIGNATURE_HEADER, transferSignature(key, answer))
  })

  function refuse(request: FastifyRequest, reply: FastifyReply) {
    refusals.refused(nodeOf(request), request.ip)
    return reply.code(401).send({
      code: 'SIGNATURE_WRONG',
      message: 'The request is not signed by a node that CRS serves.',
    })
  }
}

/** Counts what is refused, and tells of it without letting a caller fill the log. */
class Refusals {
  readonly #log: Logger
  readonly #nowMs: () => number
  #count = 0
  #toldMs = Number.NEGATIVE_INFINITY
  /** Nodes in whose name something was refused, as the alarm said. */
  readonly #told = new Set<string>()

  constructor(log: Logger, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
  }

  refused(node: string | undefined, from: string): void {
    this.#count++
    const now = this.#nowMs()
    if (now - this.#toldMs < ALARM_EVERY_MS) return
    this.#toldMs = now
    if (node !== undefined) this.#told.add(node)
    raiseAlarm(this.#log, 'SIGNATURE_WRONG', 'major', { node, from, refused: this.#count })
  }

  passed(node: string | undefined): void {
    if (node === undefined) return
    if (!this.#told.delete(node)) settleAlarms(['SIGNATURE_WRONG'], { node })
    else clearAlarm(this.#log, 'SIGNATURE_WRONG', { node, refused: this.#count })
  }
}

/** The node that a path speaks of; what is not a node's name is none. */
const nodeOf = (request: FastifyRequest): string | undefined =>
  /^\/nodes\/([a-z0-9-]{1,16})(?:\/|$)/.exec(request.url)?.[1]

/** A body as it came; a request without one has an empty one. */
export const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : new Uint8Array(0)
