import type { CallNames } from '../../domain/call-note.js'
import { type MessagesTold, TRAIL_BEGINNING, type TrailPlace } from './ask-trail.js'
import { ENGINES, type EngineMessage, type EngineProgram } from './ladder.js'

/** Most messages of one call that are kept; a charge call has a tenth of it. */
const MESSAGES_MAX = 500

/** How the engines are asked for the messages of some Call-IDs behind a place. */
export type AskMessages = (
  engine: EngineProgram,
  callIds: readonly string[],
  place: TrailPlace,
) => Promise<MessagesTold | undefined>

/** The messages of a call that somebody watches, fetched as they come; of no other call are any asked for. */
export class WatchedMessages {
  readonly #ask: AskMessages
  readonly #places = new Map<EngineProgram, TrailPlace>()
  #messages: EngineMessage[] = []
  #callIds: readonly string[] = []

  constructor(ask: AskMessages) {
    this.#ask = ask
  }

  /** All that passed until now, as far as the engines remember it. */
  async of({ phone, mcscp, media }: CallNames): Promise<readonly EngineMessage[]> {
    const callIds = [phone, mcscp, media].flatMap(id => id ?? [])
    // A leg that was not known before may have messages behind us.
    if (callIds.length !== this.#callIds.length) this.#beginAgain(callIds)
    await Promise.all(ENGINES.map(engine => this.#fetch(engine)))
    return this.#messages
  }

  #beginAgain(callIds: readonly string[]): void {
    this.#callIds = callIds
    this.#places.clear()
    this.#messages = []
  }

  async #fetch(engine: EngineProgram): Promise<void> {
    const place = this.#places.get(engine) ?? TRAIL_BEGINNING
    const told = await this.#ask(engine, this.#callIds, place)
    if (!told) return
    const { trail, messages } = told
    const room = MESSAGES_MAX - this.#messages.length
    this.#messages.push(...messages.slice(0, room).map(message => ({ ...message, engine })))
    const after = messages.at(-1)?.place ?? (trail === place.trail ? place.after : 0)
    this.#places.set(engine, { trail, after })
  }
}
