import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { Fault } from './fault.js'
import type { FaultCode } from './fault-codes.js'
import { commitTimes } from './metrics/commit-times.js'

/** A typed conversation with a thread that owns a store: questions by name, with their answers. */
export type Conversation = Record<string, { ask: unknown; answer: unknown }>

type Question<C extends Conversation> = {
  readonly id: number
  readonly name: keyof C & string
  readonly ask: unknown
}

type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly fault: { code: FaultCode; message: string } }

/** What a thread is started with. */
interface GivenToThread {
  readonly options: unknown
  /** Where its commits are counted. */
  readonly commitTimes: SharedArrayBuffer
}

/** The asking side of a thread that owns a store, so that no fsync blocks a call (architecture, point 3). */
export class WriterThread<C extends Conversation> {
  readonly #worker: Worker
  readonly #open = new Map<number, { resolve: (v: never) => void; reject: (e: Error) => void }>()
  #lastId = 0
  #ended: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /**
   * Starts the thread that `module` defines by `answerQuestions` and waits until its store is open.
   * `onDeath` is told when the thread ends unasked: the program must end and start again from its store.
   */
  static start<C extends Conversation>(
    module: URL,
    options: unknown,
    onDeath: (error: Error) => void,
  ): Promise<WriterThread<C>> {
    const given: GivenToThread = { options, commitTimes: commitTimes.shared }
    const worker = new Worker(module, { workerData: given })
    const thread = new WriterThread<C>(worker)
    return new Promise((resolve, reject) => {
      let started = false
      const die = (error: Error) => {
        thread.#die(error)
        if (started) onDeath(error)
        else reject(error)
      }
      worker.on('message', (message: Reply | 'ready' | Reply['id']) => {
        if (message === 'ready') {
          started = true
          resolve(thread)
        } else if (typeof message === 'object') {
          if (message.id === 0 && 'fault' in message) die(faultOf(message.fault))
          else thread.#settle(message)
        }
      })
      worker.once('error', die)
      worker.once('exit', code => {
        if (thread.#ended === undefined)
          die(new Error(`the store's thread ended with code ${code}`))
      })
    })
  }

  /** Asks the thread; resolves when what the answer speaks of is on disk. */
  ask<N extends keyof C & string>(name: N, ask: C[N]['ask']): Promise<C[N]['answer']> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    const answered = new Promise<C[N]['answer']>((resolve, reject) => {
      this.#open.set(id, { resolve, reject })
    })
    this.#worker.postMessage({ id, name, ask } satisfies Question<C>)
    return answered
  }

  /** Lets the thread answer what it was asked, close its store and end. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = new Error('the store is closed')
    const exited = new Promise(resolve => this.#worker.once('exit', resolve))
    this.#worker.postMessage('close')
    await exited
    this.#die(this.#ended)
  }

  #settle(reply: Reply): void {
    const waiting = this.#open.get(reply.id)
    this.#open.delete(reply.id)
    if ('fault' in reply) waiting?.reject(faultOf(reply.fault))
    else waiting?.resolve(reply.answer as never)
  }

  #die(error: Error): void {
    this.#ended = error
    for (const { reject } of this.#open.values()) reject(error)
    this.#open.clear()
  }
}

const faultOf = ({ code, message }: { code: FaultCode; message: string }) =>
  new Fault(code, message)

/** The answering side: what the thread does for each question, and how it ends once all are answered. */
export interface Answering<C extends Conversation> {
  readonly answers: {
    readonly [N in keyof C]: (ask: C[N]['ask']) => C[N]['answer'] | Promise<C[N]['answer']>
  }
  close(): void
}

/**
 * Runs inside the thread: opens the store by `open`, says it is ready, then answers. A store that cannot
 * be opened is told as the fault it is. A fault of the store while answering is answered; any other
 * error is a broken promise of our own code and ends the thread.
 */
export async function answerQuestions<C extends Conversation>(
  open: (options: unknown) => Answering<C> | Promise<Answering<C>>,
): Promise<void> {
  const port = parentPort
  if (!port) throw new Error('this module is a thread, not a program')
  const given: GivenToThread = workerData
  commitTimes.adopt(given.commitTimes)
  let answering: Answering<C>
  try {
    answering = await open(given.options)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    port.postMessage({ id: 0, fault: { code: error.code, message: error.message } })
    port.close()
    return
  }
  const unanswered = new Set<Promise<void>>()
  port.on('message', async (message: Question<C> | 'close') => {
    if (message === 'close') {
      await Promise.all(unanswered)
      answering.close()
      port.close()
    } else {
      const answered = answer(port, answering, message)
      unanswered.add(answered)
      await answered
      unanswered.delete(answered)
    }
  })
  port.postMessage('ready')
}

async function answer<C extends Conversation>(
  port: MessagePort,
  { answers }: Answering<C>,
  { id, name, ask }: Question<C>,
): Promise<void> {
  try {
    port.postMessage({ id, answer: await answers[name]?.(ask) })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    port.postMessage({ id, fault: { code: error.code, message: error.message } })
  }
}
