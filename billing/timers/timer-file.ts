import { existsSync, readFileSync } from 'node:fs'
import { epochMs } from '../../domain/clock.js'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'
import type { Timer } from './timer.js'

/** Form of file that this code writes and reads. */
const VERSION = 1

const timerFile = compileSchema(
  Type.Object({
    version: Type.Literal(VERSION),
    timers: Type.Array(
      Type.Object({
        name: Type.String(),
        dueAt: Type.Integer(),
        about: Type.String(),
        effect: Type.Union([
          Type.Object({ does: Type.Literal('notify'), program: Type.String() }),
          Type.Object({ does: Type.Literal('start_job'), job: Type.String() }),
        ]),
      }),
    ),
  }),
)

/**
 * タイマー管理ファイル (seed 004 §4.3(2); requirement F-06): the timers that run, so that they are restored after
 * a crash. Every change is on disk, whole, when its method returns.
 */
export class TimerFile {
  readonly #path: string
  #timers: ReadonlyMap<string, Timer>

  /** Reads the file, or begins an empty one. Throws `FILE_MALFORMED` for a file that is none of ours. */
  constructor(path: string) {
    this.#path = path
    this.#timers = new Map(readTimers(path).map(timer => [timer.name, timer]))
  }

  /** The timers that run, the first due first. */
  all(): Timer[] {
    return [...this.#timers.values()].sort((a, b) => a.dueAt - b.dueAt)
  }

  get(name: string): Timer | undefined {
    return this.#timers.get(name)
  }

  /** Adds timers, each in place of the one that has its name, in one write. */
  put(timers: readonly Timer[]): void {
    this.#write(new Map([...this.#timers, ...timers.map(timer => [timer.name, timer] as const)]))
  }

  remove(name: string): void {
    if (!this.#timers.has(name)) return
    this.#write(new Map([...this.#timers].filter(([other]) => other !== name)))
  }

  #write(timers: ReadonlyMap<string, Timer>): void {
    const lines = [...timers.values()].map(timer => `    ${JSON.stringify(timer)}`).join(',\n')
    writeDurably(
      this.#path,
      `{\n  "version": ${VERSION},\n  "timers": [\n${lines}\n  ]\n}\n`,
      0o600,
    )
    this.#timers = timers
  }
}

function readTimers(path: string): Timer[] {
  if (!existsSync(path)) return []
  const content = parse(readFileSync(path, 'utf8'))
  if (!timerFile.Check(content)) {
    throw new Fault('FILE_MALFORMED', `${path} is not a timer management file.`)
  }
  return content.timers.map(timer => ({ ...timer, dueAt: epochMs(timer.dueAt) }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
