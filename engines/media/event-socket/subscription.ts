import type { MediaEvent } from '../events/event-bus.js'
import { type EventFormat, isEventFormat } from './event-format.js'
import { EVENT_NAMES, MY_EVENTS } from './event-names.js'
import type { Permissions } from './users.js'

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
  /** Whether `ALL` was asked for: then every subclass is wanted too. */
  #everySubclass = false
  /** Whether anything was ever asked for, since `noevents`: FreeSWITCH goes by that alone. */
  #listening = false
  format: EventFormat = 'plain'

  /**
   * `event plain|json|xml NAME … [CUSTOM sub::class …]`: whether a keyword was known. The format counts in
   * either case.
   */
  add(words: readonly string[]): boolean {
    const [first = '', ...others] = words
    const format = first.toLowerCase()
    const stated = isEventFormat(format)
    if (stated) this.format = format
    const { names, subclasses, all } = readNames(stated ? others : words)
    if (names.length === 0) return false
    this.#listening = true
    if (all) this.#everySubclass = true
    for (const name of names) this.#names.add(name)
    for (const subclass of subclasses) this.#subclasses.add(subclass)
    return true
  }

  /** Whether all that `event` would add may be heard by one with these permissions. */
  allows(words: readonly string[], permissions: Permissions): boolean {
    const { names, subclasses } = readNames(words)
    return (
      names.every(name => permissions.mayHear(name)) &&
      subclasses.every(name => permissions.mayHearSubclass(name))
    )
  }

  /** `nixevent NAME …`: whether a keyword was known. */
  drop(words: readonly string[]): boolean {
    const { names, subclasses, all } = readNames(words)
    if (names.length === 0) return false
    this.#listening = true
    if (all) this.#everySubclass = false
    for (const subclass of subclasses) this.#subclasses.delete(subclass)
    // Of CUSTOM only the subclasses behind it are given up.
    for (const name of names) if (name !== 'CUSTOM' || all) this.#names.delete(name)
    return true
  }

  /** `noevents`: whether there was anything to give up. */
  dropAll(): boolean {
    const listening = this.#listening
    this.#listening = false
    this.#everySubclass = false
    this.#names.clear()
    this.#subclasses.clear()
    return listening
  }

  /** `myevents`: whether it was not in force already. */
  addMine(): boolean {
    if (this.#mine) return false
    this.#mine = true
    this.#listening = true
    for (const name of MY_EVENTS) this.#names.add(name)
    return true
  }

  /**
   * Whether an event is subscribed to. Filters are looked at when it is there. An event of a subclass needs
   * that subclass behind CUSTOM.
   */
  wants(name: string, subclass?: string): boolean {
    if (!this.#names.has(name)) return false
    return subclass === undefined || this.#everySubclass || this.#subclasses.has(subclass)
  }

  /** Whether events are sent at all: those that are diverted to this connection, too. */
  get listening(): boolean {
    return this.#listening
  }

  /**
   * Adds a filter: an event passes when one of them matches, and none that begins with `-`. A value between
   * slashes is a pattern; anything else must be equal, letters in either case.
   */
  addFilter(header: string, value: string): void {
    const [, signs = ''] = /^([+\- ]*)/.exec(value) ?? []
    const excludes = signs.replaceAll(' ', '').endsWith('-')
    const matches = matcher(value, value.slice(signs.length))
    this.#filters = [...this.#filters, { header, value, excludes, matches }]
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
    // Filters that only exclude let nothing through: so FreeSWITCH has it.
    if (this.#filters.some(filter => filter.excludes && hit(filter))) return false
    return this.#filters.some(filter => !filter.excludes && hit(filter))
  }
}

function readNames(words: readonly string[]) {
  const named = words.map(word => word.toUpperCase().replace(/^SWITCH_EVENT_/, ''))
  const custom = named.indexOf('CUSTOM')
  const before = custom < 0 ? named : named.slice(0, custom + 1)
  const all = before.includes('ALL')
  const names = all ? [...EVENT_NAMES] : before.filter(name => EVENT_NAMES.has(name))
  return { names, subclasses: custom < 0 ? [] : words.slice(custom + 1), all }
}

/** A pattern that cannot be read matches nothing. */
function matcher(value: string, text: string): (header: string) => boolean {
  if (!value.startsWith('/')) return header => header.toLowerCase() === text.toLowerCase()
  const [, pattern = value.slice(1), flags = ''] = /^\/(.*)\/([a-z]*)$/.exec(value) ?? []
  try {
    const expression = new RegExp(pattern, flags.replace(/[^imsx]|x/g, ''))
    return header => expression.test(header)
  } catch {
    return () => false
  }
}
