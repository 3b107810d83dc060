import type { Digit } from '../../../platform/rtp/telephone-event.js'
import type { Scheduler, Timer } from '../../signalling/scheduler.js'
import type { FrameSource } from '../playback/frame-source.js'
import type { DigitQueue, QueuedDigit } from './digit-queue.js'

/** An application to run, as the dialplan or an event socket asks for it. */
export interface Execute {
  readonly application: string
  readonly argument: string
  /** `Application-UUID` of its events. */
  readonly uuid: string
  readonly uuidName?: string
  /** Nothing runs inside it: what comes meanwhile waits until it ends. */
  readonly eventLock?: boolean
  /** How often it runs; −1 for ever. */
  readonly loops?: number
}

/** What an application waits for, all at once. */
export interface Attend {
  /** Audio meanwhile; its end ends the wait. */
  readonly source?: FrameSource
  /** The wait ends after this time. */
  readonly forMs?: number
  /** The wait ends when this is fulfilled. */
  readonly until?: Promise<unknown>
  /**
   * What becomes of keys: `leave` lets them wait for another application, `wake` ends the wait and
   * leaves the key, a function takes each key and says whether it ends the wait.
   */
  readonly keys: 'leave' | 'wake' | ((digit: Digit) => boolean)
  /** Whether `uuid_break` ends the wait. */
  readonly breakable: boolean
}

/** Why a wait ended, in the order it is looked for. */
export type Attended =
  /** The call is over, or goes elsewhere. */
  | { readonly ended: 'hung_up' }
  | { readonly ended: 'broken' }
  | { readonly ended: 'key'; readonly digit?: Digit }
  | { readonly ended: 'played' }
  | { readonly ended: 'time' }

interface Attention {
  readonly request: Attend
  readonly resolve: (attended: Attended) => void
  timer?: Timer
  drained: boolean
  expired: boolean
}

/** An application that waits for its turn, and who waits for its end. */
interface Waiting {
  readonly request: Execute
  readonly over: () => void
}

/** An application that runs. */
export interface Execution {
  readonly request: Execute
  attention?: Attention
  /** Its wait is to end, the one it begins next where it has none. */
  broken?: boolean
}

/** What the stack needs of its channel. */
export interface StackHost {
  readonly digits: DigitQueue
  readonly scheduler: Scheduler
  /** Sends a source's frames in place of those before. */
  play(source: FrameSource | undefined, drained?: () => void): void
  /** A key was read, or seen by one who lets it wait. */
  tell(digit: QueuedDigit): void
  /** Runs an application from its first event to its last. Resolves when it is over, never rejects. */
  perform(execution: Execution): Promise<void>
}

/**
 * The applications that run on a channel (esl-protocol §4). One asked for while another waits runs inside
 * it at once: the outer one is silent meanwhile, and goes on when the inner one has ended.
 *
 *   socket ─ playback A ─ playback B      B sounds; B ends first, then A goes on
 *
 * Only the innermost looks at keys, time, breaks and the end of the call, so that applications always end
 * from the inside outwards.
 */
export class ApplicationStack {
  readonly #host: StackHost
  readonly #running: Execution[] = []
  #waiting: Waiting[] = []
  #hungUp = false
  #leaving = false

  constructor(host: StackHost) {
    this.#host = host
  }

  /** Applications that run, outermost first. */
  get running(): readonly Execution[] {
    return this.#running
  }

  /** Runs an application now; resolves when it has ended. */
  async run(request: Execute): Promise<void> {
    const execution: Execution = { request }
    this.#running.push(execution)
    await this.#host.perform(execution)
    this.#running.pop()
    this.settle()
  }

  /**
   * Runs an application as soon as the one that runs lets it. Resolves when it has ended, or when the
   * call ended before its turn came.
   */
  submit(request: Execute): Promise<void> {
    if (this.#hungUp) return Promise.resolve()
    return new Promise(over => {
      this.#waiting.push({ request, over })
      this.settle()
    })
  }

  /** Waits, for an application that runs. */
  attend(execution: Execution, request: Attend): Promise<Attended> {
    return new Promise(resolve => {
      const attention: Attention = {
        request,
        resolve,
        drained: false,
        expired: false,
      }
      execution.attention = attention
      const expire = () => {
        attention.expired = true
        this.settle()
      }
      if (request.forMs !== undefined) {
        attention.timer = this.#host.scheduler.after(request.forMs, expire)
      }
      void request.until?.then(expire)
      this.settle()
    })
  }

  /** Ends the innermost wait, or all of them and what waits to run (`uuid_break`, `uuid_break all`). */
  break(all: boolean): void {
    if (all) this.#dropWaiting()
    const broken = all ? this.#running : this.#running.slice(-1)
    for (const execution of broken) execution.broken = true
    this.settle()
  }

  /** The call is over: every application ends, from the inside outwards; what waits never runs. */
  hangUp(): void {
    this.#hungUp = true
    this.#dropWaiting()
    this.settle()
  }

  /** The call goes elsewhere: every application ends, as at its end; what waits to run goes along. */
  leave(): void {
    this.#leaving = true
    this.settle()
  }

  /** The call has gone there. */
  stay(): void {
    this.#leaving = false
  }

  #dropWaiting(): void {
    const dropped = this.#waiting
    this.#waiting = []
    for (const { over } of dropped) over()
  }

  /** Looks whether something changes for the innermost application. */
  settle(): void {
    const innermost = this.#running.at(-1)
    const attention = innermost?.attention
    if (!innermost || !attention) return
    const locked = innermost.request.eventLock || this.#leaving
    const next = locked ? undefined : this.#waiting.shift()
    if (next) {
      void this.run(next.request).then(next.over)
      return
    }
    const attended = this.#endOf(innermost, attention)
    if (attended) {
      attention.timer?.stop()
      delete innermost.attention
      this.#host.play(undefined)
      attention.resolve(attended)
    } else this.#sound(attention)
  }

  #endOf(execution: Execution, attention: Attention): Attended | undefined {
    if (this.#hungUp || this.#leaving) return { ended: 'hung_up' }
    const { broken } = execution
    execution.broken = false
    if (broken && attention.request.breakable) return { ended: 'broken' }
    const key = this.#readKeys(attention.request.keys)
    if (key) return key
    if (attention.drained) return { ended: 'played' }
    return attention.expired ? { ended: 'time' } : undefined
  }

  #readKeys(keys: Attend['keys']): Attended | undefined {
    const { digits } = this.#host
    if (keys === 'wake') return digits.length > 0 ? { ended: 'key' } : undefined
    if (keys === 'leave') {
      for (const digit of digits.untold()) this.#host.tell(digit)
      return undefined
    }
    for (let read = digits.take(); read; read = digits.take()) {
      this.#host.tell(read)
      if (keys(read.digit)) return { ended: 'key', digit: read.digit }
    }
    return undefined
  }

  #sound(attention: Attention): void {
    this.#host.play(attention.request.source, () => {
      attention.drained = true
      this.settle()
    })
  }
}
