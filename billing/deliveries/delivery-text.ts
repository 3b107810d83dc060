import { jstText } from '../../domain/jst.js'
import { yen } from '../../domain/yen.js'
import { sha256Text } from '../../platform/sha256.js'
import type { Delivery, DeliverySums } from './delivery.js'

/** Form of file that this code writes and reads. */
const FORM = '01'

/** A record of a delivery: its fields, and what it adds to the file's sum. */
export interface DeliveryRecord {
  readonly fields: readonly string[]
  /** In yen. */
  readonly adds: number
}

/** What was read of a delivery's file; `malformed`: nothing of it counts. */
export type DeliveryRead =
  | { readonly outcome: 'malformed'; readonly why: string }
  | {
      readonly outcome: 'read'
      readonly header: readonly string[]
      readonly records: readonly (readonly string[])[]
      readonly sums: DeliverySums
    }

/**
 * The lines of a delivery's file: header, records, trailer with number, sum and SHA-256 of all before it. Answers what
 * it came to. The records come in pages, since a month of invoices is more than memory should hold.
 */
export async function* deliveryText(
  { kind, number, period, madeAt }: Delivery,
  pages: AsyncIterable<readonly DeliveryRecord[]>,
): AsyncGenerator<string, DeliverySums> {
  const hash = sha256Text()
  const header = ['10', FORM, kind, `${number}`, period, jstText(madeAt)]
  const first = lineOf(header)
  hash.update(first)
  yield first
  let [records, sum] = [0, 0]
  for await (const page of pages) {
    const text = page.map(({ fields }) => lineOf(fields)).join('')
    records += page.length
    sum += page.reduce((total, { adds }) => total + adds, 0)
    hash.update(text)
    yield text
  }
  const beginning = `80\t${records}\t${sum}\t`
  hash.update(beginning)
  const sha256 = hash.hex()
  yield `${beginning}${sha256}\n`
  return { records, sum: yen(sum), sha256 }
}

/** Reads a delivery's file as its receiver does: whole and unchanged, or not at all. */
export function readDelivery(text: string): DeliveryRead {
  const lines = text.split('\n')
  const rest = lines.pop()
  const [header = [], ...records] = lines.map(line => line.split('\t'))
  const [mark, count, sum, sha256 = ''] = records.pop() ?? []
  if (rest !== '' || mark !== '80') return malformed('it has no trailer')
  if (header[0] !== '10' || header[1] !== FORM) return malformed('it has no header of this form')
  if (Number(count) !== records.length)
    return malformed(`it has ${records.length} records, not ${count}`)
  const hash = sha256Text()
  hash.update(text.slice(0, -(sha256.length + 1)))
  if (hash.hex() !== sha256) return malformed('its SHA-256 is another')
  const sums = { records: records.length, sum: yen(Number(sum)), sha256 }
  return { outcome: 'read', header, records, sums }
}

const malformed = (why: string): DeliveryRead => ({ outcome: 'malformed', why })

/** One line; a tab or line end within a field is a space. */
const lineOf = (fields: readonly string[]): string =>
  `${fields.map(field => field.replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`
