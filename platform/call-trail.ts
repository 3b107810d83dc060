import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { CallNote, PlacedNote, SeenMessage } from '../domain/call-note.js'
import { LADDER_LOG_MESSAGE } from '../domain/charge-ladder.js'
import type { Clock } from '../domain/clock.js'
import type { Logger } from './log.js'

/** Where a program's notes of its calls are told, whoever makes them; nobody need listen. */
const notesTold = channel('mcscp.call-notes')

/** Where a signalling engine tells the messages that passed. */
const messagesTold = channel('mcscp.call-messages')

/** A message as it is told. */
export type PassedMessage = Omit<SeenMessage, 'place' | 'at'>

/** Notes something of a call for who watches. Costs nothing where nobody keeps it, and never waits. */
export const noteCall = (note: CallNote): void => notesTold.publish(note)

/** Notes and logs that a call took a step of Figure 3. */
export function noteStep(
  log: Pick<Logger, 'info'>,
  step: number,
  call: CallNote['call'],
  facts: Readonly<Record<string, unknown>>,
): void {
  log.info({ ...facts, step }, LADDER_LOG_MESSAGE)
  noteCall({ type: 'step', call, step })
}

/** Whether anybody keeps the messages that pass: making them ready costs time. */
export const keepsMessages = (): boolean => messagesTold.hasSubscribers

/** Tells of a message that passed. */
export const tellMessage = (message: PassedMessage): void => messagesTold.publish(message)

/** Most notes and messages that a program keeps; the oldest go. */
const NOTES_KEPT = 8_192
const MESSAGES_KEPT = 2_048

/** Most of one answer. */
const NOTES_TOLD_MAX = 1_000
const MESSAGES_TOLD_MAX = 200

/** What a program tells of its calls. */
export interface TrailNotes {
  /** Which run of the program the places are of. */
  readonly trail: string
  readonly notes: readonly PlacedNote[]
  readonly more: boolean
}

/** What a signalling engine tells of the messages of one call. */
export interface TrailMessages {
  readonly trail: string
  readonly messages: readonly SeenMessage[]
}

/**
 * What a program remembers of its calls for who watches them: so much and no more, in memory, gone with
 * the program. It is told beside the work, keeps what it is given and asks nobody, so that no call is
 * slower for it, whether noc runs, is slow, or is gone (requirement M-04).
 */
export class CallTrail {
  readonly #trail = randomUUID()
  readonly #clock: Clock
  readonly #notes = new Ring<PlacedNote>(NOTES_KEPT)
  readonly #messages = new Ring<SeenMessage>(MESSAGES_KEPT)

  constructor(clock: Clock) {
    this.#clock = clock
    // Only the functions above tell anything here.
    notesTold.subscribe(this.#note)
    messagesTold.subscribe(this.#message)
  }

  /** The notes behind a place of a trail, oldest first; all there are when it is another trail. */
  notes(after: number, trail: string): TrailNotes {
    const behind = this.#notes.after(trail === this.#trail ? after : 0, NOTES_TOLD_MAX + 1)
    const more = behind.length > NOTES_TOLD_MAX
    return { trail: this.#trail, notes: behind.slice(0, NOTES_TOLD_MAX), more }
  }

  /** The messages of these Call-IDs behind a place of a trail, oldest first. */
  messages(callIds: readonly string[], after: number, trail: string): TrailMessages {
    const messages = this.#messages
      .after(trail === this.#trail ? after : 0)
      .filter(({ callId }) => callIds.includes(callId))
      .slice(0, MESSAGES_TOLD_MAX)
    return { trail: this.#trail, messages }
  }

  /** Keeps nothing more. */
  close(): void {
    notesTold.unsubscribe(this.#note)
    messagesTold.unsubscribe(this.#message)
  }

  readonly #note = (note: unknown) => {
    const at = this.#clock.now()
    this.#notes.add(place => ({ ...(note as CallNote), place, at }))
  }

  readonly #message = (message: unknown) => {
    const at = this.#clock.now()
    this.#messages.add(place => ({ ...(message as PassedMessage), place, at }))
  }
}

/** The newest of what was added, each at a place of its own, from 1 on. */
class Ring<Kept> {
  readonly #size: number
  readonly #slots: Kept[] = []
  #last = 0

  constructor(size: number) {
    this.#size = size
  }

  add(make: (place: number) => Kept): void {
    this.#last++
    this.#slots[this.#last % this.#size] = make(this.#last)
  }

  /** What is kept behind a place, oldest first, at most so many. */
  after(place: number, max: number = this.#size): Kept[] {
    const first = Math.max(place, this.#last - this.#size) + 1
    const count = Math.min(max, Math.max(0, this.#last - first + 1))
    return Array.from({ length: count }, (_, index) => first + index).flatMap(
      at => this.#slots[at % this.#size] ?? [],
    )
  }
}
