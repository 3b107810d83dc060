import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DialplanEntry } from '../../engines/media/dialplan.js'
import type { TimerValues } from '../../engines/signalling/transaction/timers.js'

/** Which engine, and how it is set. */
export interface EnginePlan {
  readonly engine: 'signalling' | 'media'
  /** What applications must say before anything else. */
  readonly secret: string
  /** Default: RFC 3261's. */
  readonly timers?: TimerValues
  /** Of a media engine: what callers reach. */
  readonly dialplan?: readonly DialplanEntry[]
}

/** What the child is told: to say what it holds, after so many collections, or to end in order. */
export type ToEngine =
  | { readonly type: 'tell'; readonly collections: number }
  | { readonly type: 'end' }

/** What the child tells. */
export type FromEngine =
  | { readonly type: 'ready'; readonly sipPort: number; readonly applicationPort: number }
  | ({ readonly type: 'held' } & Held)

/** What an engine holds. */
export interface Held {
  /** Objects and buffers, in bytes. */
  readonly heapBytes: number
  /** Calls, early ones among them. */
  readonly calls: number
  /** Timers that run. */
  readonly timers: number
  /** Sockets that are open, of whatever kind. */
  readonly sockets: number
}

/** How often memory is collected before it is measured: what one finds may have held other things. */
const COLLECTIONS = 4

/** Pause between two questions whether an engine is at rest, in ms, and how often it is asked. */
const ASK_EVERY_MS = 200
const ASKED_MAX = 300

/** An engine in a process of its own, whose memory and timers can be asked for. */
export class MeasuredEngine {
  readonly sipPort: number
  readonly applicationPort: number
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown[]>
  #timersAtRest = 0

  private constructor(
    child: ChildProcess,
    ended: Promise<unknown[]>,
    { sipPort, applicationPort }: EngineReady,
  ) {
    this.#child = child
    this.#ended = ended
    this.sipPort = sipPort
    this.applicationPort = applicationPort
  }

  /** Starts an engine that ends with its owner; `execArgv` is for Node itself. */
  static async start(
    owner: { teardown(end: () => unknown): unknown },
    plan: EnginePlan,
    execArgv: readonly string[] = [],
  ): Promise<MeasuredEngine> {
    const entry = fileURLToPath(new URL('measured-engine-child.js', import.meta.url))
    const child = fork(entry, [JSON.stringify(plan)], {
      execArgv: ['--expose-gc', ...execArgv],
    })
    const ended = once(child, 'exit')
    owner.teardown(async () => {
      if (child.connected) child.send({ type: 'end' } satisfies ToEngine)
      await ended
    })
    const [ready]: FromEngine[] = await Promise.race([once(child, 'message'), ended.then(() => [])])
    if (ready?.type !== 'ready') throw new Error('the engine did not start')
    const engine = new MeasuredEngine(child, ended, ready)
    engine.#timersAtRest = (await engine.held()).timers
    return engine
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Timers of an engine that has had no call. */
  get timersAtRest(): number {
    return this.#timersAtRest
  }

  /** What it holds now; without collections it costs the engine nothing to tell, but memory says little. */
  async held(collections = COLLECTIONS): Promise<Held> {
    const answered = once(this.#child, 'message')
    this.#child.send({ type: 'tell', collections } satisfies ToEngine)
    const [told]: FromEngine[] = await Promise.race([answered, this.#ended.then(() => [])])
    if (told?.type !== 'held') throw new Error('the engine did not tell what it holds')
    return told
  }

  /**
   * What it holds once every call is over, every timer of theirs has run out or was stopped, and no more
   * sockets are open; or, since what leaks never comes to that, after a minute.
   */
  async heldAtRest(sockets = Number.POSITIVE_INFINITY): Promise<Held> {
    for (let asked = 1; ; asked++) {
      const held = await this.held()
      const rests = held.calls === 0 && held.timers <= this.#timersAtRest && held.sockets <= sockets
      if (rests || asked === ASKED_MAX) return held
      await after(ASK_EVERY_MS)
    }
  }
}

type EngineReady = Extract<FromEngine, { type: 'ready' }>
