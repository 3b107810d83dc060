import { type ChildProcess, fork } from 'node:child_process'
import { type FromChild, SUPERVISED, type ToChild } from './child-message.js'

/** How a child ended: by itself with a code, or by a signal. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** What a child is started with. */
export interface ChildOptions {
  /** The command line's own entry. */
  readonly entry: string
  readonly name: string
  readonly environment: NodeJS.ProcessEnv
  /** Told what it prints. */
  readonly print: (line: string) => void
  readonly ownSession: boolean
}

/** Why a child did not become ready. */
export class StartFailure extends Error {}

/** One program in a process of its own. */
export class Child {
  readonly name: string
  readonly ended: Promise<Ending>
  readonly #process: ChildProcess
  #mayStart = false

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#process = child
    this.ended = new Promise(resolve => {
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
  }

  /** Makes the process of a program, by the command line's own entry. It loads its code, and does nothing. */
  static make({ entry, name, environment, print, ownSession }: ChildOptions): Child {
    const started = fork(entry, [name], {
      env: { ...environment, [SUPERVISED]: '1' },
      // On POSIX a detached child leads a session. It ends with its supervisor all the same, by the channel.
      detached: ownSession,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const child = new Child(name, started)
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => print(`${name}: ${text.trimEnd()}`))
    }
    return child
  }

  /** Lets the program start, and waits until it says it is ready. Throws `StartFailure` with its advice when it does not. */
  async start(): Promise<Readonly<Record<string, string>>> {
    this.#mayStart = true
    const ready = readiness(this.#process)
    if (this.#process.connected) this.#tell({ kind: 'start' })
    return await Promise.race([ready, failure(this)])
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Asks the program to end in order, and waits; after `deadlineMs` it is killed, and at once if it never started. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#mayStart) this.#process.kill('SIGKILL')
    else if (this.#process.connected) this.#tell({ kind: 'close' })
    else this.#process.kill('SIGTERM')
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), deadlineMs)
    await this.ended
    clearTimeout(kill)
  }

  /** A program that is ending by itself is told nothing more; that it has ended is heard by itself. */
  #tell(message: ToChild): void {
    this.#process.send(message, () => {})
  }
}

const readiness = (started: ChildProcess): Promise<Readonly<Record<string, string>>> =>
  new Promise((resolve, reject) => {
    started.on('message', (message: FromChild) => {
      if (message.kind === 'ready') resolve(message.listening)
      else reject(new StartFailure(message.advice))
    })
  })

async function failure(child: Child): Promise<never> {
  const { code, signal } = await child.ended
  // A message sent just before the end is delivered first, so this speaks only when there was none.
  await new Promise(resolve => setImmediate(resolve))
  throw new StartFailure(`it ended at once (${signal ?? `code ${code}`}); see its log`)
}
