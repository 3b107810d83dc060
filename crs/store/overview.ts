import type { Database } from '../../platform/store.js'
import { closedFileName } from '../hourly/file.js'
import { type Delivered, type Expected, expectedOf } from '../rules/delivery.js'
import { type ClosedRow, closedOf, type Open, openAfter } from './closes.js'
import { kindCode } from './columns.js'
import { Deliveries } from './deliveries.js'
import { NodeDeclarations, type NodeStanding } from './node-declarations.js'
import { type TablesInForce, TableVersions } from './table-versions.js'

/** Records by number and yen. */
export interface Amount {
  readonly records: number
  readonly yen: number
}

/** What an operator asks about CRS. */
export interface Overview {
  readonly nodes: readonly (NodeStanding & {
    readonly delivered: Delivered | undefined
    readonly expected: Expected
  })[]
  readonly codeTables: TablesInForce
  readonly open: Open
  /** The last file that was closed, and how many are not on disk yet. */
  readonly lastFile: string | undefined
  readonly unwritten: number
  /** The last trigger of billing; what it had reflected then, and what it was offered. */
  readonly trigger:
    | { readonly number: number; readonly reflected: number; readonly offered: number }
    | undefined
  readonly lastSequence: number
  /** Received in all: for billing, and of Pricall, which ends here. */
  readonly forBilling: Amount
  readonly pricall: Amount
  /** Records in error sections; and those whose charge id was there before. */
  readonly unmapped: number
  readonly repeated: number
}

/** Reads an overview from the store, beside its writer. */
export function overview(store: Database): Overview {
  const one = (sql: string) => Number(store.prepare<[], number>(sql).pluck().get() ?? 0)
  const amount = (kind: number): Amount => {
    const sum = `FROM quarter_hour_sum WHERE charge_kind = ${kind}`
    return {
      records: one(`SELECT sum(record_count - repeated_count) ${sum}`),
      yen: one(`SELECT sum((record_count - repeated_count) * face_value) ${sum}`),
    }
  }
  const deliveries = new Deliveries(store)
  const last = store
    .prepare<[], ClosedRow>('SELECT * FROM closed_file ORDER BY sequence DESC LIMIT 1')
    .get()
  const nodes = new NodeDeclarations(store, NO_CLOCK)
  return {
    nodes: nodes.all().map(standing => {
      const delivered = deliveries.of(standing.name)
      return { ...standing, delivered, expected: expectedOf(delivered) }
    }),
    codeTables: new TableVersions(store, NO_CLOCK).inForce(),
    open: openAfter(last, deliveries.all(nodes.named('in'))),
    lastFile: last && closedFileName(closedOf(last)),
    lastSequence: last?.sequence ?? 0,
    unwritten: one('SELECT count(*) FROM closed_file WHERE file_sha256 IS NULL'),
    trigger: store
      .prepare<[], { number: number; reflected: number; offered: number }>(
        `SELECT number, last_sequence AS reflected, offered_through AS offered
           FROM trigger_file ORDER BY number DESC LIMIT 1`,
      )
      .get(),
    forBilling: amount(kindCode('mobilers')),
    pricall: amount(kindCode('pricall')),
    unmapped: one('SELECT sum(unmapped) FROM closed_file'),
    repeated: one('SELECT count(*) FROM repeated_record'),
  }
}

/** Of a reader, who declares nothing. */
const NO_CLOCK = {
  now: () => {
    throw new TypeError('a reader needs no clock')
  },
}
