import { type Pin, parsePin, parseSerialNumber, type SerialNumber } from '../../domain/card.js'
import { csvFields } from '../../platform/csv.js'
import { pinLengthMistake, pinMistake } from './pin-strength.js'

/** What the cards of a file must be: those of the batch that was planned for them. */
export interface ImportTerms {
  readonly firstSerial: SerialNumber
  readonly lastSerial: SerialNumber
  readonly faceValue: number
  readonly pinLength: number
}

/** A card as another maker's file has it: bearer money, in memory only until it is digested. */
export interface ImportCard {
  readonly serial: SerialNumber
  readonly pin: Pin
}

/** The columns of such a file, each once, in any order (docs/formats/card-import.md). */
export const IMPORT_COLUMNS = ['serial', 'pin', 'face_value'] as const

/** Where each column of a file stands. */
export type ImportHeader = Readonly<Record<(typeof IMPORT_COLUMNS)[number], number>>

/** Reads the line that names the columns; `undefined` when it names others. */
export function importHeader(line: string): ImportHeader | undefined {
  const names = csvFields(line)?.map(name => name.trim().toLowerCase()) ?? []
  if ([...names].sort().join() !== [...IMPORT_COLUMNS].sort().join()) return undefined
  const [serial, pin, face_value] = IMPORT_COLUMNS.map(name => names.indexOf(name))
  if (serial === undefined || pin === undefined || face_value === undefined) return undefined
  return { serial, pin, face_value }
}

/**
 * Reads the lines of a file behind its header, in order: a card, or what is wrong with a line, in words that hold
 * no digit of its PIN (I12). Whether another card has serial number or PIN the store says.
 */
export class ImportLines {
  readonly #header: ImportHeader
  readonly #terms: ImportTerms
  #before: Pin | undefined

  constructor(header: ImportHeader, terms: ImportTerms) {
    this.#header = header
    this.#terms = terms
  }

  read(line: string): ImportCard | string {
    const fields = csvFields(line)?.map(field => field.trim())
    if (!fields) return 'a quotation mark is not closed'
    const width = IMPORT_COLUMNS.length
    if (fields.length !== width) return `has ${fields.length} columns, line 1 has ${width}`
    const { serial: place, pin: pinPlace, face_value } = this.#header
    const serial = parseSerialNumber(fields[place] ?? '')
    if (!serial) return 'its serial number is not three letters and nine digits'
    const { firstSerial, lastSerial } = this.#terms
    if (serial < firstSerial || serial > lastSerial) {
      return `${serial} is not of the batch, ${firstSerial} to ${lastSerial}`
    }
    if (fields[face_value] !== `${this.#terms.faceValue}`) {
      return `its face value is not ${this.#terms.faceValue} yen`
    }
    return this.#readPin(fields[pinPlace] ?? '', serial)
  }

  #readPin(text: string, serial: SerialNumber): ImportCard | string {
    if (!/^\d+$/.test(text)) return 'its PIN is not digits alone'
    const { pinLength } = this.#terms
    const pin = parsePin(text)
    if (!pin) return pinLengthMistake(text.length) ?? 'its PIN cannot be read'
    if (pin.length !== pinLength) {
      return `its PIN has ${pin.length} digits, those of the batch have ${pinLength}`
    }
    const mistake = pinMistake(pin, serial, this.#before)
    this.#before = pin
    return mistake ?? { serial, pin }
  }
}
