import type { Clock } from '../../domain/clock.js'
import type { CallBook, KnownCall } from './call-book.js'
import { type GuidanceWords, NO_WORDS } from './guidance-words.js'
import { ladderLines } from './ladder.js'
import type { CallLadder, CallList, CallMessage, CallRow } from './messages.js'
import { maskedLadder, maskedList } from './numbers.js'
import { type AskMessages, WatchedMessages } from './watched-ladder.js'

/** Most calls in progress of a list, and of those that ended last. */
const IN_PROGRESS_SHOWN = 200
const ENDED_SHOWN = 30

/** Most calls whose ladders are watched at once; one more is told its list alone. */
const LADDERS_MAX = 64

/** Who watches: whether numbers may be seen, and which call's ladder is looked at. */
export interface CallWatch {
  readonly open: boolean
  readonly call: string | undefined
  readonly told: (message: CallMessage) => void
}

/** A call's ladder, made once for all who look at it. */
interface Watched {
  readonly messages: WatchedMessages
  readonly watches: Set<CallWatch>
  written: string
}

export interface LiveCallsOptions {
  readonly book: CallBook
  /** The machine's. */
  readonly clock: Clock
  readonly silent: () => readonly string[]
  readonly ask: AskMessages
  /** What the clips of the guidance say. */
  readonly words?: GuidanceWords
}

/** The calls as they go, told to all who watch, after each round of the collector. */
export class LiveCalls {
  readonly #options: LiveCallsOptions
  readonly #watches = new Set<CallWatch>()
  readonly #ladders = new Map<string, Watched>()
  #written = ''

  constructor(options: LiveCallsOptions) {
    this.#options = options
  }

  /** The calls as they are now. */
  list(open: boolean): CallList {
    const { book, clock, silent } = this.#options
    const at = clock.now()
    const going = book.inProgress(at)
    const rows = [...going.slice(0, IN_PROGRESS_SHOWN), ...book.ended(ENDED_SHOWN)].map(rowOf)
    const list = { at, inProgress: going.length, rows, silent: silent() }
    return open ? list : maskedList(list)
  }

  /** The ladder of a call as it is now; `null` when no call is known by that name. */
  async ladder(name: string, open: boolean): Promise<CallLadder | null> {
    const known = this.#ladders.get(name)?.messages ?? new WatchedMessages(this.#options.ask)
    const ladder = await this.#read(name, known)
    return open || !ladder ? ladder : maskedLadder(ladder)
  }

  /** Tells the list, the ladder where one is looked at, and each change of them, until the answer is called. */
  async watch(watch: CallWatch): Promise<() => void> {
    const { told, open, call } = watch
    told({ type: 'calls', ...this.list(open) })
    this.#watches.add(watch)
    const leave = () => {
      this.#watches.delete(watch)
      const watched = call === undefined ? undefined : this.#ladders.get(call)
      watched?.watches.delete(watch)
      if (call !== undefined && watched?.watches.size === 0) this.#ladders.delete(call)
    }
    if (call === undefined) return leave
    const watched = this.#watchedOf(call)
    watched?.watches.add(watch)
    tellLadder(watch, await this.#read(call, watched?.messages))
    return leave
  }

  /** Tells what is new. */
  async changed(): Promise<void> {
    this.#tellList()
    for (const [name, watched] of [...this.#ladders]) {
      const ladder = await this.#read(name, watched.messages)
      const written = JSON.stringify(ladder)
      if (written === watched.written) continue
      watched.written = written
      for (const watch of [...watched.watches]) tellLadder(watch, ladder)
    }
  }

  /** The list differs from the one before in more than the time. */
  #tellList(): void {
    if (this.#watches.size === 0) return
    const shown = this.list(true)
    const written = JSON.stringify({ ...shown, at: 0 })
    if (written === this.#written) return
    this.#written = written
    // Two messages for all who watch: each is written out once.
    const whole: CallMessage = { type: 'calls', ...shown }
    const masked: CallMessage = { type: 'calls', ...maskedList(shown) }
    for (const { told, open } of [...this.#watches]) told(open ? whole : masked)
  }

  #watchedOf(name: string): Watched | undefined {
    const before = this.#ladders.get(name)
    if (before || this.#ladders.size >= LADDERS_MAX) return before
    const messages = new WatchedMessages(this.#options.ask)
    const watched = { messages, watches: new Set<CallWatch>(), written: '' }
    this.#ladders.set(name, watched)
    return watched
  }

  async #read(name: string, messages: WatchedMessages | undefined): Promise<CallLadder | null> {
    const call = this.#options.book.find(name)
    if (!call) return null
    const passed = (await messages?.of(call.names)) ?? []
    const { mcscp } = call.names
    const lines = ladderLines(call.names, call.notes, passed, this.#options.words ?? NO_WORDS)
    return { row: rowOf(call), ...(mcscp !== undefined && { callId: mcscp }), lines }
  }
}

const tellLadder = ({ told, open }: CallWatch, ladder: CallLadder | null): void =>
  told({ type: 'ladder', ladder: open || !ladder ? ladder : maskedLadder(ladder) })

function rowOf(call: KnownCall): CallRow {
  const { names, caller, kind, scenario, beganAt, endedAt, notes } = call
  const steps = notes.flatMap(note => (note.type === 'step' ? [note] : []))
  const newest = steps.reduce<(typeof steps)[number] | undefined>(
    (before, step) => (before && isBefore(step, before) ? before : step),
    undefined,
  )
  return {
    id: names.phone ?? names.mcscp ?? names.session ?? '',
    ...(caller !== undefined && { caller }),
    ...(kind !== undefined && { kind }),
    ...(scenario !== undefined && { scenario }),
    beganAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(newest && { step: newest.step, steppedAt: newest.at }),
  }
}

/** Steps of one millisecond follow each other by their numbers. */
const isBefore = (
  one: { readonly at: number; readonly step: number },
  other: { readonly at: number; readonly step: number },
): boolean => one.at < other.at || (one.at === other.at && one.step < other.step)
