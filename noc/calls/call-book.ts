import { CALL_NAMES, type CallNames, type PlacedNote } from '../../domain/call-note.js'

/** Most calls that are remembered; the oldest that are over go first. */
const CALLS_MAX = 2_000

/** Most notes of one call: a call of five minutes has a third of it. */
const NOTES_MAX = 600

/** Of a call of which nothing was heard for so long it is not known that it goes on, in ms: twice its longest. */
const SILENT_MS = 10 * 60_000

/** The first step that is taken after a call, when its quarter-hour is over. */
const AFTER_THE_CALL = 20

/** What is known of one call. */
export interface KnownCall {
  names: CallNames
  beganAt: number
  lastAt: number
  endedAt: number | undefined
  caller: string | undefined
  kind: string | undefined
  scenario: string | undefined
  /** The programs that know it. */
  readonly programs: Set<string>
  readonly notes: PlacedNote[]
}

/**
 * Puts together what the programs note of calls (domain/call-note.ts): each knows a call by its own names,
 * and their notes come in any order. Bounded in all that it keeps.
 */
export class CallBook {
  readonly #byName = new Map<string, KnownCall>()
  readonly #calls = new Set<KnownCall>()

  /** Takes a note of a program. */
  take(program: string, note: PlacedNote): void {
    const call = this.#callOf(note)
    if (!call) return
    call.programs.add(program)
    call.beganAt = Math.min(call.beganAt, note.at)
    call.lastAt = Math.max(call.lastAt, note.at)
    if (note.type === 'ended') call.endedAt ??= note.at
    if (note.type === 'let_in') {
      call.caller = note.msisdn
      call.kind = note.kind
      call.scenario = note.scenario
    }
    if (note.type === 'step' || note.type === 'told') {
      if (call.notes.length < NOTES_MAX) call.notes.push(note)
    }
  }

  /** A program that carries calls ended, and its calls with it. */
  lost(program: string, at: number): void {
    for (const call of this.#calls) {
      if (call.programs.has(program)) call.endedAt ??= Math.max(at, call.lastAt)
    }
  }

  /** The call of a name. */
  find(name: string): KnownCall | undefined {
    return this.#byName.get(name)
  }

  /** The calls that go on, the newest first. */
  inProgress(now: number): KnownCall[] {
    return [...this.#calls]
      .filter(call => call.endedAt === undefined && call.lastAt > now - SILENT_MS)
      .sort((one, other) => other.beganAt - one.beganAt)
  }

  /** The calls that ended last, the newest first. */
  ended(max: number): KnownCall[] {
    return [...this.#calls]
      .filter(call => call.endedAt !== undefined)
      .sort((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))
      .slice(0, max)
  }

  /** The call that a note speaks of; a new one, where none is known and the note is of a call that goes on. */
  #callOf(note: PlacedNote): KnownCall | undefined {
    const names = namesIn(note.call)
    const known = [...new Set(names.flatMap(name => this.#byName.get(name) ?? []))]
    const [first, ...others] = known
    if (!first && !beginsACall(note)) return undefined
    const call = first ?? this.#begin(note)
    for (const other of others) this.#merge(call, other)
    call.names = { ...call.names, ...note.call }
    for (const name of names) this.#byName.set(name, call)
    return call
  }

  #begin(note: PlacedNote): KnownCall {
    const call: KnownCall = {
      ...{ names: {}, beganAt: note.at, lastAt: note.at, endedAt: undefined },
      ...{ caller: undefined, kind: undefined, scenario: undefined },
      ...{ programs: new Set(), notes: [] },
    }
    this.#calls.add(call)
    if (this.#calls.size > CALLS_MAX) this.#forgetOne()
    return call
  }

  #merge(into: KnownCall, other: KnownCall): void {
    into.names = { ...other.names, ...into.names }
    into.beganAt = Math.min(into.beganAt, other.beganAt)
    into.lastAt = Math.max(into.lastAt, other.lastAt)
    into.endedAt ??= other.endedAt
    into.caller ??= other.caller
    into.kind ??= other.kind
    into.scenario ??= other.scenario
    for (const program of other.programs) into.programs.add(program)
    into.notes.push(...other.notes.slice(0, NOTES_MAX - into.notes.length))
    for (const name of namesIn(other.names)) this.#byName.set(name, into)
    this.#calls.delete(other)
  }

  /** In the order in which they became known, which is nearly that in which they began. */
  #forgetOne(): void {
    const all = [...this.#calls]
    const forgotten = all.find(({ endedAt }) => endedAt !== undefined) ?? all[0]
    if (!forgotten) return
    this.#calls.delete(forgotten)
    for (const name of namesIn(forgotten.names)) this.#byName.delete(name)
  }
}

const namesIn = (names: CallNames): string[] => CALL_NAMES.flatMap(name => names[name] ?? [])

/** That a call ended, or that its charge went to CRS, is no news of a call that nobody knows. */
const beginsACall = (note: PlacedNote): boolean => {
  if (note.type === 'ended') return false
  if (note.type === 'step') return note.step < AFTER_THE_CALL
  return note.type !== 'told' || (note.from !== 'crs' && note.to !== 'crs')
}
