import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../../platform/home.js'
import { openStoreToRead } from '../../platform/store.js'

/** Shortest PIN (requirement §5.1): a row of fewer digits is none. */
const PIN_MIN = 14

/** Recordings that a test itself makes of its phones, which send what is keyed. */
const OWN_RECORDING = /\.pcap$|^baresip-/

/** In what form a PIN, or a keyed digit, was found. */
export type PinForm =
  | 'plain'
  | 'separated'
  | 'hexadecimal'
  | 'base64'
  | 'number in a store'
  | 'keyed digit'

/** Each form as it is told from other text, and the digits in what was found of it. */
const ROWS: readonly (readonly [PinForm, RegExp, (found: string) => string])[] = [
  ['plain', /\d{14,}/g, found => found],
  ['separated', /\d(?:[^0-9A-Za-z]{0,4}\d){13,}/g, digitsOf],
  ['hexadecimal', /(?:3\d){14,}/g, found => Buffer.from(found, 'hex').toString('latin1')],
]

/** A text of at least as many characters as a PIN takes in base64. */
const BASE64 = /[A-Za-z0-9+/_-]{19,}/g

/**
 * A key as an INFO has it (Signal=1), an event of the event socket (DTMF-Digit: 1) or a field of a log:
 * whichever card it was of, and though other calls' lines stand between its keys.
 */
const KEYED =
  /Signal\s*=\s*[\d*#]|DTMF-Digit:\s*[\d*#]|"(?:dtmf|digits?|signal|pin)"\s*:\s*"?[\d*#]/i

/** The forms in which any of these PINs, or any keyed digit, stands in a text (latin1) (I12, fault test XP6). */
export function pinFormsIn(text: string, pins: ReadonlySet<string>): PinForm[] {
  const found = new Set<PinForm>()
  for (const [form, row, digits] of ROWS) {
    for (const [one] of text.matchAll(row)) if (hasPin(digits(one), pins)) found.add(form)
  }
  for (const [one] of text.matchAll(BASE64)) {
    for (let from = 0; from < 4; from++) {
      const decoded = Buffer.from(one.slice(from), 'base64').toString('latin1')
      for (const [row] of decoded.matchAll(/\d{14,}/g)) if (hasPin(row, pins)) found.add('base64')
    }
  }
  // A row without separators is one form, not two.
  if (found.has('plain')) found.delete('separated')
  if (KEYED.test(text)) found.add('keyed digit')
  return [...found]
}

/**
 * Every file of a home in which a PIN or a keyed digit stands, with its form. Only the folder of card files
 * is not looked at: the clear files of demonstration cards are where PINs may be (architecture, point 8).
 */
export function pinsAtHome(home: Home, pins: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const name of readdirSync(home.folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(home.folder, name)
    if (path.startsWith(home.cards) || OWN_RECORDING.test(name)) continue
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue
    const forms = pinFormsIn(readFileSync(path, 'latin1'), pins)
    if (name.endsWith('.sqlite') && hasPinAsNumber(path, pins)) forms.push('number in a store')
    found.push(...forms.map(form => `${name}: ${form}`))
  }
  return found
}

/**
 * The form in which one of these PINs stands in bytes of a store, its pages or its log, as SQLite writes it: as
 * text, as text in hexadecimal, or as an integer (SQLite file format §2.1: 6 bytes up to 2^47, else 8, most
 * significant first). Quick enough for every step of a long run.
 */
export function pinFormInBytes(bytes: Buffer, pins: ReadonlySet<string>): PinForm | undefined {
  for (const pin of pins) {
    if (bytes.includes(pin)) return 'plain'
    if (bytes.includes(Buffer.from(pin).toString('hex'))) return 'hexadecimal'
    if (bytes.includes(integerBytes(pin))) return 'number in a store'
  }
  return undefined
}

function integerBytes(pin: string): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(pin))
  return BigInt(pin) < 2n ** 47n ? bytes.subarray(2) : bytes
}

/** The forms in which a PIN stands in a store that nobody writes, with its log. */
export function pinFormsInStore(path: string, pins: ReadonlySet<string>): PinForm[] {
  const files = [path, `${path}-wal`].filter(file => existsSync(file))
  const found = new Set(files.flatMap(file => pinFormsIn(readFileSync(file, 'latin1'), pins)))
  if (hasPinAsNumber(path, pins)) found.add('number in a store')
  return [...found]
}

/** Whether a column of a store holds a PIN as a number, whose bytes show no digits. */
function hasPinAsNumber(path: string, pins: ReadonlySet<string>): boolean {
  const numbers = new Set([...pins].map(Number))
  const store = openStoreToRead(path)
  try {
    const columns = store
      .prepare(
        `SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
          WHERE t.type = 'table'`,
      )
      .raw()
      .all() as [string, string][]
    return columns.some(([table, column]) =>
      store
        .prepare(
          `SELECT "${column}" FROM "${table}"
            WHERE typeof("${column}") = 'integer' AND "${column}" >= ${10 ** (PIN_MIN - 2)}`,
        )
        .pluck()
        .all()
        .some(number => numbers.has(Number(number))),
    )
  } finally {
    store.close()
  }
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}

function hasPin(digits: string, pins: ReadonlySet<string>): boolean {
  for (let at = 0; at + PIN_MIN <= digits.length; at++) {
    if (pins.has(digits.slice(at, at + PIN_MIN))) return true
  }
  return false
}
