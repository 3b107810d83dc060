import { randomUUID } from 'node:crypto'
import type { Clock, EpochMs } from '../domain/clock.js'
import type { AlarmFacts, AlarmTold } from './alarm.js'
import { ALARMS, type AlarmCode, type Severity } from './alarm-codes.js'
import { JournalFile, type JournalHead } from './alarm-journal-file.js'
import { type Later, nodeLater } from './deadline.js'
import type { Logger } from './log.js'

/** One step in the life of an alarm, by its place in the program's journal; places grow, with gaps. */
export interface AlarmEvent {
  readonly sequence: number
  readonly type: 'raised' | 'cleared'
  readonly code: AlarmCode
  readonly subject: string
  /** By the network's clock. */
  readonly at: EpochMs
  readonly severity: Severity
  /** How often it was raised, where it was raised again and again within a moment. */
  readonly count: number
  /** What it told of its case, the last time. */
  readonly facts: Readonly<Record<string, string | number>>
}

/** What a program tells of its alarms. */
export interface AlarmEvents {
  /** Which journal the places are of. */
  readonly journal: string
  /** In order. */
  readonly events: readonly AlarmEvent[]
  /** Whether there are later ones. */
  readonly more: boolean
}

/** Pause after a write, in ms: a storm of the same alarm is one line a pause. */
const PAUSE_MS = 1_000

/** Events that are kept for noc to ask for; the file has twice as many at most, and what stands. */
const KEPT = 5_000

/** Most events of one answer. */
const TOLD_MAX = 500

/** Places that a run takes for itself at once. */
const RESERVED = 100_000

export interface AlarmJournalOptions {
  readonly path: string
  readonly clock: Clock
  readonly log: Logger
  readonly later?: Later
}

/**
 * A program's alarms, kept until noc has fetched them, whenever it asks (requirement M-15). Written behind
 * the program's back: whoever raises an alarm waits for nothing. An alarm that stands and is raised again
 * is counted; one that does not stand is not cleared. On a disk that cannot be written it tells what it
 * holds, and writes it as soon as it can; a place that was told is never given again.
 */
export class AlarmJournal {
  readonly #options: AlarmJournalOptions
  readonly #later: Later
  readonly #file: JournalFile
  #head: JournalHead
  #last: number
  /** Told to who asks, in order. */
  #kept: AlarmEvent[]
  /** Not yet told, nor on disk. */
  #waiting: AlarmEvent[] = []
  /** The alarms that stand, by code and subject, with their severity. */
  readonly #standing = new Map<string, Severity>()
  /** Whether the file lacks what is kept. */
  #behind = false
  #writing: Promise<void> | undefined
  #callOff: (() => void) | undefined
  #closed = false

  /** Reads the journal; what raises no alarm writes none. */
  constructor(options: AlarmJournalOptions) {
    this.#options = options
    this.#later = options.later ?? nodeLater
    this.#file = new JournalFile(options.path)
    const { head, events } = this.#file.read()
    this.#last = Math.max(head?.reserved ?? 0, events.at(-1)?.sequence ?? 0)
    this.#head = { journal: head?.journal ?? randomUUID(), reserved: this.#last }
    this.#kept = events
    for (const event of events) this.#stand(event)
  }

  /** Takes what was told of an alarm. */
  take(told: AlarmTold): void {
    if (this.#closed) return
    const severity = this.#standing.get(keyOf(told))
    if (told.type === 'raised') this.#raise(told)
    else if (severity !== undefined) this.#add(told, severity)
  }

  /** The events behind a place of a journal; all there are when it is another journal. */
  after(sequence: number, journal: string): AlarmEvents {
    const from = journal === this.#head.journal ? sequence : 0
    const behind = this.#kept.filter(event => event.sequence > from)
    const more = behind.length > TOLD_MAX
    return { journal: this.#head.journal, events: behind.slice(0, TOLD_MAX), more }
  }

  /** How many alarms stand, by severity. */
  standing(): ReadonlyMap<Severity, number> {
    const counts = new Map<Severity, number>()
    for (const severity of this.#standing.values()) {
      counts.set(severity, (counts.get(severity) ?? 0) + 1)
    }
    return counts
  }

  /** Resolves when all that was told before can be asked for. */
  async written(): Promise<void> {
    while (this.#writing || this.#waiting.length > 0) await (this.#writing ?? this.#write())
  }

  /** Writes what waits, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.written()
    this.#callOff?.()
    await this.#file.close()
  }

  #raise(told: Extract<AlarmTold, { type: 'raised' }>): void {
    const again = this.#waiting.findLastIndex(event => keyOf(event) === keyOf(told))
    const before = this.#waiting[again]
    const { severity, facts } = told
    if (before?.type === 'raised') {
      this.#waiting[again] = { ...before, count: before.count + 1, severity, facts: plain(facts) }
    } else this.#add(told, severity)
  }

  #add({ type, code, subject, facts }: AlarmTold, severity: Severity): void {
    const at = this.#options.clock.now()
    const sequence = ++this.#last
    const event = { sequence, type, code, subject, at, severity, count: 1, facts: plain(facts) }
    this.#stand(event)
    this.#waiting.push(event)
    if (!this.#writing && !this.#callOff) void this.#write()
  }

  #stand(event: AlarmEvent): void {
    if (event.type === 'raised') this.#standing.set(keyOf(event), event.severity)
    else this.#standing.delete(keyOf(event))
  }

  #write(): Promise<void> {
    this.#callOff?.()
    this.#callOff = undefined
    this.#writing = this.#append().finally(() => {
      this.#writing = undefined
      if (!this.#closed) this.#callOff = this.#later(() => this.#writeAgain(), PAUSE_MS)
    })
    return this.#writing
  }

  #writeAgain(): void {
    this.#callOff = undefined
    if (this.#waiting.length > 0 || this.#behind) void this.#write()
  }

  async #append(): Promise<void> {
    const group = this.#waiting
    this.#waiting = []
    try {
      if (this.#behind || this.#last >= this.#head.reserved || this.#kept.length > 2 * KEPT) {
        this.#kept = this.#newest([...this.#kept, ...group])
        const head = { ...this.#head, reserved: this.#last + RESERVED }
        await this.#file.rewrite(head, this.#kept)
        this.#head = head
        this.#behind = false
      } else {
        await this.#file.append(group)
        this.#kept.push(...group)
      }
    } catch (error) {
      if (!this.#behind) this.#options.log.error({ err: error }, 'alarms not written')
      if (!group.every(event => this.#kept.includes(event))) this.#kept.push(...group)
      this.#behind = true
    }
  }

  /** The newest events, and of older ones those of alarms that stand until their cause is gone. */
  #newest(events: readonly AlarmEvent[]): AlarmEvent[] {
    const stands = (event: AlarmEvent) =>
      ALARMS[event.code].endedBy === 'itself' && this.#standing.has(keyOf(event))
    return [...events.slice(0, -KEPT).filter(stands), ...events.slice(-KEPT)]
  }
}

const keyOf = ({ code, subject }: { code: string; subject: string }): string => `${code} ${subject}`

/** Longest text of a fact that is kept, in characters. */
const TEXT_MAX = 300

/** Facts as noc can show them: an error becomes its message, and what has no plain form is left out. */
function plain(facts: AlarmFacts): Record<string, string | number> {
  const kept: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'number') kept[name] = value
    if (typeof value === 'string') kept[name] = value.slice(0, TEXT_MAX)
    if (value instanceof Error) kept.why = value.message.slice(0, TEXT_MAX)
  }
  return kept
}
