import { readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { epochMs } from '../domain/clock.js'
import { isAlarmCode, SEVERITIES } from './alarm-codes.js'
import type { AlarmEvent } from './alarm-journal.js'
import { writeDurably } from './durable-file.js'
import { systemErrorCode } from './fault.js'

/** What a journal's first line says. */
export interface JournalHead {
  /** Which journal it is: one that is made anew has another name. */
  readonly journal: string
  /** No place up to this one is ever given to an event of a later run. */
  readonly reserved: number
}

/** A journal of alarms on disk: a line for its head, and one for each event. */
export class JournalFile {
  readonly #path: string
  #file: FileHandle | undefined

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Reads what is there. What a kill left half-written at its end is left out; a file that is none, and
   * events that this version does not know, are taken for nothing: alarms keep no program from starting.
   */
  read(): { readonly head: JournalHead | undefined; readonly events: AlarmEvent[] } {
    const [first, ...rest] = this.#text().split('\n')
    const head = readHead(parsed(first))
    const events = head ? rest.flatMap(line => readAlarmEvent(parsed(line)) ?? []) : []
    return { head, events }
  }

  #text(): string {
    try {
      return readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error
      return ''
    }
  }

  /** Appends events; they are on disk when it resolves. */
  async append(events: readonly AlarmEvent[]): Promise<void> {
    this.#file ??= await open(this.#path, 'a', 0o600)
    await this.#file.appendFile(events.map(event => `${JSON.stringify(event)}\n`).join(''))
    await this.#file.datasync()
  }

  /** Writes the file anew, whole or not at all. */
  async rewrite(head: JournalHead, events: readonly AlarmEvent[]): Promise<void> {
    await this.close()
    const lines = [{ version: VERSION, ...head }, ...events].map(one => `${JSON.stringify(one)}\n`)
    writeDurably(this.#path, lines.join(''), 0o600)
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

const VERSION = 1

function readHead(value: unknown): JournalHead | undefined {
  const { version, journal, reserved } = Object(value)
  const isHead = version === VERSION && typeof journal === 'string' && isCount(reserved)
  return isHead ? { journal, reserved } : undefined
}

/** An event as it stands in a journal and goes over the wire; `undefined` for what is none. */
export function readAlarmEvent(value: unknown): AlarmEvent | undefined {
  const { sequence, type, code, subject, at, severity, count, facts } = Object(value)
  const isEvent =
    isCount(sequence) &&
    (type === 'raised' || type === 'cleared') &&
    typeof code === 'string' &&
    isAlarmCode(code) &&
    typeof subject === 'string' &&
    isCount(at) &&
    SEVERITIES.includes(severity) &&
    isCount(count)
  if (!isEvent) return undefined
  const kept = Object.entries(Object(facts)).flatMap(([name, fact]) =>
    typeof fact === 'string' || typeof fact === 'number' ? [[name, fact] as const] : [],
  )
  const read = { sequence, type, code, subject, severity, count } as const
  return { ...read, at: epochMs(at), facts: Object.fromEntries(kept) }
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

function parsed(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return undefined
  }
}
