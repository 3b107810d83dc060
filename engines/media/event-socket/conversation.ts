import type { Socket } from 'node:net'
import type { Logger } from '../../../platform/log.js'
import type { Timer } from '../../signalling/scheduler.js'
import type { ConversationEnd, SocketTarget } from '../applications/socket.js'
import type { Channel } from '../channel/channel.js'
import type { EventBus, EventListener, MediaEvent } from '../events/event-bus.js'
import type { MonotonicTime } from '../monotonic-time.js'
import type { Switchboard } from '../switchboard.js'
import { answerCommand } from './commands.js'
import { formatEvent } from './event-format.js'
import { type Command, CommandReader } from './framing.js'
import { disconnectNotice, formatReply, lingerNotice, type Reply } from './replies.js'
import { Subscription } from './subscription.js'
import type { Permissions } from './users.js'

/** What all event sockets of an engine share. */
export interface SocketSurroundings {
  readonly switchboard: Switchboard
  readonly events: EventBus
  readonly time: MonotonicTime
  readonly log: Logger
}

/** The channel that a connection controls, and what it may do. */
export interface Control extends Pick<SocketTarget, 'async' | 'full'> {
  readonly channel: Channel
}

/** Bytes that may wait for an application that does not read; beyond, it is given up. */
const MOST_UNREAD = 16 * 1024 * 1024

/**
 * One connection with an application, whichever side opened it: reads commands, answers each in order,
 * and tells events in between (esl-protocol §1).
 */
export class Conversation implements EventListener {
  readonly around: SocketSurroundings
  /** Absent on connections that the application opened. */
  readonly control: Control | undefined
  readonly subscription = new Subscription()
  readonly over: Promise<ConversationEnd>
  readonly #socket: Socket
  readonly #reader = new CommandReader()
  readonly #commands: Command[] = []
  readonly #heldBack: MediaEvent[] = []
  readonly #admit: ((command: Command) => Reply | undefined) | undefined
  #listening: () => void
  #answering = false
  #lingerSeconds: number | undefined
  #lingerTimer: Timer | undefined
  #lingering = false
  #resumes = false
  #closing = false
  #settle: (end: ConversationEnd) => void = () => {}
  /** Whether `log` was asked for: it is accepted, and nothing is sent. */
  logs = false
  #attached: Channel | undefined
  /** What it may do; everything where it did not come by `userauth`. */
  permissions: Permissions | undefined

  /**
   * `admit` sees each command first and may answer it in place of the table: where an application must
   * name the password before anything else.
   */
  constructor(
    socket: Socket,
    around: SocketSurroundings,
    control?: Control,
    admit?: (command: Command) => Reply | undefined,
  ) {
    this.around = around
    this.control = control
    this.#socket = socket
    this.#admit = admit
    this.over = new Promise(settle => {
      this.#settle = settle
    })
    // An outbound socket hears of its own channel alone, from the start (esl-protocol §2).
    this.#listening = around.events.listen(this, control?.channel.uuid)
    socket.setNoDelay(true)
    socket.setKeepAlive(true)
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('error', error => around.log.debug({ err: error }, 'an event socket failed'))
    socket.on('close', () => this.#closed())
    void control?.channel.ended.then(() => this.#channelEnded())
  }

  /** Listens to the events of one channel only (`myevents <uuid>` of an inbound socket). */
  attachTo(channel: Channel): void {
    this.#attached = channel
    this.#listening()
    this.#listening = this.around.events.listen(this, channel.uuid)
  }

  /** The channel that it controls, or has attached itself to. */
  get channel(): Channel | undefined {
    return this.control?.channel ?? this.#attached
  }

  wants(name: string, subclass?: string): boolean {
    return !this.#closing && this.subscription.wants(name, subclass)
  }

  takesDiverted(): boolean {
    return !this.#closing && this.subscription.listening
  }

  deliver(event: MediaEvent): void {
    // What is diverted meets no filter.
    if (!event.diverted && !this.subscription.passes(event)) return
    // A socket without `async` tells events when the application it waits for has ended (§4).
    if (this.control?.async === false && (this.#answering || this.#commands.length > 0)) {
      this.#heldBack.push(event)
    } else this.#write(formatEvent(event, this.subscription.format))
  }

  /** `linger [seconds]`: stays connected after the call; −1 until the application goes. */
  linger(seconds: number): void {
    this.#lingerSeconds = seconds
  }

  /** `nolinger`: goes with the call; at once where the call has ended. */
  stopLingering(): void {
    this.#lingerSeconds = undefined
    if (this.#lingering) this.disconnect()
  }

  /** `resume`: when the application goes, the dialplan goes on. */
  resume(): void {
    this.#resumes = true
  }

  /** Says goodbye and closes. */
  disconnect(): void {
    if (this.#closing) return
    this.#write(disconnectNotice(this.control?.channel.uuid))
    this.#closing = true
    this.#socket.end()
    this.#settle(this.#resumes ? 'resume' : 'exit')
  }

  /** Closes without a word. */
  drop(): void {
    this.#socket.destroy()
  }

  /** Writes a message as it is. */
  send(message: string): void {
    this.#write(message)
  }

  #receive(chunk: Buffer): void {
    if (this.#closing) return
    const framing = this.#reader.push(chunk)
    if (framing.outcome === 'too_long') {
      this.around.log.warn('an event socket sent a command beyond any length, and was closed')
      this.drop()
      return
    }
    this.#commands.push(...framing.commands)
    if (!this.#answering) void this.#answerAll()
  }

  /** Answers commands one after the other; an answer that waits keeps the later ones waiting. */
  async #answerAll(): Promise<void> {
    this.#answering = true
    for (let next = this.#commands.shift(); next && !this.#closing; next = this.#commands.shift()) {
      const answering = this.#admit?.(next) ?? answerCommand(this, next)
      // Not awaited unless it must be: a reply leaves before anything else happens.
      const answer = answering instanceof Promise ? await answering : answering
      if (this.#closing) break
      this.#write(formatReply(answer))
      if (answer.kind === 'reply') answer.afterwards?.()
    }
    this.#answering = false
    this.#tellHeldBack()
  }

  #tellHeldBack(): void {
    for (const event of this.#heldBack.splice(0)) {
      this.#write(formatEvent(event, this.subscription.format))
    }
  }

  #channelEnded(): void {
    const { control } = this
    if (!control || this.#closing) return
    this.#tellHeldBack()
    const seconds = this.#lingerSeconds
    if (seconds === undefined) this.disconnect()
    else this.#lingerOn(control.channel, seconds)
  }

  #lingerOn({ uuid, leg }: Channel, seconds: number): void {
    this.#lingering = true
    this.#write(lingerNotice(uuid, leg.facts.channelName, seconds))
    if (seconds < 0) return
    this.#lingerTimer = this.around.time.scheduler.after(seconds * 1_000, () => this.disconnect())
  }

  #write(message: string): void {
    if (this.#closing || this.#socket.destroyed) return
    this.#socket.write(message)
    if (this.#socket.writableLength <= MOST_UNREAD) return
    this.around.log.warn('an application does not read its event socket, which was closed')
    this.drop()
  }

  #closed(): void {
    this.#listening()
    this.#lingerTimer?.stop()
    const end = this.#resumes ? 'resume' : 'broken'
    this.#closing = true
    this.#settle(end)
  }
}
