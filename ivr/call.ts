import type { CallTime } from './call-time.js'
import type { Channel } from './channel.js'
import type { Dialogue, VoiceAction, VoiceEvent } from './dialogue.js'

/** A dialogue under way on one call's channel. */
export interface Conversation<State> {
  /** Resolves with the last state once the dialogue has ended and all it decided is done. */
  readonly over: Promise<State>
  /** The program ends: brings the call to its end soon, in order. */
  close(): void
}

/**
 * Does what a dialogue decides besides speaking and listening; what comes of it is posted as an event.
 * An error ends the call.
 */
export type Perform<OwnEvent, OwnAction> = (
  action: OwnAction,
  post: (event: OwnEvent) => void,
) => Promise<void> | void

/**
 * Drives a dialogue: carries out what it decides, and tells it what came of that. Speaking and listening
 * happen one after the other, everything else beside them; events reach the dialogue one at a time, in
 * the order they came. The caller's going is one of them.
 */
export function converse<State, OwnEvent, OwnAction extends { readonly type: string }>(
  dialogue: Dialogue<State, OwnEvent, OwnAction>,
  channel: Channel,
  time: CallTime,
  perform: Perform<OwnEvent, OwnAction>,
): Conversation<State> {
  const events = new Mailbox<VoiceEvent | OwnEvent>()
  channel.onGone(() => events.post({ type: 'caller_gone' }))
  return {
    over: drive(dialogue, channel, time, perform, events),
    close: () => events.post({ type: 'closing' }),
  }
}

async function drive<State, OwnEvent, OwnAction extends { readonly type: string }>(
  dialogue: Dialogue<State, OwnEvent, OwnAction>,
  channel: Channel,
  time: CallTime,
  perform: Perform<OwnEvent, OwnAction>,
  events: Mailbox<VoiceEvent | OwnEvent>,
): Promise<State> {
  const post = (event: VoiceEvent | OwnEvent) => events.post(event)
  const failed = (error: unknown) => events.fail(error)
  const beganMs = time.nowMs()
  let spoken = Promise.resolve()
  let [state, ...actions] = dialogue.begin
  for (;;) {
    for (const action of actions) {
      if (isVoice(action)) {
        spoken = spoken.then(() => speak(channel, action, post))
        spoken.catch(failed)
      } else {
        Promise.resolve(perform(action, post)).catch(failed)
      }
    }
    if (dialogue.isOver(state)) break
    const event = await events.take()
    ;[state, ...actions] = dialogue.next(state, event, time.nowMs() - beganMs)
  }
  await spoken
  return state
}

const VOICE: Readonly<Record<VoiceAction['type'], true>> = {
  answer: true,
  play: true,
  read_key: true,
  flush_keys: true,
  hang_up: true,
}

const isVoice = (action: { readonly type: string }): action is VoiceAction =>
  Object.hasOwn(VOICE, action.type)

/** A call that is over answers nothing here: its channel tells that by itself. */
async function speak(
  channel: Channel,
  action: VoiceAction,
  post: (event: VoiceEvent) => void,
): Promise<void> {
  switch (action.type) {
    case 'answer':
      if ((await channel.answer()) === 'answered') post({ type: 'answered' })
      return
    case 'play':
      if ((await channel.play(action.clips)) === 'played') post({ type: 'played' })
      return
    case 'read_key': {
      const key = await channel.readKey(action.clips, action.waitMs)
      if (key !== 'gone') post(key === undefined ? { type: 'no_key' } : { type: 'key', key })
      return
    }
    case 'flush_keys':
      return channel.flushKeys()
    case 'hang_up':
      return channel.hangup()
  }
}

/** Events on their way to the dialogue. */
class Mailbox<Event> {
  readonly #waiting: Event[] = []
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  post(event: Event): void {
    this.#waiting.push(event)
    this.#wake?.()
  }

  /** What waits and what is to come is not taken any more: `take` throws. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  async take(): Promise<Event> {
    for (;;) {
      if (this.#failure) throw this.#failure.error
      const [event] = this.#waiting.splice(0, 1)
      if (event !== undefined) return event
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
