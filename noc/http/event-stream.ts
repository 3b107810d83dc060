import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sessions } from '../store/sessions.js'
import { sessionOf } from './guard.js'

/** Pause between two signs of life on a stream on which nothing happens, in ms. */
const SIGN_OF_LIFE_MS = 15_000

/** What a watcher that reads too slowly may leave unread, in bytes; beyond, the stream is cut and begun anew. */
const UNREAD_MAX = 1_048_576

/** What was written of the messages that live: one that a hundred watchers are told is written once. */
const written = new WeakMap<object, Buffer>()

/** A message as an event; what its watchers are told of is never changed. */
function eventOf<Message extends { readonly type: string }>(message: Message): Buffer {
  const before = written.get(message)
  if (before) return before
  const { type, ...said } = message
  const event = Buffer.from(`event: ${type}\ndata: ${JSON.stringify(said)}\n\n`)
  written.set(message, event)
  return event
}

/**
 * Server-sent events (WHATWG HTML §9.2), each message under the name of its type, until the watcher leaves
 * or the session is over. A page that is watched is in use: each sign of life counts as one.
 */
export async function eventStream<Message extends { readonly type: string }>(
  request: FastifyRequest,
  reply: FastifyReply,
  sessions: Sessions,
  watch: (told: (message: Message) => void) => Promise<() => void>,
): Promise<void> {
  reply.hijack()
  const { raw } = reply
  // Who asked may have left while the session was looked up; nothing tells of that a second time.
  if (raw.destroyed) return
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  raw.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
  const write = (text: string | Buffer) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > UNREAD_MAX) raw.destroy()
    else raw.write(text)
  }
  let leave = () => {}
  const life = setInterval(async () => {
    if (await sessionOf(request, sessions)) write(': alive\n\n')
    else raw.end()
  }, SIGN_OF_LIFE_MS)
  raw.once('close', () => {
    clearInterval(life)
    leave()
  })
  try {
    leave = await watch(message => write(eventOf(message)))
  } catch (error) {
    raw.destroy()
    throw error
  }
  if (raw.destroyed) leave()
}
