import type { MediaEvent } from '../events/event-bus.js'
import { type EventFormat, isEventFormat } from './event-format.js'
import { EVENT_NAMES, MY_EVENTS } from './event-names.js'

/** A filter on one header of events. */
interface Filter {
  readonly header: string
  /** As written by the application. */
  readonly value: string
  readonly excludes: boolean
  readonly matches: (value: string) => boolean
}

/** Which events a connection wants, and how: what `event`, `nixevent`, `myevents` and `filter` change. */
export class Subscription {
  readonly #names = new Set<string>()
  readonly #subclasses = new Set<string>()
  #filters: readonly Filter[] = []
  #mine = false
  format: EventFormat = 'plain'

  /** `event plain|json|xml NAME … [CUSTOM sub::class …]`: whether a keyword was known. */
  add(words: readonly string[]): boolean {
    const [first = '', ...others] = words
    const stated = isEventFormat(first.toLowerCase()) ? first.toLowerCase() : undefined
    const { names, subclasses } = readNames(stated === undefined ? words : others)
    if (names.length === 0) return false
    if (stated !== undefined && isEventFormat(stated)) this.format = stated
    for (const name of names) this.#names.add(name)
    for (const subclass of subclasses) this.#subclasses.add(subclass)
    return true
  }

  /** `nixevent NAME …`: whether a keyword was known. */
  drop(words: readonly string[]): boolean {
    const { names, subclasses } = readNames(words)
    for (const subclass of subclasses) this.#subclasses.delete(subclass)
    for (const name of names)
      if (name !== 'CUSTOM' || subclasses.length === 0) this.#names.delete(name)
    return names.length > 0
  }

  /** `noevents`: whether there were any. */
  dropAll(): boolean {
    const listening = this.#names.size > 0
    this.#names.clear()
    this.#subclasses.clear()
    return listening
  }

  /** `myevents`: whether it was not in force already. */
  addMine(): boolean {
    if (this.#mine) return false
    this.#mine = true
    for (const name of MY_EVENTS) this.#names.add(name)
    return true
  }

  /** Whether an event is subscribed to. Filters are looked at when it is there. */
  wants(name: string, subclass?: string): boolean {
    if (!this.#names.has(name)) return false
    return subclass === undefined || this.#subclasses.size === 0 || this.#subclasses.has(subclass)
  }

  /**
   * Adds a filter: an event passes when any of them matches, and none that begins with `-`. A value
   * between slashes is a pattern. Whether it could be read.
   */
  addFilter(header: string, value: string): boolean {
    const excludes = value.startsWith('-')
    const matches = matcher(excludes ? value.slice(1) : value)
    if (!matches) return false
    this.#filters = [...this.#filters, { header, value, excludes, matches }]
    return true
  }

  /** Takes filters away: all, those of a header, or the one with that value. */
  deleteFilter(header: string, value?: string): void {
    this.#filters = this.#filters.filter(
      one =>
        header !== 'all' && (one.header !== header || (value !== undefined && one.value !== value)),
    )
  }

  /** Whether an event gets past the filters. */
  passes({ headers }: MediaEvent): boolean {
    if (this.#filters.length === 0) return true
    const hit = ({ header, matches }: Filter) =>
      headers.some(([name, value]) => name.toLowerCase() === header.toLowerCase() && matches(value))
    const including = this.#filters.filter(({ excludes }) => !excludes)
    if (this.#filters.some(filter => filter.excludes && hit(filter))) return false
    return including.length === 0 || including.some(hit)
  }
}

function readNames(words: readonly string[]): { names: string[]; subclasses: string[] } {
  const upper = words.map(word => word.toUpperCase())
  const custom = upper.indexOf('CUSTOM')
  const before = custom < 0 ? upper : upper.slice(0, custom + 1)
  if (before.includes('ALL')) return { names: [...EVENT_NAMES], subclasses: [] }
  const names = before.filter(name => EVENT_NAMES.has(name))
  return { names, subclasses: custom < 0 ? [] : words.slice(custom + 1) }
}

function matcher(value: string): ((text: string) => boolean) | undefined {
  if (!value.startsWith('/')) return text => text === value
  const pattern = value.slice(1).replace(/\/$/, '')
  try {
    const expression = new RegExp(pattern)
    return text => expression.test(text)
  } catch {
    return undefined
  }
}
