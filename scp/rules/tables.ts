import { type Denominations, readDenominations } from './denominations.js'
import { type GuidanceTable, readGuidanceTable } from './guidance-table.js'
import { type NumberRanges, readNumberRanges } from './number-ranges.js'
import { readSubscriberClasses, type SubscriberClasses } from './subscriber-classes.js'
import type { TableReading } from './table-text.js'

/** ファイル更新: the tables that are replaced while calls go on (requirement M-05). A name once given stays. */
export const TABLE_NAMES = [
  'denominations',
  'number-ranges',
  'subscriber-classes',
  'guidance',
] as const

export type TableName = (typeof TABLE_NAMES)[number]

/** What each table comes to when it was read. */
export interface Tables {
  readonly denominations: Denominations
  readonly 'number-ranges': NumberRanges
  readonly 'subscriber-classes': SubscriberClasses
  readonly guidance: GuidanceTable
}

/** Version 0 of each: what settings and product say before anybody has replaced it. */
export type OwnTables = Readonly<Record<TableName, string>>

const READERS: { readonly [N in TableName]: (text: string) => TableReading<Tables[N]> } = {
  denominations: readDenominations,
  'number-ranges': readNumberRanges,
  'subscriber-classes': readSubscriberClasses,
  guidance: readGuidanceTable,
}

/** Reads a table, and checks all of it. */
export const readTable = <N extends TableName>(name: N, text: string): TableReading<Tables[N]> =>
  READERS[name](text)
