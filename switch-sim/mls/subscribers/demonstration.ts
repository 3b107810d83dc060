import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ContractClass } from '../../../domain/contract-class.js'
import { type Msisdn, parseMsisdn } from '../../../domain/msisdn.js'
import { writeDurably } from '../../../platform/durable-file.js'
import type { Home } from '../../../platform/home.js'
import { readSecretFile } from '../../../platform/secret-file.js'
import type { SubscriberStore } from './subscriber-store.js'
import { readSubscribersCsv } from './subscribers-csv.js'

/** Consecutive demonstration numbers of one class. */
interface DemonstrationRange {
  readonly contractClass: ContractClass
  readonly first: Msisdn
  readonly last: Msisdn
}

const range = (contractClass: ContractClass, first: string, count: number): DemonstrationRange => {
  const last = `${Number(first) + count - 1}`.padStart(11, '0')
  return { contractClass, first: first as Msisdn, last: last as Msisdn }
}

/**
 * Numbers that are there at first start in simulation, every class of contract among them. A number
 * that ends in 0 is spoken to in English. A thousand mobile phones, so that load of thousands of calls
 * stays under the month's cap of each.
 */
export const DEMONSTRATION_RANGES: readonly DemonstrationRange[] = [
  range('mobile', '09010000001', 1_000),
  range('satellite', '09010010001', 10),
  range('pocket_dual', '09010011001', 10),
  range('dotchimo', '09010012001', 10),
  range('international', '09010013001', 10),
  range('pricall', '09010014001', 10),
  range('charge_display', '09010015001', 10),
  range('ship', '09010016001', 10),
  range('aircraft', '09010017001', 10),
]

/** File of the demonstration numbers with their passwords, owner-only. */
export const demonstrationFile = (home: Home): string =>
  join(home.keys, 'demonstration-subscribers.csv')

/**
 * Fills an empty store with the demonstration subscribers, each with a password of its own. The file
 * is on disk before the store, and one that is there is used again, so that a start cut short in
 * between changes no password. Tells how many were added.
 */
export function seedDemonstration(store: SubscriberStore, home: Home): number {
  if (store.count() > 0) return 0
  const file = demonstrationFile(home)
  const text = readSecretFile(file) ?? writtenOut(file, demonstrationCsv())
  return store.put(readSubscribersCsv(text).subscribers)
}

/** Passwords of the demonstration numbers; empty when no network has been started here. */
export function demonstrationPasswords(home: Home): ReadonlyMap<string, string> {
  const lines = readSecretFile(demonstrationFile(home))?.split('\n') ?? []
  return new Map(
    lines.map(line => {
      const [msisdn = '', , , password = ''] = line.split(',')
      return [msisdn, password]
    }),
  )
}

/** Password of a demonstration number; `undefined` when it is none, or no network has been started here. */
export const demonstrationPassword = (home: Home, msisdn: Msisdn): string | undefined =>
  demonstrationPasswords(home).get(msisdn)

/** The demonstration numbers of one class. */
export const demonstrationNumbers = (contractClass: ContractClass): Msisdn[] =>
  DEMONSTRATION_RANGES.filter(range => range.contractClass === contractClass).flatMap(
    ({ first, last }) => numbersBetween(first, last),
  )

/** The file as it would be made now: `msisdn,contract_class,language,password`. */
export function demonstrationCsv(password: () => string = randomPassword): string {
  const lines = DEMONSTRATION_RANGES.flatMap(({ contractClass, first, last }) =>
    numbersBetween(first, last).map(msisdn =>
      [msisdn, contractClass, msisdn.endsWith('0') ? 'en' : 'ja', password()].join(','),
    ),
  )
  return ['msisdn,contract_class,language,password', ...lines, ''].join('\n')
}

function numbersBetween(first: Msisdn, last: Msisdn): Msisdn[] {
  const count = Number(last) - Number(first) + 1
  return Array.from({ length: count }, (_, index) =>
    parseMsisdn(`${Number(first) + index}`.padStart(11, '0')),
  ).filter(number => number !== undefined)
}

/** 60 random bits in 12 letters and digits that are not mistaken for each other when typed into a phone. */
const randomPassword = (): string =>
  Array.from(randomBytes(12), octet => 'abcdefghijkmnpqrstuvwxyz23456789'[octet & 31]).join('')

function writtenOut(file: string, text: string): string {
  writeDurably(file, text, 0o600)
  return text
}
