import { canonicalName, isListName, sameName } from './header-names.js'
import { endOfQuoted } from './quoted.js'
import { trimmed } from './token.js'

export { canonicalName } from './header-names.js'

/** One header field: canonical name and unfolded value. */
export type Field = readonly [name: string, value: string]

/**
 * The header fields of a message in their order (RFC 3261 §7.3). Names may be given in any case and in
 * compact form. Fields are shared by clones and never change in place.
 */
export class Headers {
  #fields: Field[]

  constructor(fields: Iterable<readonly [string, string]> = []) {
    this.#fields = []
    for (const [name, value] of fields) this.add(name, value)
  }

  /** How many fields there are: rows, not values of lists. */
  get size(): number {
    return this.#fields.length
  }

  /** The first value of the field: of a list, the first element. `undefined` when there is none. */
  get(name: string): string | undefined {
    const wanted = canonicalName(name)
    if (!isListName(wanted)) return this.#find(wanted)?.[1]
    for (const [fieldName, value] of this.#fields) {
      if (fieldName !== wanted) continue
      if (!value.includes(',')) {
        if (value !== '') return value
        continue
      }
      const [first] = splitList(value)
      if (first !== undefined) return first
    }
    return undefined
  }

  /** Every value in order, comma lists taken apart where the field is a list (RFC 3261 §7.3.1). */
  all(name: string): string[] {
    const wanted = canonicalName(name)
    const list = isListName(wanted)
    const values: string[] = []
    for (const [fieldName, value] of this.#fields) {
      if (!sameName(fieldName, wanted)) continue
      if (!list) values.push(value)
      else for (const part of splitList(value)) values.push(part)
    }
    return values
  }

  /** True when at least one field of that name is there, even with an empty value. */
  has(name: string): boolean {
    return this.#find(canonicalName(name)) !== undefined
  }

  /** How many rows of that name there are. */
  count(name: string): number {
    const wanted = canonicalName(name)
    let rows = 0
    for (const [fieldName] of this.#fields) if (sameName(fieldName, wanted)) rows++
    return rows
  }

  /** Makes the field have this one value, in the place of its first row, or at the end. */
  set(name: string, value: string): this {
    const field = checkedField(name, value)
    const at = this.#fields.findIndex(([fieldName]) => sameName(fieldName, field[0]))
    if (at < 0) {
      this.#fields.push(field)
      return this
    }
    const rest = this.#fields.slice(at + 1).filter(([other]) => !sameName(other, field[0]))
    this.#fields = [...this.#fields.slice(0, at), field, ...rest]
    return this
  }

  /** Adds a row behind all others. */
  add(name: string, value: string): this {
    this.#fields.push(checkedField(name, value))
    return this
  }

  /** Adds a row before all others of its name; at the top when there are none. */
  prepend(name: string, value: string): this {
    const field = checkedField(name, value)
    const at = this.#fields.findIndex(([fieldName]) => sameName(fieldName, field[0]))
    this.#fields.splice(Math.max(at, 0), 0, field)
    return this
  }

  /** Takes every row of that name away. */
  remove(name: string): this {
    const wanted = canonicalName(name)
    this.#fields = this.#fields.filter(([fieldName]) => !sameName(fieldName, wanted))
    return this
  }

  /** Takes the first value away and gives it back: of a list, only its first element. */
  removeFirst(name: string): string | undefined {
    const wanted = canonicalName(name)
    const at = this.#fields.findIndex(([fieldName]) => sameName(fieldName, wanted))
    const field = this.#fields[at]
    if (!field) return undefined
    const [first, ...rest] = isListName(wanted) ? splitList(field[1]) : [field[1]]
    if (rest.length > 0) this.#fields.splice(at, 1, [field[0], rest.join(', ')])
    else this.#fields.splice(at, 1)
    return first ?? this.removeFirst(wanted)
  }

  /** The rows in their order. */
  [Symbol.iterator](): Iterator<Field> {
    return this.#fields[Symbol.iterator]()
  }

  /** A copy whose changes leave this one alone. */
  clone(): Headers {
    const copy = new Headers()
    copy.#fields = this.#fields.slice()
    return copy
  }

  /** For the parser: takes rows over whose names are canonical and whose values are clean. */
  static ofClean(fields: Field[]): Headers {
    const headers = new Headers()
    headers.#fields = fields
    return headers
  }

  #find(wanted: string): Field | undefined {
    for (const field of this.#fields) if (sameName(field[0], wanted)) return field
    return undefined
  }
}

/**
 * Takes a comma list apart. Commas in quoted strings and in angle brackets do not separate
 * (RFC 3261 §7.3.1, §25.1); empty elements are left out. Linear in the length.
 */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return value === '' ? [] : [value]
  const parts: string[] = []
  let start = 0
  for (let index = 0; index < value.length; index++) {
    const character = value[index]
    if (character === '"') index = orEnd(endOfQuoted(value, index) - 1, value)
    else if (character === '<') index = orEnd(value.indexOf('>', index), value)
    else if (character === ',') {
      pushPart(parts, trimmed(value, start, index))
      start = index + 1
    }
  }
  pushPart(parts, trimmed(value, start, value.length))
  return parts
}

/** What nothing closes runs to the end of the value. */
const orEnd = (index: number, value: string): number => (index < 0 ? value.length : index)

function pushPart(parts: string[], part: string) {
  if (part !== '') parts.push(part)
}

/** No value of ours may begin another line: that would be another header field. */
function checkedField(name: string, value: string): Field {
  if (/[\r\n]/.test(value) || /[\r\n:]/.test(name)) {
    throw new RangeError(`header field ${JSON.stringify(name)} would break its line`)
  }
  return [canonicalName(name), value]
}
